/* Reading calls from every kind of data: array, lines, .gz, pipes, broken, huge, by time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "replay/dataset.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

struct folder {
    char dir[64], path[100];
};

static int setup(void **state)
{
    struct folder *f = xcalloc(1, sizeof *f);
    snprintf(f->dir, sizeof f->dir, "/tmp/sfcrime-dataset-XXXXXX");
    if (!mkdtemp(f->dir))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/calls", f->dir);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct folder *f = *state;
    (void)unlink(f->path);
    (void)rmdir(f->dir);
    free(f);
    return 0;
}

static void write_file(const struct folder *f, const char *text, size_t len)
{
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void write_gzip(const struct folder *f, const char *mode, const char *text)
{
    gzFile gz = gzopen(f->path, mode);
    assert_non_null(gz);
    assert_int_equal(gzwrite(gz, text, (unsigned)strlen(text)), strlen(text));
    assert_int_equal(gzclose(gz), Z_OK);
}

static struct dataset *open_data(const char *path, bool by_time)
{
    char err[400] = "";
    struct dataset *d = dataset_open(path, by_time, err, sizeof err);
    if (!d)
        fail_msg("%s", err);
    return d;
}

static enum dataset_status next(struct dataset *d, struct dataset_call *call)
{
    enum dataset_status s;
    while ((s = dataset_next(d, call)) == DATASET_BUSY || s == DATASET_WAIT) {
        struct pollfd p = {.fd = dataset_fd(d), .events = POLLIN};
        if (s == DATASET_WAIT)
            assert_int_equal(poll(&p, 1, 20000), 1);
    }
    return s;
}

/* The ids of all calls, joined; at the end how many objects were skipped: "1 2 3|0". */
static void ids(struct dataset *d, char *out, size_t cap)
{
    struct dataset_call call;
    size_t n = 0;
    enum dataset_status s;
    out[0] = '\0';
    while ((s = next(d, &call)) == DATASET_CALL)
        n += (size_t)snprintf(out + n, cap - n, "%s%.*s", n ? " " : "", (int)call.key.len,
                              call.key.p ? call.key.p : "");
    assert_int_equal(s, DATASET_END);
    (void)snprintf(out + n, cap - n, "|%lld", (long long)dataset_skipped(d));
}

static void check(struct folder *f, const char *text, const char *expected)
{
    char found[400];
    write_file(f, text, strlen(text));
    struct dataset *d = open_data(f->path, false);
    ids(d, found, sizeof found);
    assert_string_equal(found, expected);
    assert_true(dataset_rewind(d));
    ids(d, found, sizeof found);
    assert_string_equal(found, expected);
    dataset_close(d);
}

#define CALL(id) "{\"crime_id\":\"" id "\",\"city\":\"San Francisco\"}"

static void arrays_and_lines_are_told_apart_by_themselves(void **state)
{
    struct folder *f = *state;
    check(f, "[" CALL("1") "," CALL("2") "]", "1 2|0");
    check(f, "[\n" CALL("1") ",\n" CALL("2") "\n]\n", "1 2|0");
    check(f, "[\n  {\n    \"crime_id\": \"1\"\n  },\n  {\n    \"crime_id\": \"2\"\n  }\n]\n", "1 2|0");
    check(f, CALL("1") "\n" CALL("2") "\n", "1 2|0");
    check(f, CALL("1") "\r\n\r\n" CALL("2"), "1 2|0");
    check(f, CALL("1") ",\n" CALL("2") ",\n", "1 2|0");
    check(f, CALL("1") CALL("2"), "1 2|0");
    check(f, "\xef\xbb\xbf[" CALL("1") "]", "1|0");
}

static void the_portals_own_names_are_accepted(void **state)
{
    struct folder *f = *state;
    struct dataset_call call;
    static const char portal[] = "[{\"crime_id\":\"160913285\",\"original_crimetype_name\":\"Arrest Made\",\n"
                                 "\"call_dttm\":\"2016-03-31T19:49:00.000\",\":@computed_region\":\"7\"}]";
    write_file(f, portal, strlen(portal));
    struct dataset *d = open_data(f->path, false);
    int64_t expected;
    assert_true(iso_parse_ms("2016-03-31T19:49", 16, &expected));
    assert_int_equal(next(d, &call), DATASET_CALL);
    assert_int_equal(call.event_ms, expected);
    char *json = xstrndup(call.json.p, call.json.len);
    assert_string_equal(json, "{\"crime_id\":\"160913285\",\"original_crime_type_name\":\"Arrest Made\","
                              "\"call_date_time\":\"2016-03-31T19:49:00.000\"}");
    free(json);
    dataset_close(d);
}

