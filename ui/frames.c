#include "ui/frames.h"

enum {
    UNDER_WAY_MS = 300,  /* so much time of the line may be under way */
    UNSURE_MS = 8000,    /* a terminal that does not answer within this never will */
    UNSURE_GAP_MS = 300, /* meanwhile frames come after so long, after twice that, four times ... */
    LOST_MS = 5000,      /* an answer that has not come by then was lost */
    ENOUGH_MS = 1000,    /* however large a frame was, the next one comes by then */
    REST_MOST_MS = 2000,
    LONG_ROUND_MS = 100,
    PROBE_AGAIN_MS = 10000
};

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* While the terminal has not answered what is under way. */
static int64_t while_asked(const struct frames *f, int64_t now_ms, bool by_key, int64_t at_ms)
{
    if (!f->answers) {
        int64_t waited_ms = f->painted_ms - f->first_asked_ms;
        bool unsure = now_ms - f->first_asked_ms < UNSURE_MS;
        return unsure && !by_key ? later(at_ms, f->painted_ms + later(UNSURE_GAP_MS, waited_ms)) : at_ms;
    }
    if ((double)(f->covered + f->behind + f->last_bytes) <= f->bytes_s * UNDER_WAY_MS / 1000)
        return at_ms;
    int64_t lost_ms = f->asked_ms + LOST_MS;
    return now_ms >= lost_ms ? at_ms : later(at_ms, lost_ms);
}

int64_t frames_earliest(const struct frames *f, int64_t now_ms, bool by_key, int64_t gap_ms)
{
    int64_t at_ms = f->painted_ms + gap_ms;
    if (!by_key) {
        int64_t pause_ms = f->last_bytes * 1000 / FRAMES_BYTES_A_SECOND;
        at_ms = later(at_ms, f->painted_ms + (pause_ms < ENOUGH_MS ? pause_ms : ENOUGH_MS));
    }
    if (f->asked)
        return while_asked(f, now_ms, by_key, at_ms);
    if (f->answers && !by_key) {
        /* Half of a slow line stays free, so that a key finds it free. */
        int64_t rest_ms = f->round_ms - f->round_least_ms;
        at_ms = later(at_ms, f->answered_ms + (rest_ms < REST_MOST_MS ? rest_ms : REST_MOST_MS));
    }
    return at_ms;
}

static bool ask(struct frames *f, int64_t now_ms)
{
    f->asked = true;
    f->asked_ms = now_ms;
    if (!f->first_asked_ms)
        f->first_asked_ms = now_ms;
    f->covered = f->behind;
    f->behind = 0;
    return true;
}

bool frames_painted(struct frames *f, int64_t now_ms, int64_t bytes)
{
    f->painted_ms = now_ms;
    f->last_bytes = bytes;
    if (!f->asks || !bytes)
        return false;
    f->behind += bytes;
    if (f->asked && f->answers && now_ms - f->asked_ms >= LOST_MS)
        f->asked = false;
    return !f->asked && ask(f, now_ms);
}

bool frames_answered(struct frames *f, int64_t now_ms)
{
    if (!f->asked)
        return false;
    f->asked = false;
    int64_t round_ms = later(now_ms - f->asked_ms, 1);
    if (!f->answers || round_ms < f->round_least_ms)
        f->round_least_ms = round_ms;
    f->answers = true;
    if (!f->covered) /* a bare question: it has told how long the way is, nothing else */
        return f->behind > 0 && ask(f, now_ms);
    f->round_ms = round_ms;
    f->answered_ms = now_ms;
    double carried = (double)f->covered * 1000 / (double)round_ms;
    /* A faster line is believed at once, a slower one when it is so again. */
    f->bytes_s = carried > f->bytes_s ? carried : (f->bytes_s + carried) / 2;
    f->covered = 0;
    if (f->behind > 0)
        return ask(f, now_ms);
    /* Is the line slow or only long? A question alone tells. */
    if (round_ms < LONG_ROUND_MS || (f->probed_ms && now_ms - f->probed_ms < PROBE_AGAIN_MS))
        return false;
    f->probed_ms = now_ms;
    return ask(f, now_ms);
}
