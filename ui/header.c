#include "ui/state.h"

#include "base/text.h"
#include "ui/lag.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PARTS = BADGES + 11, PART_BYTES = 360, GAP = 2 };
/* An audience gets what is below this rank: the state, the batch, the watermark, late rows, the lag. */
enum { AUDIENCE_RANKS = 6 };

struct part {
    char text[PART_BYTES];
    enum style style;
    int rank;
};

struct parts {
    struct part part[PARTS];
    size_t count;
};

enum {
    RANK_LAG = 1,
    RANK_SENTENCE = 2,
    RANK_BEHIND = 8,
    RANK_NICE = 9 /* from this rank on: the program's name and the like */
};

void header_choose(const int *widths, const int *ranks, size_t n, int gap, int columns, bool *stays)
{
    int used = 0, highest = 0;
    bool whole = true; /* nothing was left out yet */
    for (size_t i = 0; i < n; i++) {
        stays[i] = false;
        if (ranks[i] > highest)
            highest = ranks[i];
    }
    for (int rank = 0; rank <= highest; rank++)
        for (size_t i = 0; i < n; i++) {
            int need = widths[i] + (used ? gap : 0);
            if (ranks[i] != rank || widths[i] <= 0)
                continue;
            /* What is only nice to know does not jump in and out of gaps that a longer figure leaves. */
            if (used + need <= columns && (whole || rank < RANK_NICE)) {
                stays[i] = true;
                used += need;
            } else {
                whole = false;
            }
        }
}

static struct part *add(struct parts *p, int rank, enum style style)
{
    struct part *part = &p->part[p->count < PARTS ? p->count++ : PARTS - 1];
    part->rank = rank;
    part->style = style;
    part->text[0] = '\0';
    return part;
}

static void add_state(struct parts *p, const struct ui *ui)
{
    struct state_input in;
    struct state_words words;
    ui_state_input(ui, &in);
    words_state(&words, &in);
    for (size_t i = 0; i < words.badges; i++) {
        static const enum style look[] = {
            [MOOD_OK] = ST_BADGE_OK, [MOOD_WARN] = ST_BADGE_WARN, [MOOD_BAD] = ST_BADGE_BAD};
        snprintf(add(p, i ? 1 : 0, look[words.badge[i].mood])->text, PART_BYTES, " %s ", words.badge[i].text);
    }
    if (words.sentence[0])
        snprintf(add(p, words.plain ? 7 : RANK_SENTENCE, ST_BAR)->text, PART_BYTES, "%s", words.sentence);
    if (words.hint[0])
        snprintf(add(p, 3, ST_BAR)->text, PART_BYTES, "%s", words.hint);
}

