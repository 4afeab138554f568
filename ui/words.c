#include "ui/words.h"

#include "base/text.h"
#include "ui/lag.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

char *words_span(char *out, size_t cap, double s)
{
    if (isnan(s) || s < 0)
        snprintf(out, cap, "-");
    else if (isinf(s))
        snprintf(out, cap, "for ever");
    else if (s == 0)
        snprintf(out, cap, "0 s");
    else if (s < 0.1)
        snprintf(out, cap,
                 s < 0.000005 ? "<0.01 ms"
                 : s < 0.0005 ? "%.2f ms"
                 : s < 0.01   ? "%.1f ms"
                              : "%.0f ms",
                 s * 1000);
    else if (s < 9.95)
        snprintf(out, cap, "%.1f s", s);
    else if (s < 59.5)
        snprintf(out, cap, "%.0f s", s);
    else if (s < 3600)
        snprintf(out, cap, (long)(s + 0.5) % 60 ? "%ld min %ld s" : "%ld min", (long)(s + 0.5) / 60,
                 (long)(s + 0.5) % 60);
    else if (s < 86400)
        snprintf(out, cap, (long)s / 60 % 60 ? "%ld h %ld min" : "%ld h", (long)s / 3600, (long)s / 60 % 60);
    else if (s < 86400.0 * 36500)
        snprintf(out, cap, (long)s / 3600 % 24 ? "%ld d %ld h" : "%ld d", (long)s / 86400,
                 (long)s / 3600 % 24);
    else
        snprintf(out, cap, "over a century");
    return out;
}

char *words_since(char *out, size_t cap, int64_t since_ms, int64_t now_ms)
{
    int64_t s = since_ms == UNKNOWN ? 0 : now_ms > since_ms ? (now_ms - since_ms) / 1000 : 0;
    if (since_ms != UNKNOWN && s < 60)
        snprintf(out, cap, "%d s", (int)s);
    else
        words_span(out, cap, since_ms == UNKNOWN ? (double)NAN : (double)s);
    return out;
}

char *words_speed(char *out, size_t cap, double speed)
{
    char span[40];
    if (isnan(speed) || speed < 0)
        snprintf(out, cap, "-");
    else if (speed < 59.5)
        snprintf(out, cap, "%.3g s of city time a second", speed);
    else
        snprintf(out, cap, "%s of city time a second", words_span(span, sizeof span, speed));
    return out;
}

char *words_time(char *out, size_t cap, int64_t ms, int64_t reference_ms, bool with_seconds)
{
    char iso[ISO_MAX], ref[ISO_MAX];
    if (ms == UNKNOWN) {
        snprintf(out, cap, "-");
        return out;
    }
    iso_format_ms(iso, ms, 0);
    if (strlen(iso) < 19 || iso[4] != '-') { /* a year beyond four digits: shown whole */
        snprintf(out, cap, "%s", iso);
        return out;
    }
    bool same_day = false;
    if (reference_ms != UNKNOWN) {
        iso_format_ms(ref, reference_ms, 0);
        same_day = !strncmp(iso, ref, 10);
    }
    snprintf(out, cap, "%.*s%s%.*s", same_day ? 0 : 5, iso + 5, same_day ? "" : " ", with_seconds ? 8 : 5,
             iso + 11);
    return out;
}

char *words_rate(char *out, size_t cap, double per_s)
{
    if (isinf(per_s) || isnan(per_s) || per_s >= 1e6)
        return text_rate(out, cap, per_s);
    if (per_s >= 1000 || per_s == floor(per_s))
        return text_count(out, cap, (long long)per_s);
    snprintf(out, cap, "%.3g", per_s);
    return out;
}

int64_t known_watermark_ms(int64_t ms)
{
    return ms == 0 ? UNKNOWN : ms;
}

const char *words_field(enum field f)
{
    static const char *const shorter[FIELD_COUNT] = {
        [FIELD_CRIME_ID] = "id",
        [FIELD_TYPE] = "type",
        [FIELD_DISPOSITION_DESCRIPTION] = "meaning",
    };
    return f < FIELD_COUNT && shorter[f] ? shorter[f] : field_name(f);
}

