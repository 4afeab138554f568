/* What goes wrong because somebody on the stage asked for it. Each key says what it did and what to look at;
 * the replay and the watcher do it. Only on the embedded cluster: nobody's topic gets broken messages from a
 * key. */
#include "base/text.h"
#include "ui/keymap.h"
#include "ui/state.h"

#include <stdio.h>

enum { BURST_CALLS = 500, FEW = 5, SLOW_MS = 500, LATE_MARGIN_MS = 3600000 };

bool can_inject(const struct ui *ui)
{
    return ui->parts->embedded && can_replay(ui);
}

bool can_fail(const struct ui *ui)
{
    return ui->parts->embedded && ui->parts->to_watch;
}

/* Nothing more comes out of a replay that is at its end. */
static bool has_ended(struct ui *ui)
{
    const struct replay_view *r = ui_newest_replay(ui);
    bool ended = r && (r->state == REPLAY_ENDED || r->state == REPLAY_FAILED);
    if (ended)
        ui_notice(ui, true,
                  "the data have ended, so nothing more is sent: [R] replays from the first call again");
    return ended;
}

unsigned do_burst(struct ui *ui, int key)
{
    (void)key;
    if (has_ended(ui))
        return REACT_DRAW;
    ui_notice(ui, false, "a burst of %d calls: look at the lag, and at how large the next batches are",
              BURST_CALLS);
    return ui_post(ui, ui->parts->to_replay, "replay",
                   &(struct command){.kind = CMD_REPLAY_BURST, .i = BURST_CALLS});
}

static void say_late(struct ui *ui, const struct query_settings *s, int64_t back_ms)
{
    char back[60];
    words_span(back, sizeof back, (double)back_ms / 1000);
    if (s && s->output_mode == OUTPUT_COMPLETE)
        ui_notice(ui, false, "%d calls set back by %s: complete mode counts them all the same, see [o]", FEW,
                  back);
    else if (s && s->window_ms <= 0)
        ui_notice(ui, false, "%d calls set back by %s: they count, nothing closes without windows [w]", FEW,
                  back);
    else
        ui_notice(ui, false, "%d calls set back by %s: look at late in the header, and for L in [6]", FEW,
                  back);
}

unsigned do_inject(struct ui *ui, int key)
{
    const struct action *a = action_of_key(key);
    const struct query_settings *s = ui_settings(ui);
    struct command c = {.kind = CMD_REPLAY_INJECT, .i = FEW};
    if (!a || has_ended(ui))
        return REACT_DRAW;
    switch (a->id) {
    case ACT_LATE_ROWS:
        /* Behind the watermark by a window and a margin: too late for any of its windows, although a batch
         * judges by the watermark of the one before it and the newest event has gone on since then. */
        c.f = (double)((s ? s->watermark_ms + s->window_ms : 0) + LATE_MARGIN_MS);
        snprintf(c.text, sizeof c.text, "late");
        say_late(ui, s, (int64_t)c.f);
        break;
    case ACT_DUPLICATES:
        snprintf(c.text, sizeof c.text, "duplicate");
        ui_notice(ui, false,
                  s && s->distinct == DISTINCT_OFF
                      ? "the next %d calls come twice: distinct is off, so both count; [d] changes it"
                      : "the next %d calls come twice: see duplicates in [4]; the counts do not move",
                  FEW);
        break;
    default:
        c.i = 1;
        snprintf(c.text, sizeof c.text, "malformed");
        ui_notice(ui, false, "a message that is no call: look at bad in the header; [x] tells why");
        break;
    }
    return ui_post(ui, ui->parts->to_replay, "replay", &c);
}

static unsigned to_watch(struct ui *ui, const struct command *c)
{
    return ui_post(ui, ui->parts->to_watch, "watcher", c);
}

unsigned do_broker_down(struct ui *ui, int key)
{
    (void)key;
    return to_watch(ui, &(struct command){.kind = CMD_BROKER_DOWN});
}

unsigned do_broker_slow(struct ui *ui, int key)
{
    (void)key;
    return to_watch(ui, &(struct command){.kind = CMD_BROKER_SLOW, .f = SLOW_MS});
}

unsigned do_leader_move(struct ui *ui, int key)
{
    (void)key;
    return to_watch(ui, &(struct command){.kind = CMD_LEADER_MOVE, .i = -1});
}

void ui_tell_mishap(struct ui *ui, const struct cluster_view *c)
{
    if (c->mishap_number > ui->mishap_told && c->mishap[0])
        ui_notice(ui, false, "%s", c->mishap);
    ui->mishap_told = c->mishap_number;
}