static void a_broken_line_costs_only_itself(void **state)
{
    struct folder *f = *state;
    check(f, CALL("1") "\n{\"crime_id\":\"2\"\n" CALL("3") "\n", "1 3|1");
    check(f, CALL("1") "\n{\"crime_id\":\"2\n" CALL("3") "\n", "1 3|1");
    check(f, CALL("1") "\n{\"crime_id\":\"2\",\n" CALL("3") "\n", "1 3|1");
    check(f, CALL("1") "\n{\"crime_id\" {\"x\":1} }\n" CALL("3") "\n", "1 3|1");
    check(f, CALL("1") "\nthis is no {json}\n" CALL("3") "\n", "1 3|1");
    check(f, CALL("1") "\n42\n\"text\"\nnull\n" CALL("3") "\n", "1 3|3");
    check(f, CALL("1") "\n{}\n{\"a\":1}\n" CALL("3") "\n", "1 3|2");
    check(f, CALL("1") "\n{\"crime_id\":\"2", "1|1");
}

static void a_broken_object_of_an_array_costs_only_itself(void **state)
{
    struct folder *f = *state;
    check(f, "[" CALL("1") ",{\"crime_id\":2x}," CALL("3") "]", "1 3|1");
    check(f, "[" CALL("1") ",42," CALL("3") "]", "1 3|1");
    check(f,
          "[\n{\n\"crime_id\": \"1\"\n},\n{\n\"crime_id\": \"2,\n\"city\": \"X\"\n},\n{\n\"crime_id\": "
          "\"3\"\n}\n]",
          "1 3|1");
    check(f, "[" CALL("1") ",{\"city\":{\"a\":1}}," CALL("3") "]", "1 3|1");
}

static void check_cut(struct folder *f, const char *text, bool by_time, int calls, int skipped)
{
    struct dataset_call call;
    write_file(f, text, strlen(text));
    struct dataset *d = open_data(f->path, by_time);
    enum dataset_status s;
    int n = 0;
    while ((s = next(d, &call)) == DATASET_CALL)
        n++;
    assert_int_equal(s, DATASET_FAILED);
    assert_int_equal(n, calls);
    assert_int_equal(dataset_skipped(d), skipped);
    assert_non_null(strstr(dataset_error(d), "not complete"));
    assert_int_equal(dataset_next(d, &call), DATASET_FAILED);
    dataset_close(d);
}

/* As with a .gz: what is there is sent, and then it is a failure. */
static void an_array_that_is_cut_is_an_error_not_an_end(void **state)
{
    struct folder *f = *state;
    check_cut(f, "[" CALL("1") ",{\"crime_id\":\"2\"", false, 1, 1);
    check_cut(f, "[" CALL("1") "," CALL("2"), false, 2, 0);
    check_cut(f, "[" CALL("1") "," CALL("2") ",\n", false, 2, 0);
    check_cut(f, "[" CALL("1") "," CALL("2"), true, 0, 0);
    check(f, "[" CALL("1") "]\n[" CALL("2") "]\n", "1 2|0");
}

static void what_was_skipped_is_said(void **state)
{
    struct folder *f = *state;
    char found[100];
    static const char text[] = CALL("1") "\n{\"crime_id\":tru}\n";
    write_file(f, text, strlen(text));
    struct dataset *d = open_data(f->path, false);
    ids(d, found, sizeof found);
    snprintf(found, sizeof found, "byte %zu: something that is no JSON value", strlen(CALL("1")) + 1);
    assert_string_equal(dataset_skip_reason(d), found);
    dataset_close(d);
}

static void check_refused(const struct folder *f, const char *text, const char *words)
{
    char err[400] = "";
    write_file(f, text, strlen(text));
    assert_null(dataset_open(f->path, false, err, sizeof err));
    if (!strstr(err, words))
        fail_msg("%s does not say: %s", err, words);
}