char *words_key(char *out, size_t cap, const struct view_key *key, int fields)
{
    size_t at = 0;
    out[0] = '\0';
    for (int i = 0; i < fields && at + 1 < cap; i++) {
        int n =
            snprintf(out + at, cap - at, "%s%s", i ? " · " : "", key->fields[i] ? key->fields[i] : "null");
        at += n > 0 ? (size_t)n : 0;
    }
    text_whole(out);
    return out;
}

static const char *mode_words(enum output_mode mode)
{
    return mode == OUTPUT_UPDATE ? ", update mode" : mode == OUTPUT_APPEND ? ", append mode" : "";
}

char *words_query(char *out, size_t cap, const struct query_settings *s)
{
    char fields[160] = "", window[60], slide[60];
    for (int i = 0; i < s->group_by_count; i++) {
        size_t at = strlen(fields);
        snprintf(fields + at, sizeof fields - at, "%s%s", i ? ", " : "", words_field(s->group_by[i]));
    }
    if (!s->window_ms) {
        snprintf(out, cap, "calls by %s%s", fields, mode_words(s->output_mode));
        return out;
    }
    duration_format_ms(window, sizeof window, s->window_ms);
    duration_format_ms(slide, sizeof slide, s->slide_ms);
    if (s->slide_ms && s->slide_ms != s->window_ms)
        snprintf(out, cap, "calls by %s, %s windows every %s%s", fields, window, slide,
                 mode_words(s->output_mode));
    else
        snprintf(out, cap, "calls by %s, %s windows%s", fields, window, mode_words(s->output_mode));
    return out;
}

double words_event_lag_s(const struct query_view *q, const struct replay_view *r,
                         const struct cluster_view *c)
{
    struct lag_row sum;
    lag_sum(&sum, q, c);
    if (sum.lag == 0)
        return 0;
    if (!q || !r || sum.lag == UNKNOWN || q->newest_event_ms == UNKNOWN || r->clock_ms == UNKNOWN)
        return NAN;
    /* In file order the clock may run backwards: then a distance in event time means nothing. */
    if (r->clock_ms < q->newest_event_ms)
        return NAN;
    return (double)(r->clock_ms - q->newest_event_ms) / 1000;
}

void words_batch_now(struct batch_now *out, const struct live *live)
{
    out->batch_id = atomic_load_explicit(&live->batch_id, memory_order_relaxed);
    out->phase = atomic_load_explicit(&live->phase, memory_order_relaxed);
    out->phase_since_ms = atomic_load_explicit(&live->phase_since_ms, memory_order_relaxed);
    out->batch_since_ms = atomic_load_explicit(&live->batch_since_ms, memory_order_relaxed);
    out->rows = atomic_load_explicit(&live->batch_rows, memory_order_relaxed);
    out->planned = atomic_load_explicit(&live->batch_rows_planned, memory_order_relaxed);
}

char *words_late(char *out, size_t cap, const struct query_view *v)
{
    char n[40];
    bool least = v && (v->unavailable & NO_EXACT_LATE);
    snprintf(out, cap, "%s%s", text_count(n, sizeof n, v ? v->rows_late : UNKNOWN), least ? "+" : "");
    return out;
}

const char *words_job(enum job_state state)
{
    switch (state) {
    case JOB_NONE: return "in this process";
    case JOB_AWAITED: return "awaited";
    case JOB_SUBMITTED: return "starting";
    case JOB_RUNNING: return "running";
    case JOB_QUIET: return "not heard of";
    case JOB_STOPPING: return "stopping";
    case JOB_STOPPED: return "stopped";
    case JOB_ENDED: return "all processed";
    case JOB_FAILED: return "failed";
    }
    return "?";
}

bool words_job_runs(enum job_state state)
{
    return state == JOB_SUBMITTED || state == JOB_RUNNING || state == JOB_QUIET || state == JOB_STOPPING;
}
