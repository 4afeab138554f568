/* Every file of a checkpoint is cut at every length, changed in every byte, lengthened, emptied, removed and
 * put in another's place. Each time the checkpoint is refused with the file's name, or the file was not
 * needed and the state is right; never anything else. */
#include "checkpoint_fake.h"

static struct query_settings settings;

struct file {
    char *name; /* "offsets/7" */
    char *bytes;
    size_t len;
    bool needless; /* of the batch that was not committed: it may be damaged */
    size_t stride; /* 1 for one file of each kind, more for those that are just like it */
};

struct folder {
    char *root, *dir;
    struct file *files;
    size_t count;
};

static char *read_file(const char *dir, const char *name, size_t *len)
{
    char *path = xasprintf("%s/%s", dir, name), *bytes = xmalloc(1 << 20);
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("%s: %s", path, strerror(errno));
    *len = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    free(path);
    return bytes;
}

static void write_file(const char *dir, const char *name, const void *bytes, size_t len)
{
    char *path = xasprintf("%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    free(path);
}

static void collect(struct folder *f, const char *part)
{
    char *path = xasprintf("%s/%s", f->dir, part);
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        f->files = xreallocarray(f->files, f->count + 1, sizeof *f->files);
        struct file *file = &f->files[f->count++];
        *file = (struct file){.name = xasprintf("%s/%s", part, e->d_name)};
        file->bytes = read_file(f->dir, file->name, &file->len);
        file->needless = strcmp(file->name, "state/14.delta") == 0;
        const char *close_look[] = {"offsets/14", "commits/13", "state/0-7.delta", "state/13.delta"};
        file->stride = 11;
        for (size_t i = 0; i < sizeof close_look / sizeof close_look[0]; i++)
            file->stride = strcmp(file->name, close_look[i]) == 0 ? 1 : file->stride;
    }
    closedir(d);
    free(path);
}

/* Batches 0..13 committed, some of them merged; 14 begun, its state written, not committed. */
static int set_up(void **state)
{
    char err[CKPT_ERR_MAX];
    struct folder *f = xcalloc(1, sizeof *f);
    struct checkpoint_resume r;
    int64_t start[2], end[2];
    query_settings_default(&settings);
    f->root = fake_dir();
    f->dir = xasprintf("%s/checkpoint", f->root);
    assert_int_equal(fake_run(f->dir, &settings, 2, 0, 13, err, sizeof err), 0);
    struct query *q = fake_new(2, 0);
    struct checkpoint *c = fake_resume(f->dir, &settings, q, &r, NULL, err, sizeof err);
    assert_non_null(c);
    fake_offsets(14, start, end);
    assert_int_equal(checkpoint_begin(c, 14, 2, start, end, err, sizeof err), 0);
    fake_batch(q, 14);
    assert_int_equal(checkpoint_state(c, 14, q, err, sizeof err), 0);
    checkpoint_resume_clear(&r);
    checkpoint_close(c);
    fake_free(q);
    collect(f, "offsets");
    collect(f, "commits");
    collect(f, "state");
    f->files = xreallocarray(f->files, f->count + 1, sizeof *f->files);
    f->files[f->count] = (struct file){.name = xstrdup("metadata"), .stride = 1};
    f->files[f->count].bytes = read_file(f->dir, "metadata", &f->files[f->count].len);
    f->count++;
    assert_true(f->count >= 16);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct folder *f = *state;
    for (size_t i = 0; i < f->count; i++) {
        free(f->files[i].name);
        free(f->files[i].bytes);
    }
    free(f->files);
    fake_remove(f->root);
    free(f->root);
    free(f->dir);
    free(f);
    return 0;
}

/* True when it was refused; then the sentence names the file. A resumed state is right (fake_resume looks).
 */
static bool refused(struct folder *f, const char *name, const char *how)
{
    char err[CKPT_ERR_MAX] = "";
    struct query *q = fake_new(2, 0);
    struct checkpoint_resume r;
    struct checkpoint *c = fake_resume(f->dir, &settings, q, &r, NULL, err, sizeof err);
    if (c) {
        checkpoint_resume_clear(&r);
        checkpoint_close(c);
    } else if (!strstr(err, name) || !strstr(err, "--checkpoint DIR")) {
        fail_msg("%s %s: '%s' does not name it or does not say what to do", name, how, err);
    }
    fake_free(q);
    return !c;
}

/* Puts all files back as they were: a resume may have removed what it did not need. */
static void mend(struct folder *f)
{
    for (size_t i = 0; i < f->count; i++)
        write_file(f->dir, f->files[i].name, f->files[i].bytes, f->files[i].len);
}

static void must_refuse(struct folder *f, const struct file *file, const char *how)
{
    bool no = refused(f, file->name, how);
    if (!no && !file->needless)
        fail_msg("%s %s: not noticed", file->name, how);
    if (!no)
        mend(f);
}

static void a_sound_checkpoint_is_not_refused(void **state)
{
    struct folder *f = *state;
    assert_false(refused(f, "", "as it is"));
}

static void a_file_cut_at_any_length_is_refused(void **state)
{
    struct folder *f = *state;
    size_t cuts = 0;
    for (size_t i = 0; i < f->count; i++) {
        for (size_t len = 0; len < f->files[i].len; len += f->files[i].stride, cuts++) {
            char how[60];
            snprintf(how, sizeof how, "cut to %zu bytes", len);
            write_file(f->dir, f->files[i].name, f->files[i].bytes, len);
            must_refuse(f, &f->files[i], how);
        }
        write_file(f->dir, f->files[i].name, f->files[i].bytes, f->files[i].len);
    }
    print_message("    %zu files, %zu cuts\n", f->count, cuts);
}

