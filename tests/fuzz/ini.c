/* config.ini and the file in which the screen keeps its layout, of any bytes: taken, or refused with a
 * sentence that is fit for a terminal. What the screen reads it writes again, and reads that the same. */
#include "fuzz/fuzz.h"

#include "options.h"
#include "ui/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX ((size_t)64 * 1024)

static void read_config(const uint8_t *data, size_t size)
{
    struct options o;
    char err[2000] = "", name[] = "sfcrime-tui", flag[] = "-c", path[64];
    char *argv[] = {name, flag, path, NULL};

    snprintf(path, sizeof path, "%s", fuzz_file(data, size));
    int status = options_read(&o, 3, argv, err, sizeof err);
    if (status != 0)
        FUZZ_EXPECT(fuzz_fit_for_people(err));
    options_free(&o);
}

static void read_kept(const uint8_t *data, size_t size)
{
    struct kept first, second;
    char why[700];
    size_t len = 0, again_len = 0;

    kept_init(&first);
    kept_init(&second);
    enum kept_result r = kept_read(&first, fuzz_file(data, size), why, sizeof why);
    FUZZ_EXPECT(r != KEPT_NO_FILE);
    if (why[0] != '\0')
        FUZZ_EXPECT(fuzz_fit_for_people(why));
    if (r == KEPT_READ) {
        char *text = kept_text(&first, &len);
        FUZZ_EXPECT(kept_read(&second, fuzz_file(text, len), why, sizeof why) == KEPT_READ);
        char *again = kept_text(&second, &again_len);
        FUZZ_EXPECT(len == again_len && memcmp(text, again, len) == 0);
        free(text);
        free(again);
    }
    kept_free(&first);
    kept_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT_MAX)
        return 0;
    read_config(data, size);
    read_kept(data, size);
    return 0;
}