static void data_without_a_call_are_refused(void **state)
{
    struct folder *f = *state;
    char err[400] = "";
    check_refused(f, "", "holds no calls");
    check_refused(f, "[]", "holds no calls");
    check_refused(f, "<html><body>not here</body></html>", "holds no calls; byte 0: not an object");
    check_refused(f, "{\"a\":1}", "none of a call's fields");
    assert_null(dataset_open(f->dir, false, err, sizeof err));
    assert_non_null(strstr(err, "it is a directory"));
    (void)unlink(f->path);
    assert_null(dataset_open(f->path, false, err, sizeof err));
    assert_non_null(strstr(err, "no such file"));
}

static void a_huge_object_is_passed_over(void **state)
{
    struct folder *f = *state;
    char found[100];
    for (int lines = 0; lines < 2; lines++) {
        struct strbuf b = {0};
        strbuf_puts(&b, lines ? "" : "[");
        strbuf_puts(&b, CALL("1"));
        strbuf_puts(&b, lines ? "\n" : ",");
        strbuf_puts(&b, "{\"crime_id\":\"2\",\"x\":[{\"}\":\"");
        for (size_t i = 0; i < DATASET_OBJECT_MAX / 8 + 100000; i++)
            strbuf_puts(&b, "\\\"}]},{[");
        strbuf_puts(&b, "\"}]}");
        strbuf_puts(&b, lines ? "\n" : ",");
        strbuf_puts(&b, CALL("3"));
        strbuf_puts(&b, lines ? "\n" : "]");
        write_file(f, b.data, b.len);
        strbuf_free(&b);
        struct dataset *d = open_data(f->path, false);
        ids(d, found, sizeof found);
        assert_string_equal(found, "1 3|1");
        assert_non_null(strstr(dataset_skip_reason(d), "larger than 8 MiB"));
        dataset_close(d);
    }
}

static void a_large_object_below_the_limit_is_kept(void **state)
{
    struct folder *f = *state;
    struct dataset_call call;
    size_t len = 5 * 1024 * 1024;
    char *text = xmalloc(len + 100), *address = xmalloc(len + 1);
    memset(address, 'a', len);
    address[len] = '\0';
    snprintf(text, len + 100, "[{\"crime_id\":\"1\",\"address\":\"%s\"},\n" CALL("2") "]", address);
    write_file(f, text, strlen(text));
    struct dataset *d = open_data(f->path, false);
    assert_int_equal(next(d, &call), DATASET_CALL);
    assert_int_equal(call.json.len, len + strlen("{\"crime_id\":\"1\",\"address\":\"\"}"));
    assert_int_equal(next(d, &call), DATASET_CALL);
    assert_int_equal(next(d, &call), DATASET_END);
    dataset_close(d);
    free(text);
    free(address);
}

static void gzip_is_read_by_its_bytes_also_in_several_members(void **state)
{
    struct folder *f = *state;
    char found[100];
    write_gzip(f, "w", "[" CALL("1") ",");
    write_gzip(f, "a", CALL("2") "]");
    struct dataset *d = open_data(f->path, false);
    for (int pass = 0; pass < 2; pass++) {
        ids(d, found, sizeof found);
        assert_string_equal(found, "1 2|0");
        assert_int_equal(dataset_total(d), 2);
        assert_true(dataset_rewind(d));
    }
    dataset_close(d);
}

static void a_truncated_or_damaged_gzip_is_an_error_not_an_end(void **state)
{
    struct folder *f = *state;
    struct dataset_call call;
    struct strbuf b = {0};
    for (int i = 0; i < 5000; i++)
        strbuf_printf(&b, "{\"crime_id\":\"%d\",\"address\":\"%d\"}\n", i, i * 7919 % 1009);
    for (int damage = 0; damage < 2; damage++) {
        write_gzip(f, "w", b.data);
        FILE *file = fopen(f->path, "r+");
        assert_non_null(file);
        assert_int_equal(fseek(file, 0, SEEK_END), 0);
        long size = ftell(file);
        if (damage == 0)
            assert_int_equal(ftruncate(fileno(file), size / 2), 0);
        assert_int_equal(fseek(file, size / 3, SEEK_SET), 0);
        if (damage == 1)
            assert_int_equal(fwrite("\xff\xff\xff\xff\xff\xff\xff\xff", 1, 8, file), 8);
        assert_int_equal(fclose(file), 0);
        struct dataset *d = open_data(f->path, false);
        enum dataset_status s;
        while ((s = next(d, &call)) == DATASET_CALL)
            ;
        assert_int_equal(s, DATASET_FAILED);
        assert_non_null(strstr(dataset_error(d), ".gz"));
        assert_int_equal(dataset_next(d, &call), DATASET_FAILED);
        dataset_close(d);
    }
    strbuf_free(&b);
}

