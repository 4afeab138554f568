/* The life of a checkpoint: fresh, resumed, restarted, refused, kept small. */
#include "checkpoint_fake.h"

#include <signal.h>
#include <sys/resource.h>

#define ERR char err[CKPT_ERR_MAX] = ""

static struct query_settings settings;

static int set_up(void **state)
{
    query_settings_default(&settings);
    *state = fake_dir();
    return 0;
}

static int tear_down(void **state)
{
    fake_remove(*state);
    free(*state);
    return 0;
}

static void must_run(const char *dir, size_t rows, size_t churn, int64_t last)
{
    ERR;
    if (fake_run(dir, &settings, rows, churn, last, err, sizeof err) != 0)
        fail_msg("%s", err);
}

/* Opening must fail, and the sentence must hold both words. */
static void must_refuse(const char *dir, const char *topic, const struct query_settings *s, const char *one,
                        const char *two)
{
    ERR;
    struct checkpoint *c = checkpoint_open(dir, topic, s, 5, err, sizeof err);
    if (c)
        fail_msg("opened, although it should have said '%s' and '%s'", one, two);
    if (!strstr(err, one) || !strstr(err, two))
        fail_msg("'%s' does not say '%s' and '%s'", err, one, two);
}

static void a_fresh_checkpoint_starts_at_batch_0(void **state)
{
    ERR;
    char *deep = xasprintf("%s/a/b/c/", (char *)*state);
    struct query *q = fake_new(3, 0);
    struct checkpoint_resume r;
    struct checkpoint *c = fake_resume(deep, &settings, q, &r, NULL, err, sizeof err);
    if (!c)
        fail_msg("%s", err);
    assert_int_equal(r.next_batch, 0);
    assert_int_equal(r.partitions, 0);
    assert_false(r.pending);
    assert_int_equal(strlen(r.id), 36);
    assert_int_equal(r.id[14], '4');
    assert_null(checkpoint_warning(c));
    checkpoint_resume_clear(&r);
    checkpoint_close(c);
    fake_free(q);
    free(deep);
}

static void where_a_query_begins_is_kept_before_its_first_batch(void **state)
{
    ERR;
    int64_t begin[2], end[2];
    fake_offsets(0, begin, end);
    for (int round = 0; round < 3; round++) {
        struct query *q = fake_new(3, 0);
        struct checkpoint_resume r;
        struct checkpoint *c = fake_resume(*state, &settings, q, &r, NULL, err, sizeof err);
        if (!c)
            fail_msg("%s", err);
        assert_int_equal(r.next_batch, 0);
        assert_false(r.pending);
        assert_int_equal(r.partitions, round == 0 ? 0 : 2);
        if (round == 0)
            assert_int_equal(checkpoint_began(c, 2, begin, err, sizeof err), 0);
        if (round == 2) /* the batch itself takes its place */
            for (int i = 0; i < 3; i++)
                assert_int_equal(fake_step(c, q, i, false, err, sizeof err), 0);
        checkpoint_resume_clear(&r);
        checkpoint_close(c);
        fake_free(q);
    }
    must_run(*state, 3, 0, 5);
}

static void a_resumed_query_goes_on_after_the_last_commit(void **state)
{
    ERR;
    char id[40];
    for (int round = 0; round < 4; round++) {
        struct query *q = fake_new(3, 0);
        struct checkpoint_resume r;
        struct checkpoint *c = fake_resume(*state, &settings, q, &r, NULL, err, sizeof err);
        if (!c)
            fail_msg("%s", err);
        assert_int_equal(r.next_batch, 7 * round);
        if (round == 0)
            memcpy(id, r.id, sizeof id);
        assert_string_equal(id, r.id);
        for (int i = 0; i < 7; i++)
            assert_int_equal(fake_step(c, q, 7 * round + i, false, err, sizeof err), 0);
        checkpoint_resume_clear(&r);
        checkpoint_close(c);
        fake_free(q);
    }
}

static void a_batch_without_commit_runs_again_over_the_same_offsets(void **state)
{
    ERR;
    int64_t start[2], end[2];
    must_run(*state, 3, 0, 3);
    for (int with_state = 0; with_state < 2; with_state++) {
        struct query *q = fake_new(3, 0);
        struct checkpoint_resume r;
        struct checkpoint *c = fake_resume(*state, &settings, q, &r, NULL, err, sizeof err);
        if (!c)
            fail_msg("%s", err);
        assert_int_equal(r.next_batch, 4);
        assert_int_equal(r.pending, with_state); /* the first round has begun it */
        fake_offsets(4, start, end);
        if (!r.pending)
            assert_int_equal(checkpoint_begin(c, 4, 2, start, end, err, sizeof err), 0);
        fake_batch(q, 4);
        if (with_state)
            assert_int_equal(checkpoint_state(c, 4, q, err, sizeof err), 0);
        checkpoint_resume_clear(&r);
        checkpoint_close(c);
        fake_free(q);
    }
    must_run(*state, 3, 0, 6);
    must_run(*state, 3, 0, 6);
}