static void a_file_with_any_byte_changed_is_refused(void **state)
{
    struct folder *f = *state;
    size_t changes = 0;
    for (size_t i = 0; i < f->count; i++) {
        char *bytes = xmalloc(f->files[i].len);
        memcpy(bytes, f->files[i].bytes, f->files[i].len);
        for (size_t at = 0; at < f->files[i].len; at += f->files[i].stride) {
            char masks[2] = {(char)(1u << (at % 8)), (char)0xff};
            for (size_t k = 0; k < sizeof masks; k++, changes++) {
                char how[60];
                snprintf(how, sizeof how, "changed at byte %zu", at);
                bytes[at] ^= masks[k];
                write_file(f->dir, f->files[i].name, bytes, f->files[i].len);
                must_refuse(f, &f->files[i], how);
                bytes[at] = f->files[i].bytes[at];
            }
        }
        free(bytes);
        write_file(f->dir, f->files[i].name, f->files[i].bytes, f->files[i].len);
    }
    print_message("    %zu changes\n", changes);
}

static void a_file_with_something_behind_it_is_refused(void **state)
{
    struct folder *f = *state;
    for (size_t i = 0; i < f->count; i++) {
        char *bytes = xcalloc(1, f->files[i].len * 2 + 1);
        memcpy(bytes, f->files[i].bytes, f->files[i].len);
        memcpy(bytes + f->files[i].len, f->files[i].bytes, f->files[i].len);
        write_file(f->dir, f->files[i].name, bytes, f->files[i].len * 2);
        must_refuse(f, &f->files[i], "doubled");
        bytes[f->files[i].len] = '\n';
        write_file(f->dir, f->files[i].name, bytes, f->files[i].len + 1);
        must_refuse(f, &f->files[i], "with one more byte");
        free(bytes);
        write_file(f->dir, f->files[i].name, f->files[i].bytes, f->files[i].len);
    }
}

static void a_file_that_is_gone_is_refused_or_was_not_needed(void **state)
{
    struct folder *f = *state;
    size_t noticed = 0;
    for (size_t i = 0; i < f->count; i++) {
        char *path = xasprintf("%s/%s", f->dir, f->files[i].name);
        assert_int_equal(unlink(path), 0);
        bool no = refused(f, f->files[i].name, "gone");
        /* The first of each kind may be old; without the last commit its batch is run again. */
        if (strncmp(f->files[i].name, "state/", 6) == 0 && !f->files[i].needless && !no)
            fail_msg("%s gone: not noticed", f->files[i].name);
        noticed += no;
        mend(f);
        free(path);
    }
    assert_true(noticed >= f->count - 5);
}

static void a_file_in_anothers_place_is_refused(void **state)
{
    struct folder *f = *state;
    size_t tried = 0;
    for (size_t i = 0; i < f->count; i++) {
        for (size_t k = 0; k < f->count; k++) {
            if (i == k)
                continue;
            write_file(f->dir, f->files[i].name, f->files[k].bytes, f->files[k].len);
            must_refuse(f, &f->files[i], "replaced by another");
            tried++;
        }
        write_file(f->dir, f->files[i].name, f->files[i].bytes, f->files[i].len);
    }
    assert_true(tried > 200);
}

static void a_file_of_another_query_is_refused(void **state)
{
    struct folder *f = *state;
    char err[CKPT_ERR_MAX];
    char *other = xasprintf("%s/other", f->root);
    assert_int_equal(fake_run(other, &settings, 2, 0, 13, err, sizeof err), 0);
    for (size_t i = 0; i < f->count; i++) {
        size_t len;
        char *path = xasprintf("%s/%s", other, f->files[i].name);
        bool there = access(path, F_OK) == 0 && strcmp(f->files[i].name, "metadata") != 0;
        free(path);
        if (!there)
            continue;
        char *bytes = read_file(other, f->files[i].name, &len);
        write_file(f->dir, f->files[i].name, bytes, len);
        must_refuse(f, &f->files[i], "of another query");
        write_file(f->dir, f->files[i].name, f->files[i].bytes, f->files[i].len);
        free(bytes);
    }
    free(other);
}

static void inspection_names_each_damaged_file(void **state)
{
    struct folder *f = *state;
    for (size_t i = 0; i < f->count; i++) {
        char *text = NULL, *bytes = xmalloc(f->files[i].len);
        size_t len = 0;
        memcpy(bytes, f->files[i].bytes, f->files[i].len);
        bytes[f->files[i].len / 2] ^= 4;
        write_file(f->dir, f->files[i].name, bytes, f->files[i].len);
        FILE *out = open_memstream(&text, &len);
        assert_non_null(out);
        int rc = checkpoint_inspect(f->dir, out);
        assert_int_equal(fclose(out), 0);
        char *damaged = strstr(text, "DAMAGED");
        if (rc != 1 || !damaged || !strstr(damaged, f->files[i].name))
            fail_msg("%s changed: inspect gave %d: %s", f->files[i].name, rc, text);
        free(text);
        free(bytes);
        write_file(f->dir, f->files[i].name, f->files[i].bytes, f->files[i].len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sound_checkpoint_is_not_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_cut_at_any_length_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_with_any_byte_changed_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_with_something_behind_it_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_gone_is_refused_or_was_not_needed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_in_anothers_place_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_another_query_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(inspection_names_each_damaged_file, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
