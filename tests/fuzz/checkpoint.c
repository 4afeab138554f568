/* What a checkpoint's files say. The first byte chooses:
 *   'm' 'o' 'c'   metadata, an offsets or a commits file that holds the rest, under a checksum that fits
 *   'f'           each of these files, and a state file, that holds the rest as it is
 *   any other     the bytes of a real state image, changed: four bytes of input each (where twice, how, by
 * what) Damaged files are refused with a sentence that is fit for a terminal. A state image that is taken
 * makes a query that runs, and that writes its state so that another query takes it. */
#include "fuzz/fuzz.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "query/checkpoint_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_MAX ((size_t)16 * 1024)

/* ---- the files ---- */

static struct ckpt_folder folder;
static char folder_path[64];

static const struct {
    enum ckpt_dir dir;
    const char *name;
} files[] = {{CKPT_TOP, "metadata"}, {CKPT_OFFSETS, "3"}, {CKPT_COMMITS, "3"}, {CKPT_STATE, "3.delta"}};

static void remove_folder(void)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        (void)unlinkat(folder.fd[files[i].dir], files[i].name, 0);
    ckpt_folder_close(&folder);
    for (enum ckpt_dir d = CKPT_DIRS; d-- > CKPT_TOP;) {
        static const char *const parts[] = {[CKPT_TOP] = "",
                                            [CKPT_OFFSETS] = "/offsets",
                                            [CKPT_COMMITS] = "/commits",
                                            [CKPT_STATE] = "/state"};
        char path[96];
        snprintf(path, sizeof path, "%s%s", folder_path, parts[d]);
        (void)rmdir(path);
    }
}

/* In memory where that is to be had: every file is written through to its disk. */
static void make_folder(void)
{
    char err[CKPT_ERR_MAX];
    static const char *const bases[] = {"/dev/shm", "/tmp"};

    if (folder_path[0] != '\0')
        return;
    for (size_t i = 0; i < 2 && folder_path[0] == '\0'; i++) {
        snprintf(folder_path, sizeof folder_path, "%s/sfcrime-fuzz-XXXXXX", bases[i]);
        if (mkdtemp(folder_path) == NULL)
            folder_path[0] = '\0';
    }
    FUZZ_EXPECT(folder_path[0] != '\0');
    ckpt_folder_init(&folder, folder_path, NULL);
    FUZZ_EXPECT(ckpt_folder_open(&folder, true, err, sizeof err) == 0);
    FUZZ_EXPECT(ckpt_folder_open_parts(&folder, true, err, sizeof err) == 0);
    atexit(remove_folder);
}