static void settings_that_the_state_depends_on_are_refused_by_name(void **state)
{
    must_run(*state, 3, 0, 2);
    struct query_settings s = settings;
    s.distinct = DISTINCT_OFF;
    must_refuse(*state, TOPIC, &s, "distinct = 'global'", "'off'");
    s = settings;
    s.watermark_ms = 60000;
    must_refuse(*state, TOPIC, &s, "watermark = '5 minutes'", "'1 minute'");
    s = settings;
    s.window_ms = 0;
    must_refuse(*state, TOPIC, &s, "window = '1 hour'", "'none'");
    s = settings;
    s.slide_ms = s.window_ms / 2;
    must_refuse(*state, TOPIC, &s, "slide = '1 hour'", "'30 minutes'");
    s = settings;
    s.group_by[s.group_by_count++] = FIELD_CITY;
    must_refuse(*state, TOPIC, &s, "group-by = 'original_crime_type_name'",
                "'original_crime_type_name,city'");
    s = settings;
    s.join_codes = !s.join_codes;
    must_refuse(*state, TOPIC, &s, "join = ", "'radio-codes'");
    s = settings;
    s.output_mode = OUTPUT_APPEND;
    must_refuse(*state, TOPIC, &s, "output-mode = ", "'append'");
    must_refuse(*state, "another", &settings, "topic = '" TOPIC "'", "'another'");
    s = settings;
    s.parallelism = 7;
    s.max_offsets_per_trigger = 99;
    s.trigger = TRIGGER_INTERVAL;
    s.trigger_ms = 5000;
    s.fail_on_data_loss = !s.fail_on_data_loss;
    ERR;
    if (fake_run(*state, &s, 3, 0, 4, err, sizeof err) != 0)
        fail_msg("%s", err);
}

static void a_foreign_folder_is_refused_and_left_as_it_was(void **state)
{
    char *file = xasprintf("%s/letter.txt", (char *)*state);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
    must_refuse(*state, TOPIC, &settings, "letter.txt", "no checkpoint");
    assert_int_equal(fake_count_files(*state, "."), 1);
    must_refuse(file, TOPIC, &settings, "not a folder", "another --checkpoint");
    free(file);
}

static void a_checkpoint_of_spark_is_refused(void **state)
{
    char *file = xasprintf("%s/metadata", (char *)*state);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    assert_true(fprintf(f, "{\"id\":\"2f7e6c0e-7f0b-4f8e-9d7c-0a1b2c3d4e5f\"}") > 0);
    assert_int_equal(fclose(f), 0);
    must_refuse(*state, TOPIC, &settings, "is a checkpoint of Spark", "another --checkpoint");
    assert_int_equal(fake_count_files(*state, "."), 1);
    free(file);
}

static void a_second_process_is_kept_out_and_told_by_whom(void **state)
{
    ERR;
    char pid[40];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    struct checkpoint *c = checkpoint_open(*state, TOPIC, &settings, 5, err, sizeof err);
    if (!c)
        fail_msg("%s", err);
    must_refuse(*state, TOPIC, &settings, "in use", pid);
    checkpoint_close(c);
    must_run(*state, 1, 0, 0);
}

static void many_batches_leave_few_files(void **state)
{
    must_run(*state, 2, 0, 9999);
    assert_true(fake_count_files(*state, "offsets") <= 6);
    assert_true(fake_count_files(*state, "commits") <= 6);
    size_t files = fake_count_files(*state, "state");
    if (files > 40)
        fail_msg("%zu state files", files);
    int64_t from_ms = clock_mono_ms();
    must_run(*state, 2, 0, 10000);
    int64_t took_ms = clock_mono_ms() - from_ms;
    print_message("    10,000 batches: %zu state files, resumed in %" PRId64 " ms\n", files, took_ms);
    assert_true(took_ms < 5000);
}

static void deltas_that_say_little_new_give_way_to_a_full_image(void **state)
{
    must_run(*state, 1, 100 * 1000, 60);
    char *path = xasprintf("%s/state", (char *)*state);
    DIR *d = opendir(path);
    assert_non_null(d);
    int full = 0;
    int64_t bytes = 0;
    for (struct dirent *e; (e = readdir(d));) {
        struct stat st;
        if (e->d_name[0] == '.')
            continue;
        full += strstr(e->d_name, ".full") != NULL;
        assert_int_equal(fstatat(dirfd(d), e->d_name, &st, 0), 0);
        bytes += st.st_size;
    }
    closedir(d);
    free(path);
    assert_int_equal(full, 1);
    assert_true(bytes < 2 * 1000 * 1000);
    must_run(*state, 1, 100 * 1000, 70);
}

