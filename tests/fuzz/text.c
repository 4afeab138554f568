/* Text from outside on its way to people: whatever the bytes and however little room there is, what comes out
 * is terminated UTF-8 within its room, cleaning it again changes nothing, and no control character is left.
 * Also what times and durations are read from: what is read is written so that it is read the same. The first
 * byte is the room. */
#include "fuzz/fuzz.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX ((size_t)4096)

static void check_clean(const char *p, size_t len, size_t cap, bool ascii)
{
    char *clean = xmalloc(cap), *again = xmalloc(cap), *shown = xmalloc(cap * 8);
    size_t written = text_clean(clean, cap, p, len, ascii);

    FUZZ_EXPECT(written < cap && strlen(clean) == written);
    FUZZ_EXPECT(fuzz_is_utf8(clean, written));
    for (size_t i = 0; i < written; i++) {
        unsigned char c = (unsigned char)clean[i];
        FUZZ_EXPECT(c >= ' ' && c != 0x7f && (!ascii || c < 0x7f));
        FUZZ_EXPECT(!(c == 0xc2 && (unsigned char)clean[i + 1] < 0xa0)); /* C1 */
    }
    text_clean(again, cap, clean, written, ascii);
    FUZZ_EXPECT(strcmp(clean, again) == 0);
    text_for_terminal(shown, cap * 8, clean);
    FUZZ_EXPECT(fuzz_is_utf8(shown, strlen(shown)));
    for (int columns = 0; columns < 6; columns++) {
        int used;
        size_t n = text_fit(clean, columns, &used);
        FUZZ_EXPECT(n <= written && used <= columns && fuzz_is_utf8(clean, n));
    }
    free(clean);
    free(again);
    free(shown);
}

static void check_times(const char *p, size_t len)
{
    char iso[ISO_MAX], words[80];
    int64_t ms, again;

    if (iso_parse_ms(p, len, &ms)) {
        iso_format_ms(iso, ms, 0);
        FUZZ_EXPECT(iso_parse_ms(iso, strlen(iso), &again) && again == ms);
    }
    char *text = xstrndup(p, len);
    if (duration_parse_ms(text, &ms)) {
        duration_format_ms(words, sizeof words, ms);
        FUZZ_EXPECT(duration_parse_ms(words, &again) && again == ms);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > INPUT_MAX)
        return 0;
    FUZZ_EXPECT(setlocale(LC_CTYPE, "C.UTF-8") != NULL); /* widths are the locale's */
    /* A copy of exact size, so that a sanitizer sees every byte read too far. */
    char *copy = xmalloc(size - 1);
    memcpy(copy, data + 1, size - 1);
    check_clean(copy, size - 1, (size_t)data[0] + 1, false);
    check_clean(copy, size - 1, (size_t)data[0] + 1, true);
    check_times(copy, size - 1);
    free(copy);
    return 0;
}