static void write_file(size_t which, const uint8_t *data, size_t size)
{
    int fd = openat(folder.fd[files[which].dir], files[which].name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    FUZZ_EXPECT(fd >= 0);
    FUZZ_EXPECT(write(fd, data, size) == (ssize_t)size);
    FUZZ_EXPECT(close(fd) == 0);
}

static void write_body(size_t which, const uint8_t *data, size_t size)
{
    char err[CKPT_ERR_MAX];
    struct strbuf body = {0};

    strbuf_add(&body, data, size);
    FUZZ_EXPECT(ckpt_text_write(&folder, files[which].dir, files[which].name, &body, err, sizeof err) == 0);
    strbuf_free(&body);
}

static void own_meta(struct ckpt_meta *m)
{
    struct query_settings s;

    query_settings_default(&s);
    ckpt_meta_of(m, "calls", &s);
    snprintf(m->id, sizeof m->id, "00000000-0000-4000-8000-000000000000");
}

static void read_state_file(const struct ckpt_meta *m)
{
    char err[CKPT_ERR_MAX] = "";
    struct ckpt_state_file file;
    struct ckpt_state_in in;
    unsigned char *image;
    int64_t batch;
    size_t len;
    int rc;

    FUZZ_EXPECT(ckpt_state_parse_name("3.delta", &file));
    rc = ckpt_state_in_open(&folder, m, &file, &in, err, sizeof err);
    if (rc == 0) {
        while ((rc = ckpt_state_in_next(&folder, &in, &batch, &image, &len, err, sizeof err)) == 1)
            free(image);
        ckpt_state_in_close(&in);
    }
    if (rc != 0)
        FUZZ_EXPECT(fuzz_fit_for_people(err));
}

static void read_files(void)
{
    char err[CKPT_ERR_MAX] = "";
    struct ckpt_meta own, m;
    struct ckpt_offsets o;
    struct ckpt_commit c;

    own_meta(&own);
    int rc = ckpt_meta_read(&folder, &m, err, sizeof err);
    if (rc == 0 && ckpt_meta_compare(&folder, &m, &own, err, sizeof err) != 0)
        FUZZ_EXPECT(fuzz_fit_for_people(err));
    if (rc == 0)
        ckpt_meta_clear(&m);
    else
        FUZZ_EXPECT(fuzz_fit_for_people(err));
    if (ckpt_offsets_read(&folder, &own, 3, &o, err, sizeof err) == 0)
        ckpt_offsets_clear(&o);
    else
        FUZZ_EXPECT(fuzz_fit_for_people(err));
    if (ckpt_commit_read(&folder, &own, 3, &c, err, sizeof err) != 0)
        FUZZ_EXPECT(fuzz_fit_for_people(err));
    read_state_file(&own);
    ckpt_meta_clear(&own);
}

static void try_files(char kind, const uint8_t *data, size_t size)
{
    make_folder();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        write_file(i, data, kind == 'f' ? size : 0);
    if (kind != 'f')
        write_body(kind == 'm' ? 0 : kind == 'o' ? 1 : 2, data, size);
    read_files();
}

/* ---- state images ---- */

static int add_bytes(void *arg, const void *bytes, size_t len)
{
    strbuf_add(arg, bytes, len);
    return 0;
}

static void run_rows(struct query *q, int64_t batch, int rows)
{
    struct progress p = {0};
    char json[32][200];
    struct message m[32];

    query_batch_begin(q, batch);
    for (int i = 0; i < rows; i++) {
        snprintf(
            json[i], sizeof json[i],
            "{\"call_date_time\":\"2018-12-31T%02d:%02d:00.000\",\"original_crime_type_name\":\"type %d\","
            "\"disposition\":\"%s\"}",
            (int)(20 + batch) % 24, i, i % 5, i % 2 ? "ADM" : "HAN");
        m[i] = (struct message){.value = json[i], .value_len = strlen(json[i]), .offset = i};
    }
    query_rows(q, m, (size_t)rows);
    query_batch_end(q, &p);
}

static struct query_settings settings_of(unsigned which)
{
    struct query_settings s;

    query_settings_default(&s);
    s.distinct = which % 3 == 0 ? DISTINCT_GLOBAL : which % 3 == 1 ? DISTINCT_WITHIN_WATERMARK : DISTINCT_OFF;
    s.output_mode = which % 2 ? OUTPUT_UPDATE : OUTPUT_COMPLETE;
    s.group_by[s.group_by_count++] = FIELD_DISPOSITION;
    if (which % 4 == 0)
        s.window_ms = s.slide_ms = 0;
    return s;
}

/* As a kill after a batch would leave it: in full (delta == NULL), or in full and what a second batch adds.
 */
static void real_images(const struct query_settings *s, struct strbuf *full, struct strbuf *delta)
{
    struct query *q = query_new(s, NULL, NULL);

    run_rows(q, 0, 24);
    query_state_write(q, true, add_bytes, full);
    run_rows(q, 1, 32);
    query_state_write(q, false, add_bytes, delta);
    query_free(q);
}

/* Four bytes are a change: where (two of them), how, by what. */
static void change(struct strbuf *image, const uint8_t *edits, size_t size)
{
    for (size_t i = 0; i + 4 <= size && image->len > 8; i += 4) {
        size_t at = ((size_t)edits[i] << 8 | edits[i + 1]) % image->len;
        uint8_t by = edits[i + 3];
        switch (edits[i + 2] % 5) {
        case 0: image->data[at] = (char)by; break;
        case 1: image->data[at] ^= (char)(1 << by % 8); break;
        case 2: image->data[at] += (char)by; break;
        case 3: image->len -= by % 8; break;
        default:
            for (size_t k = at; k < at + 8 && k < image->len; k++)
                image->data[k] = (char)(by % 2 ? 0xff : 0);
        }
    }
}

static bool take(struct query *q, const struct strbuf *image)
{
    char err[700] = "";
    /* A copy of exact size, so that a sanitizer sees every byte read too far. */
    char *copy = xmalloc(image->len);

    memcpy(copy, image->data, image->len);
    bool taken = query_state_read(q, copy, image->len, err, sizeof err) == 0;
    free(copy);
    if (!taken)
        FUZZ_EXPECT(fuzz_fit_for_people(err));
    return taken;
}

static void try_images(unsigned which, const uint8_t *edits, size_t size)
{
    struct query_settings s = settings_of(which);
    struct strbuf full = {0}, delta = {0}, again = {0};
    bool damage_delta = which % 8 < 4;

    real_images(&s, &full, &delta);
    change(damage_delta ? &delta : &full, edits, size);
    struct query *q = query_new(&s, NULL, NULL), *second = query_new(&s, NULL, NULL);
    if (take(q, &full) && take(q, &delta)) {
        run_rows(q, INT64_C(1) << 40, 32);
        query_state_write(q, true, add_bytes, &again);
        FUZZ_EXPECT(take(second, &again));
    }
    query_free(q);
    query_free(second);
    strbuf_free(&full);
    strbuf_free(&delta);
    strbuf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > INPUT_MAX)
        return 0;
    if (memchr("mocf", data[0], 4) != NULL)
        try_files((char)data[0], data + 1, size - 1);
    else
        try_images(data[0], data + 1, size - 1);
    return 0;
}