static void large_deltas_stay_as_they_are(void **state)
{
    /* 1.6 MB a batch, all of it new: nothing to gain by copying. */
    must_run(*state, 200 * 1000, 0, 9);
    assert_int_equal(fake_count_files(*state, "state"), 10);
    must_run(*state, 200 * 1000, 0, 10);
}

static void a_restart_forgets_the_batches_and_keeps_the_id(void **state)
{
    ERR;
    struct query *q = fake_new(3, 0), *again = fake_new(3, 0), *old = fake_new(3, 0);
    struct checkpoint_resume r;
    must_run(*state, 3, 0, 12);
    struct checkpoint *c = fake_resume(*state, &settings, old, &r, NULL, err, sizeof err);
    assert_non_null(c);
    struct query_settings s = settings;
    s.window_ms = s.slide_ms = 600000;
    assert_int_equal(checkpoint_restart(c, &s, err, sizeof err), 0);
    assert_int_equal(fake_count_files(*state, "state"), 0);
    for (int64_t id = 0; id < 3; id++)
        assert_int_equal(fake_step(c, q, id, false, err, sizeof err), 0);
    checkpoint_close(c);
    must_refuse(*state, TOPIC, &settings, "window = '10 minutes'", "'1 hour'");
    char id[40];
    memcpy(id, r.id, sizeof id);
    checkpoint_resume_clear(&r);
    c = fake_resume(*state, &s, again, &r, NULL, err, sizeof err);
    if (!c)
        fail_msg("%s", err);
    assert_int_equal(r.next_batch, 3);
    assert_string_equal(r.id, id);
    checkpoint_resume_clear(&r);
    checkpoint_close(c);
    fake_free(q);
    fake_free(again);
    fake_free(old);
}

/* A limit on file sizes stands in for a full disk: the kernel refuses the write in the same way. */
static void a_disk_that_takes_no_more_is_told_in_one_sentence(void **state)
{
    ERR;
    struct rlimit before, small;
    struct query *q = fake_new(100 * 1000, 0);
    struct checkpoint_resume r;
    must_run(*state, 1, 0, 2);
    fake_free(q);
    q = fake_new(1, 0);
    struct checkpoint *c = fake_resume(*state, &settings, q, &r, NULL, err, sizeof err);
    assert_non_null(c);
    checkpoint_resume_clear(&r);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 20000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    q->rows_a_batch = 100 * 1000;
    int rc = fake_step(c, q, 3, false, err, sizeof err);
    if (rc == 0)
        rc = checkpoint_flush(c, err, sizeof err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(rc, -1);
    assert_non_null(strstr(err, "cannot write checkpoint file"));
    assert_non_null(strstr(err, "state/3.delta: File too large"));
    /* It stays so: nothing after a failed write may look as if it had been written. */
    assert_int_equal(checkpoint_flush(c, err, sizeof err), -1);
    checkpoint_close(c);
    fake_free(q);
    must_run(*state, 1, 0, 5);
}

static void a_folder_closed_to_writing_is_told_in_one_sentence(void **state)
{
    if (geteuid() == 0)
        must_refuse("/proc/checkpoint", TOPIC, &settings, "/proc/checkpoint", "cannot open");
    else {
        assert_int_equal(chmod(*state, 0500), 0);
        must_refuse(*state, TOPIC, &settings, "Permission denied", "writable");
        assert_int_equal(chmod(*state, 0700), 0);
    }
}

static void rows_can_be_read_while_the_write_ahead_is_on_its_way(void **state)
{
    ERR;
    struct query *q = fake_new(3, 0);
    struct checkpoint_resume r;
    struct checkpoint *c = fake_resume(*state, &settings, q, &r, NULL, err, sizeof err);
    assert_non_null(c);
    for (int64_t id = 0; id < 20; id++) {
        int64_t start[2], end[2];
        char *name = xasprintf("%s/offsets/%" PRId64, (char *)*state, id);
        fake_offsets(id, start, end);
        assert_int_equal(checkpoint_begin_soon(c, id, 2, start, end, err, sizeof err), 0);
        fake_batch(q, id);
        assert_int_equal(checkpoint_begun(c, err, sizeof err), 0);
        assert_int_equal(access(name, F_OK), 0);
        free(name);
        assert_int_equal(checkpoint_state(c, id, q, err, sizeof err), 0);
        assert_int_equal(checkpoint_commit(c, id, err, sizeof err), 0);
        assert_int_equal(checkpoint_maintain(c, q, err, sizeof err), 0);
    }
    checkpoint_close(c);
    fake_free(q);
    must_run(*state, 3, 0, 25);
}

/* A disk that is held up: its steps wait while the lock is taken. */
static void wait_for_lock(void *arg, const char *what, enum ckpt_dir d, const char *name)
{
    (void)what;
    (void)d;
    (void)name;
    pthread_mutex_lock(arg);
    pthread_mutex_unlock(arg);
}

static void where_nobody_looks_on_the_query_is_ahead_of_a_slow_disk(void **state)
{
    enum { BATCHES = 15 };
    ERR;
    pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER;
    struct ckpt_hook hook = {.step = wait_for_lock, .arg = &disk};
    struct query *q = fake_new(3, 0);
    struct checkpoint_resume r;
    struct checkpoint *c = fake_resume(*state, &settings, q, &r, &hook, err, sizeof err);
    assert_non_null(c);
    alarm(60); /* where it waits for the disk, it waits for ever */
    pthread_mutex_lock(&disk);
    for (int64_t id = 0; id < BATCHES; id++) {
        int64_t start[2], end[2];
        fake_offsets(id, start, end);
        assert_int_equal(checkpoint_begin_soon(c, id, 2, start, end, err, sizeof err), 0);
        fake_batch(q, id);
        assert_int_equal(checkpoint_keep_up(c, err, sizeof err), 0);
        assert_int_equal(checkpoint_state(c, id, q, err, sizeof err), 0);
        assert_int_equal(checkpoint_commit(c, id, err, sizeof err), 0);
        assert_int_equal(checkpoint_maintain(c, q, err, sizeof err), 0);
    }
    assert_int_equal(fake_count_files(*state, "commits"), 0);
    pthread_mutex_unlock(&disk);
    assert_int_equal(checkpoint_flush(c, err, sizeof err), 0);
    alarm(0);
    char *newest = xasprintf("%s/commits/%d", (char *)*state, BATCHES - 1);
    assert_int_equal(access(newest, F_OK), 0);
    free(newest);
    checkpoint_close(c);
    fake_free(q);
    must_run(*state, 3, 0, 25);
}

static char *inspect(const char *dir, int want)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    int rc = checkpoint_inspect(dir, out);
    assert_int_equal(fclose(out), 0);
    if (rc != want)
        fail_msg("inspect gave %d: %s", rc, text);
    return text;
}

