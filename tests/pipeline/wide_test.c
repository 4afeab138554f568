/* A table of very many groups: each call has an address of its own, and the query groups by it. The views
 * keep coming while it grows, and the last one has it all, in the right order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_run.h"

#include "base/text.h"
#include "ui/rank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Addresses; every 1000th has three calls. */
enum { GROUPS = 60000, OFTEN = 1000, ROWS = GROUPS + 2 * GROUPS / OFTEN };

static bool whole(const struct query_view *v)
{
    return v->state == ENGINE_RUNNING && v->rows_in == ROWS;
}

static void add_call(struct strbuf *b, int address, int minute)
{
    strbuf_printf(b,
                  "{\"crime_id\":\"%d\",\"original_crime_type_name\":\"Passing Call\",\"call_date_time\":"
                  "\"2018-12-31T10:%02d:00.000\",\"disposition\":\"ADM\",\"address\":\"%06d Main St\"}\n",
                  address, minute, address);
}

static void a_table_of_very_many_groups_is_whole_and_in_order(void **state)
{
    struct run *r = run_new(INFINITY);
    struct strbuf b = {0};
    struct rank rank;
    (void)state;
    for (int i = 0; i < GROUPS; i++)
        for (int minute = 0; minute < (i % OFTEN ? 1 : 3); minute++)
            add_call(&b, i, minute);
    program_write(r->files, "calls.json", b.data);
    strbuf_free(&b);
    r->options.query.group_by_count = 1;
    r->options.query.group_by[0] = FIELD_ADDRESS;
    r->options.query.window_ms = r->options.query.slide_ms = 0;
    run_start(r);
    const struct query_view *v = until(r, "all rows", whole);
    assert_int_equal(v->keys.count, GROUPS);
    assert_int_equal(v->groups.count, GROUPS);
    assert_int_equal(v->keys_total, ROWS);
    rank_init(&rank);
    (void)rank_update(&rank, v, &match_all, 0);
    rank_show(&rank, v, 0, 100);
    assert_int_equal(rank.count, GROUPS);
    for (int i = 0; i < 100; i++) {
        const struct view_key *k = view_key_at(v, rank.order[i]);
        char expected[40];
        int address = i < GROUPS / OFTEN ? i * OFTEN : i - GROUPS / OFTEN + 1;
        snprintf(expected, sizeof expected, "%06d Main St", address);
        assert_string_equal(k->fields[0], expected);
        assert_int_equal(k->total, i < GROUPS / OFTEN ? 3 : 1);
    }
    rank_free(&rank);
    finish(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_of_very_many_groups_is_whole_and_in_order),
    };
    return cmocka_run_group_tests_name("wide group-by", tests, NULL, NULL);
}
