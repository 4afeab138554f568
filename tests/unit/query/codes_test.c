/* The radio codes' file: what is read, and how a wrong one is refused. */
#include "feed.h"

#include <unistd.h>

static char path[] = "/tmp/sfcrime-codes-test-XXXXXX";

static struct codes *read_text(const char *json, char err[300])
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(json, f) >= 0);
    assert_int_equal(fclose(f), 0);
    err[0] = '\0';
    return codes_read(path, err, 300);
}

static void refuse(const char *json, const char *why)
{
    char err[300];

    assert_null(read_text(json, err));
    assert_non_null(strstr(err, path));
    if (strstr(err, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err, why);
}

static void codes_are_found_by_their_exact_bytes(void **state)
{
    char err[300];
    struct codes *c = read_text("[{\"disposition_code\":\"HAN\",\"description\":\"Handled\",\"more\":1},"
                                "{\"description\":\"Cancel\",\"disposition_code\":\"22\"}]\n",
                                err);
    assert_non_null(c);
    struct codes *copy = codes_copy(c);
    codes_free(c);
    assert_int_equal(codes_count(copy), 2);
    struct text found = codes_find(copy, (struct text){"22", 2});
    assert_int_equal(found.len, 6);
    assert_memory_equal(found.p, "Cancel", 6);
    assert_null(codes_find(copy, (struct text){"han", 3}).p);
    assert_null(codes_find(copy, (struct text){"HA", 2}).p);
    assert_null(codes_find(copy, (struct text){"HANX", 4}).p);
    assert_null(codes_find(copy, (struct text){NULL, 0}).p);
    codes_free(copy);
    codes_free(NULL);
}

static void wrong_files_are_refused_with_place_and_reason(void **state)
{
    char err[300];

    refuse("[{\"disposition_code\":\"A\",\"description\":\"x\"},\n{\"disposition_code\":\"A\","
           "\"description\":\"y\"}]",
           "\"A\" is there twice");
    refuse("{\"A\":\"x\"}", "must be a JSON array");
    refuse("[\n{\"disposition_code\":\n oops}]", "line 3");
    refuse("[1]", "entry 1");
    refuse("[{\"disposition_code\":\"A\",\"description\":\"x\"},{\"disposition_code\":\"B\"}]", "entry 2");
    refuse("[{\"disposition_code\":1,\"description\":\"x\"}]", "entry 1");
    refuse("", "empty");
    refuse("[] []", "not JSON");
    assert_null(codes_read("/nonexistent/codes.json", err, sizeof(err)));
    assert_non_null(strstr(err, "/nonexistent/codes.json"));
    struct codes *none = read_text("[]", err);
    assert_non_null(none);
    assert_null(codes_find(none, (struct text){"A", 1}).p);
    codes_free(none);
}

static int make_file(void **state)
{
    int fd = mkstemp(path);

    return fd < 0 || close(fd) != 0 ? -1 : 0;
}

static int remove_file(void **state)
{
    return remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_found_by_their_exact_bytes),
        cmocka_unit_test(wrong_files_are_refused_with_place_and_reason),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
