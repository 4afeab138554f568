/* The producer's side: the speed that was asked for and the one that is reached, how far it is, what came of
 * the calls it sent. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct replay_pane {
    char unused; /* it has no state; every pane has a block */
};

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    (void)state;
    static const char *const states[] = {
        [REPLAY_OFF] = "off",   [REPLAY_RUNNING] = "running", [REPLAY_PAUSED] = "paused",
        [REPLAY_HELD] = "held", [REPLAY_ENDED] = "ended",     [REPLAY_FAILED] = "failed",
    };
    snprintf(out, cap, "Replay");
    if (env->replay)
        snprintf(right, right_cap, "%s", states[env->replay->state]);
}

static void prepare(void *state, const struct pane_env *env)
{
    (void)state;
    (void)env;
}

static int draw_speed(const struct replay_view *r, const struct canvas *c, int y)
{
    char asked[24], sent[24];
    const char *sign = r->state == REPLAY_PAUSED || r->state == REPLAY_HELD ? GLYPH(c, "‖", "||")
                       : r->state == REPLAY_RUNNING                         ? GLYPH(c, "▶", ">")
                                                                            : GLYPH(c, "■", "*");
    int x = 1 + draw_text(c, y, 1, r->state == REPLAY_RUNNING ? ST_OK : ST_WARN, sign) + 1;
    if (r->pacing == PACING_EVENT_TIME)
        snprintf(asked, sizeof asked, "x%.0f", r->speed);
    else
        words_rate(asked, sizeof asked, r->rate_asked);
    x += draw_text(c, y, x, ST_DIM, "asked ");
    x += draw_text(c, y, x, ST_VALUE, asked);
    if (r->pacing == PACING_RATE && !isinf(r->rate_asked))
        x += draw_text(c, y, x, ST_DIM, "/s");
    x += draw_text(c, y, x, ST_DIM, "  sent ");
    x += draw_text(c, y, x, ST_VALUE, text_rate(sent, sizeof sent, r->rate_acked));
    (void)draw_text(c, y, x, ST_DIM, isnan(r->rate_acked) ? "" : "/s");
    return y + 1;
}

static int draw_position(const struct replay_view *r, const struct canvas *c, int y)
{
    char done[32], all[32] = "?", bar[CHART_TEXT], text[100];
    text_count(done, sizeof done, r->position);
    if (r->total == UNKNOWN) {
        (void)draw_fmt(c, y, 1, ST_TEXT, "%s calls read, total not known", done);
        return y + 1;
    }
    snprintf(text, sizeof text, " %s/%s", done, text_count(all, sizeof all, r->total));
    int bar_w = c->r.w - 2 - text_width(text);
    double share = r->total > 0 ? (double)r->position / (double)r->total : NAN;
    int x = 1;
    if (bar_w >= 4)
        x += draw_text(c, y, x, ST_GRAPH, chart_bar(bar, bar_w, share, c->ascii));
    (void)draw_text(c, y, x, ST_VALUE, text + (x == 1));
    return y + 1;
}

static int draw_counts(const struct replay_view *r, const struct canvas *c, int y)
{
    char a[32], b[32], d[32];
    int x = 1 + draw_fmt(c, y, 1, ST_TEXT, "acked %s  ", text_count(a, sizeof a, r->acked));
    x += draw_fmt(c, y, x, r->failed ? ST_BAD : ST_TEXT, "failed %s", text_count(d, sizeof d, r->failed));
    (void)draw_fmt(c, y, x, ST_TEXT, "  retried %s", text_count(b, sizeof b, r->retried));
    y++;
    (void)draw_fmt(c, y++, 1, ST_TEXT, "in queue %s  held back %s", text_count(a, sizeof a, r->in_queue),
                   words_span(b, sizeof b, (double)r->held_ms / 1000));
    if (r->injected_late || r->injected_duplicates || r->injected_malformed)
        (void)draw_fmt(c, y++, 1, ST_TEXT, "faults: late %lld  twice %lld  broken %lld",
                       (long long)r->injected_late, (long long)r->injected_duplicates,
                       (long long)r->injected_malformed);
    if (r->skipped)
        (void)draw_fmt(c, y++, 1, ST_WARN, "skipped %s objects that are no calls",
                       text_count(a, sizeof a, r->skipped));
    return y;
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    (void)state;
    const struct replay_view *r = env->replay;
    char a[64], b[64];
    if (!r || r->state == REPLAY_OFF) {
        draw_lines(c, 0, 1, ST_DIM,
                   !r ? "The replay has not reported yet."
                      : "No replay was asked for: this only reads the topic.");
        return;
    }
    int y = draw_speed(r, c, 0);
    if (r->message[0])
        y = draw_lines(c, y, 1, r->state == REPLAY_FAILED ? ST_BAD : ST_WARN, r->message);
    y = draw_position(r, c, y);
    if (r->state == REPLAY_ENDED)
        (void)draw_fmt(c, y++, 1, ST_TEXT, "all sent  loop %s", r->loop ? "on" : "off");
    else if (r->loop)
        (void)draw_fmt(c, y++, 1, ST_TEXT, "loop on, pass %lld", (long long)r->loops_done + 1);
    else
        (void)draw_fmt(c, y++, 1, ST_TEXT, "ends in %s  loop off", words_span(a, sizeof a, r->eta_s));
    double city = r->pacing == PACING_EVENT_TIME ? r->speed : r->city_speed;
    if (!isnan(city) && r->state != REPLAY_ENDED)
        (void)draw_fmt(c, y++, 1, ST_ACCENT, "%s", words_speed(a, sizeof a, city));
    y = draw_counts(r, c, y);
    (void)draw_fmt(c, y++, 1, ST_TEXT, "clock %s", words_time(b, sizeof b, r->clock_ms, UNKNOWN, true));
    (void)draw_fmt(c, y++, 1, ST_DIM, "in %s order", r->by_time ? "event-time" : "file");
    (void)draw_lines(c, y, 1, ST_DIM, r->dataset);
}

static int wish(const void *state, const struct pane_env *env)
{
    (void)state;
    const struct replay_view *r = env->replay;
    return r && r->message[0] ? 6 : 5;
}

extern const struct pane_ops pane_replay;
const struct pane_ops pane_replay = {
    .name = "replay",
    .help = "The replay: the rate asked for and the one reached by acknowledged calls, and how far it is.",
    .explain = explain_replay,
    .room = {.place = PLACE_SIDE, .min_h = 4, .wish_h = 7, .rank = 1},
    .state_size = sizeof(struct replay_pane),
    .wish = wish,
    .title = title,
    .prepare = prepare,
    .draw = draw,
};