/* Runs body with its standard input fed by a child that writes text in small pieces. */
static void with_stdin(const char *text, size_t len, void (*body)(void))
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(fds[0]);
        for (size_t done = 0; done < len;) {
            ssize_t n = write(fds[1], text + done, len - done < 7 ? len - done : 7);
            if (n < 0)
                _exit(1);
            done += (size_t)n;
        }
        _exit(0);
    }
    close(fds[1]);
    int saved = dup(STDIN_FILENO);
    assert_true(saved >= 0 && dup2(fds[0], STDIN_FILENO) >= 0);
    close(fds[0]);
    body();
    assert_true(dup2(saved, STDIN_FILENO) >= 0);
    close(saved);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
}

static void read_three_from_stdin(void)
{
    char found[100];
    struct dataset *d = open_data("-", false);
    assert_false(dataset_can_rewind(d));
    assert_true(isnan(dataset_share(d)));
    ids(d, found, sizeof found);
    assert_string_equal(found, "3 1 2|0");
    assert_false(dataset_rewind(d));
    dataset_close(d);
}

static void read_three_from_stdin_by_time(void)
{
    char found[100];
    struct dataset *d = open_data("-", true);
    for (int pass = 0; pass < 2; pass++) {
        ids(d, found, sizeof found);
        assert_string_equal(found, "1 2 3|0");
        assert_true(dataset_rewind(d));
    }
    dataset_close(d);
}

#define TIMED(id, time) "{\"crime_id\": \"" id "\", \"call_dttm\": \"2018-12-31T" time ":00.000\"}"

static void standard_input_is_read_as_it_comes(void **state)
{
    static const char text[] = "[" TIMED("3", "12:00") "," TIMED("1", "10:00") "," TIMED("2", "11:00") "]";
    with_stdin(text, strlen(text), read_three_from_stdin);
    with_stdin(text, strlen(text), read_three_from_stdin_by_time);
}

static void an_open_pipe_with_one_call_gives_that_call(void **state)
{
    int fds[2];
    struct dataset_call call;
    static const char line[] = CALL("1") "\n";
    assert_int_equal(pipe(fds), 0);
    int saved = dup(STDIN_FILENO);
    assert_true(dup2(fds[0], STDIN_FILENO) >= 0);
    struct dataset *d = open_data("-", false);
    assert_int_equal(dataset_next(d, &call), DATASET_WAIT);
    assert_int_equal(write(fds[1], line, strlen(line)), strlen(line));
    assert_int_equal(dataset_next(d, &call), DATASET_CALL);
    assert_int_equal(dataset_next(d, &call), DATASET_WAIT);
    close(fds[1]);
    assert_int_equal(dataset_next(d, &call), DATASET_END);
    dataset_close(d);
    assert_true(dup2(saved, STDIN_FILENO) >= 0);
    close(saved);
    close(fds[0]);
}

static void by_time_sorts_and_keeps_the_order_of_equals(void **state)
{
    struct folder *f = *state;
    char found[100];
    static const char text[] = "[" TIMED("4", "12:00") ",\n" TIMED(
        "1", "10:00") ",{\"city\":\"none\"},"
                      "{\"broken\"," TIMED("3", "11:00") "," TIMED("2", "10:00") "]";
    write_file(f, text, strlen(text));
    for (int gzip = 0; gzip < 2; gzip++) {
        if (gzip)
            write_gzip(f, "w", text);
        struct dataset *d = open_data(f->path, true);
        /* A call without a time stays behind the one that it stood behind. */
        for (int pass = 0; pass < 2; pass++) {
            ids(d, found, sizeof found);
            assert_string_equal(found, "1  2 3 4|1");
            assert_int_equal(dataset_total(d), 5);
            assert_true(dataset_rewind(d));
        }
        dataset_close(d);
    }
}

