/* The pipeline: stages made from a report, and their pictures across and down. */
#include "picture.h"

#include "base/text.h"
#include "ui/pipeline.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct pipeline_stage *stage(const struct pipeline *p, const char *name)
{
    for (int i = 0; i < p->stages; i++)
        if (!strcmp(p->stage[i].name, name))
            return &p->stage[i];
    fail_msg("there is no stage %s", name);
    return NULL;
}

static void stages_come_from_the_report(void **state)
{
    (void)state;
    struct pipeline p;
    struct query_view *v = fake_query(42, 3);
    v->progress.rows_duplicate = 4;
    v->rows_duplicate = 9;
    pipeline_make(&p, v);
    static const char *const names[] = {"kafka",      "parse",        "distinct", "watermark",
                                        "drop nulls", "window+count", "table",    "commit"};
    assert_int_equal(p.stages, sizeof names / sizeof *names);
    for (int i = 0; i < p.stages; i++)
        assert_string_equal(p.stage[i].name, names[i]);
    const struct pipeline_stage *s = stage(&p, "distinct");
    assert_int_equal(s->in, 30);
    assert_int_equal(s->out, 26);
    assert_int_equal(s->dropped, 4);
    assert_int_equal(s->dropped_all, 9);
    assert_string_equal(s->what, "twice");
    assert_float_equal(s->ms, 0.3, 1e-9);
    /* Late rows are dropped where they are counted; putting rows into windows belongs to that. */
    s = stage(&p, "window+count");
    assert_int_equal(s->dropped, 2);
    assert_int_equal(s->dropped_all, 12);
    assert_string_equal(s->what, "late");
    assert_float_equal(s->ms, 0.26, 1e-9);
    assert_int_equal(stage(&p, "watermark")->dropped, UNKNOWN);
    assert_float_equal(stage(&p, "kafka")->ms, 0.4, 1e-9);
    assert_float_equal(stage(&p, "commit")->ms, 0.6, 1e-9);
    /* What the operators did not take of adding the batch. */
    assert_float_equal(stage(&p, "table")->ms, 1.1 - 0.69, 1e-9);
    for (int i = 0; i < p.stages; i++)
        assert_int_equal(p.stage[i].slowest, !strcmp(p.stage[i].name, "commit"));
    query_view_free(v);
}

static void without_operators_in_the_report_times_are_unknown(void **state)
{
    (void)state;
    struct pipeline p;
    struct query_view *v = fake_query(42, 3);
    v->progress.operator_count = 0;
    v->progress.rows_duplicate = 4;
    v->progress.rows_late = 1;
    v->settings.join_codes = true;
    v->settings.window_ms = 0;
    pipeline_make(&p, v);
    assert_int_equal(stage(&p, "join codes")->out, 30);
    assert_int_equal(stage(&p, "distinct")->out, 26);
    assert_true(isnan(stage(&p, "distinct")->ms));
    assert_true(isnan(stage(&p, "table")->ms));
    assert_int_equal(stage(&p, "count")->out, 25);
    v->progress.batch_id = -1;
    pipeline_make(&p, v);
    assert_int_equal(p.stages, 0);
    query_view_free(v);
    pipeline_make(&p, NULL);
    assert_int_equal(p.stages, 0);
}

static void the_graph_is_whole_at_every_size(void **state)
{
    (void)state;
    static const int sizes[][2] = {{40, 10}, {80, 24}, {120, 40}, {200, 60}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int ascii = 0; ascii < 2; ascii++) {
            struct picture p;
            picture_open(&p, sizes[i][0], sizes[i][1], ascii);
            picture_give_all(&p);
            picture_press(&p, "8");
            picture_must_show(&p, "operator");
            picture_must_show(&p, "distinct");
            picture_must_show(&p, "0.30 ms");
            for (int y = 0; y < p.ui.h; y++)
                assert_int_equal(text_width(picture_row(y)), p.ui.w);
            picture_press(&p, "G");
            picture_must_show(&p, "commit");
            picture_must_show(&p, "slowest");
            picture_close(&p);
        }
}

static void drawn_across_every_edge_has_its_rows(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 140, 40, false);
    picture_give_all(&p);
    (void)ui_layout_use(&p.ui, "query");
    picture_must_show(&p, "30→ parse");
    picture_must_show(&p, "30→ distinct");
    picture_must_show(&p, "26→ watermark");
    picture_must_show(&p, "24→ table");
    picture_must_show(&p, "2 late");
    picture_must_show(&p, "all 12");
    picture_must_show(&p, "0.6 ms slowest");
    picture_must_show(&p, "state 154 KB");
    picture_close(&p);
    picture_open(&p, 140, 40, true);
    picture_give_all(&p);
    (void)ui_layout_use(&p.ui, "query");
    picture_must_show(&p, "--24> table");
    picture_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_come_from_the_report),
        cmocka_unit_test(without_operators_in_the_report_times_are_unknown),
        cmocka_unit_test(the_graph_is_whole_at_every_size),
        cmocka_unit_test(drawn_across_every_edge_has_its_rows),
    };
    (void)setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
