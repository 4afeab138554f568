/* Available-now on the embedded cluster with data that its 5 MiB a partition cannot hold a whole batch of:
 * the replay then waits for the query, and the query must not wait for the replay; and still the same data
 * give the same batches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "program.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* n calls with an address of that many bytes; all of one id, hence of one partition, where skewed. */
static void write_calls(struct program *p, int n, int address_bytes, bool skewed)
{
    struct strbuf b = {0};
    char *address = xmalloc((size_t)address_bytes + 1);
    memset(address, 'x', (size_t)address_bytes);
    address[address_bytes] = '\0';
    for (int i = 0; i < n; i++)
        strbuf_printf(&b,
                      "{\"crime_id\":\"%d\",\"original_crime_type_name\":\"Type %d\",\"call_date_time\":"
                      "\"2018-12-31T%02d:%02d:%02d.000\",\"disposition\":\"ADM\",\"address\":\"%s\"}\n",
                      skewed ? 1 : i, i % 7, 10 + i / 3600 % 12, i / 60 % 60, i % 60, address);
    program_write(p, "calls.json", b.data);
    strbuf_free(&b);
    free(address);
}

/* Runs it at two rates; both must end, count every row, and cut the same batches. */
static void run_twice(struct program *p, const char *words)
{
    static const char *const rates[] = {"max", "40000"};
    struct strbuf ends[2] = {{0}, {0}};
    for (int run = 0; run < 2; run++) {
        program_run(p, (const char *const[]){"--headless", "--available-now", "-r", rates[run], "-d",
                                             program_path(p, "calls.json"), "--progress", "-", "-S",
                                             "query.distinct=off", NULL});
        if (p->status != 0)
            fail_msg("at rate %s: status %d; it said: %s", rates[run], p->status, p->err);
        if (!program_says(p->err, words))
            fail_msg("at rate %s it said: %s", rates[run], p->err);
        for (const char *at = p->out; (at = strstr(at, "\"endOffset\"")); at++)
            strbuf_add(&ends[run], at, strcspn(at, "}"));
        assert_true(program_lines(p->out) > 1);
    }
    assert_string_equal(ends[0].data, ends[1].data);
    strbuf_free(&ends[0]);
    strbuf_free(&ends[1]);
}

static void rows_of_two_kilobytes_stall_nothing(void **state)
{
    struct program *p = program_new();
    write_calls(p, 12000, 2000, false);
    run_twice(p, "12,000 calls sent, 12,000 rows in ");
    program_free(p);
}

static void keys_that_all_fall_into_one_partition_stall_nothing(void **state)
{
    struct program *p = program_new();
    write_calls(p, 40000, 100, true);
    run_twice(p, "40,000 calls sent, 40,000 rows in ");
    program_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_two_kilobytes_stall_nothing),
        cmocka_unit_test(keys_that_all_fall_into_one_partition_stall_nothing),
    };
    return cmocka_run_group_tests_name("stall", tests, NULL, NULL);
}