/* 60,000 calls newest first, as the portal writes them, and at random. */
static void by_time_sorts_many(void **state)
{
    struct folder *f = *state;
    for (int shuffled = 0; shuffled < 2; shuffled++) {
        struct strbuf b = {0};
        struct dataset_call call;
        char time[ISO_MAX];
        int64_t sum = 0, found = 0, last = INT64_MIN;
        for (int64_t i = 60000; i > 0; i--) {
            int64_t at = (shuffled ? i * 48271 % 60013 : i) * 60000;
            iso_format_ms(time, at, 0);
            strbuf_printf(&b, "{\"crime_id\":\"%lld\",\"call_date_time\":\"%s\"}\n", (long long)i, time);
            sum += i;
        }
        write_file(f, b.data, b.len);
        strbuf_free(&b);
        struct dataset *d = open_data(f->path, true);
        while (next(d, &call) == DATASET_CALL) {
            assert_true(call.event_ms >= last);
            last = call.event_ms;
            found += strtoll(call.key.p, NULL, 10);
        }
        assert_int_equal(found, sum);
        dataset_close(d);
    }
}

static void total_and_share_are_known_for_small_files(void **state)
{
    struct folder *f = *state;
    struct dataset_call call;
    static const char text[] = CALL("1") "\n" CALL("2") "\n" CALL("3") "\n" CALL("4") "\n";
    write_file(f, text, strlen(text));
    struct dataset *d = open_data(f->path, false);
    assert_int_equal(dataset_total(d), 4);
    assert_int_equal(next(d, &call), DATASET_CALL);
    assert_int_equal(dataset_position(d), 1);
    assert_true(fabs(dataset_share(d) - 0.25) < 0.001);
    dataset_close(d);
}

static long peak_kb(void)
{
    struct rusage u;
    assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
    return u.ru_maxrss;
}

/* 200 MB as a .gz of a few hundred KB. */
static void memory_stays_flat_on_a_large_stream(void **state)
{
    struct folder *f = *state;
    struct dataset_call call;
    gzFile gz = gzopen(f->path, "w1");
    assert_non_null(gz);
    char block[40000];
    size_t len = 0;
    while (len + 500 < sizeof block)
        len += (size_t)snprintf(block + len, sizeof block - len,
                                "{ \"crime_id\":\"1\", \"city\":\"San Francisco\", \"address\":\"%0300d\"}\n",
                                1);
    for (size_t bytes = 0; bytes < 200u * 1000 * 1000; bytes += len)
        assert_int_equal(gzwrite(gz, block, (unsigned)len), len);
    assert_int_equal(gzclose(gz), Z_OK);
    struct dataset *d = open_data(f->path, false);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(next(d, &call), DATASET_CALL);
    long before = peak_kb();
    while (next(d, &call) == DATASET_CALL)
        ;
    assert_true(dataset_total(d) > 500000);
    assert_true(peak_kb() - before < 2048);
    dataset_close(d);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(memory_stays_flat_on_a_large_stream),
        T(arrays_and_lines_are_told_apart_by_themselves),
        T(the_portals_own_names_are_accepted),
        T(a_broken_line_costs_only_itself),
        T(a_broken_object_of_an_array_costs_only_itself),
        T(an_array_that_is_cut_is_an_error_not_an_end),
        T(what_was_skipped_is_said),
        T(data_without_a_call_are_refused),
        T(a_huge_object_is_passed_over),
        T(a_large_object_below_the_limit_is_kept),
        T(gzip_is_read_by_its_bytes_also_in_several_members),
        T(a_truncated_or_damaged_gzip_is_an_error_not_an_end),
        T(standard_input_is_read_as_it_comes),
        T(an_open_pipe_with_one_call_gives_that_call),
        T(by_time_sorts_and_keeps_the_order_of_equals),
        T(by_time_sorts_many),
        T(total_and_share_are_known_for_small_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