static void inspection_tells_what_is_there(void **state)
{
    char *text = inspect(*state, 0);
    assert_non_null(strstr(text, "empty"));
    free(text);
    must_run(*state, 3, 0, 11);
    text = inspect(*state, 0);
    assert_non_null(strstr(text, TOPIC));
    assert_non_null(strstr(text, "11 committed"));
    assert_non_null(strstr(text, "36 rows"));
    assert_non_null(strstr(text, "partition 1 from 111 to 121"));
    assert_non_null(strstr(text, "1970-01-01T00:00:12.000Z"));
    assert_non_null(strstr(text, "offsets/11"));
    assert_null(strstr(text, "DAMAGED"));
    free(text);
    char *file = xasprintf("%s/offsets/10", (char *)*state);
    assert_int_equal(truncate(file, 50), 0);
    text = inspect(*state, 1);
    assert_non_null(strstr(text, "DAMAGED"));
    assert_non_null(strstr(text, file));
    free(text);
    free(file);
}

static void inspection_of_a_running_query_finds_no_fault(void **state)
{
    must_run(*state, 3, 0, 3);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char err[CKPT_ERR_MAX];
        _exit(fake_run(*state, &settings, 3, 0, 400, err, sizeof err) == 0 ? 0 : 1);
    }
    int status = 0, rounds = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        free(inspect(*state, 0));
        rounds++;
    }
    assert_int_equal(status, 0);
    assert_true(rounds > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_fresh_checkpoint_starts_at_batch_0, set_up, tear_down),
        cmocka_unit_test_setup_teardown(where_a_query_begins_is_kept_before_its_first_batch, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_resumed_query_goes_on_after_the_last_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_batch_without_commit_runs_again_over_the_same_offsets, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(settings_that_the_state_depends_on_are_refused_by_name, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_foreign_folder_is_refused_and_left_as_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_checkpoint_of_spark_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_process_is_kept_out_and_told_by_whom, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_batches_leave_few_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(deltas_that_say_little_new_give_way_to_a_full_image, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(large_deltas_stay_as_they_are, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restart_forgets_the_batches_and_keeps_the_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_that_takes_no_more_is_told_in_one_sentence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_closed_to_writing_is_told_in_one_sentence, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(rows_can_be_read_while_the_write_ahead_is_on_its_way, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(where_nobody_looks_on_the_query_is_ahead_of_a_slow_disk, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(inspection_tells_what_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(inspection_of_a_running_query_finds_no_fault, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