static void add_figures(struct parts *p, const struct ui *ui)
{
    const struct views *v = ui_shown(ui);
    const struct query_view *q = v->query;
    const struct cluster_view *c = v->cluster;
    char a[40], b[40];
    struct lag_row lag;
    lag_sum(&lag, q, c);
    if (q && q->job.state != JOB_NONE)
        snprintf(add(p, 8, ST_BAR)->text, PART_BYTES, "spark %s", words_job(q->job.state));
    if (c) {
        size_t up = 0;
        for (size_t i = 0; i < c->brokers_count; i++)
            up += c->brokers[i].up;
        snprintf(add(p, 9, ST_BAR)->text, PART_BYTES, "%s %zu/%zu", c->embedded ? "embedded" : "kafka", up,
                 c->brokers_count);
    }
    /* On the narrowest screen late rows, once there are any, tell more than the number of the batch. */
    bool any_late = q && q->rows_late > 0;
    int batch_rank = any_late ? 4 : 3;
    if (q && q->progress.batch_id >= 0)
        snprintf(add(p, batch_rank, ST_BAR)->text, PART_BYTES, "batch %s",
                 text_count(a, sizeof a, q->progress.batch_id));
    else
        snprintf(add(p, batch_rank, ST_BAR)->text, PART_BYTES, "batch -");
    int64_t newest = q ? q->newest_event_ms : UNKNOWN, mark = q ? q->next_watermark_ms : UNKNOWN;
    snprintf(add(p, 6, ST_BAR)->text, PART_BYTES, "newest %s",
             words_time(a, sizeof a, newest, UNKNOWN, false));
    /* The epoch is Spark's way of saying that there is none yet. */
    snprintf(add(p, 5, ST_BAR)->text, PART_BYTES, "watermark %s",
             words_time(a, sizeof a, known_watermark_ms(mark), newest, false));
    if (ui->parts->options->kafka.read_only)
        snprintf(add(p, 3, ST_BAR)->text, PART_BYTES, "read-only");
    snprintf(add(p, any_late ? 3 : 4, ST_BAR)->text, PART_BYTES, "late %s", words_late(a, sizeof a, q));
    int64_t bad = q ? bad_rows(q->rows_bad) : 0;
    if (bad > 0)
        snprintf(add(p, 4, ST_BAR)->text, PART_BYTES, "bad %s [x]", text_count(a, sizeof a, bad));
    snprintf(add(p, RANK_LAG, ST_BAR)->text, PART_BYTES, "lag %s", text_count(a, sizeof a, lag.lag));
    double behind = words_event_lag_s(q, v->replay, c);
    if (behind >= 1)
        snprintf(add(p, RANK_BEHIND, ST_BAR)->text, PART_BYTES, "(%s behind)",
                 words_span(b, sizeof b, behind));
}

/* "QUERY PAUSED  lag 57 and growing by 10 a second": then the figure at the end would say it twice, unless
 * how far behind that is stands after it. */
static void say_lag_once(const struct parts *p, bool *stays)
{
    bool said = false;
    for (size_t i = 0; i < p->count; i++) {
        const char *text = p->part[i].text;
        if (said && p->part[i].rank == RANK_LAG)
            stays[i] = stays[i] && (strncmp(text, "lag ", 4) != 0 ||
                                    (i + 1 < p->count && p->part[i + 1].rank == RANK_BEHIND && stays[i + 1]));
        said |= stays[i] && p->part[i].rank == RANK_SENTENCE && !strncmp(text, "lag ", 4) && text[4] >= '0' &&
                text[4] <= '9';
    }
}

void header_draw(const struct ui *ui, const struct canvas *c)
{
    struct parts p = {0};
    int widths[PARTS], ranks[PARTS];
    bool stays[PARTS];
    snprintf(add(&p, 10, ST_BAR)->text, PART_BYTES, "sfcrime-tui");
    add_state(&p, ui);
    add_figures(&p, ui);
    const struct query_view *q = ui_shown(ui)->query;
    if (q)
        (void)words_query(add(&p, 11, ST_BAR)->text, PART_BYTES, &q->settings);
    char plain[PART_BYTES];
    for (size_t i = 0; i < p.count; i++) {
        if (c->ascii) {
            draw_to_ascii(plain, sizeof plain, p.part[i].text);
            memcpy(p.part[i].text, plain, sizeof plain);
        }
        widths[i] = text_width(p.part[i].text);
        ranks[i] = p.part[i].rank;
        /* A long sentence is cut rather than left out: it is the one about what is wrong. */
        if (ranks[i] == RANK_SENTENCE && widths[i] > c->r.w * 6 / 10)
            widths[i] = c->r.w * 6 / 10;
        if (ui->plan->spacious && ranks[i] >= AUDIENCE_RANKS)
            widths[i] = 0;
    }
    draw_fill_line(c, 0, ST_BAR);
    header_choose(widths, ranks, p.count, GAP, c->r.w - 2, stays);
    say_lag_once(&p, stays);
    int x = 1;
    for (size_t i = 0; i < p.count; i++)
        if (stays[i]) {
            draw_cell(c, 0, x, widths[i], LEFT, p.part[i].style, p.part[i].text);
            x += widths[i] + GAP;
        }
}
