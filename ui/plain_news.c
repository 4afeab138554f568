#include "ui/plain_news.h"

#include "base/text.h"
#include "log.h"
#include "ui/lag.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    CAPTION_MS = 5000,  /* between two sentences about batches */
    LEADERS_MS = 10000, /* between two about who leads */
    LAG_GROWS_MS = 5000,
    LAG_AGAIN_MS = 30000,
    SETTLE_MS = 1500, /* what comes and goes by itself is told when it has stood so long */
    LONG_BATCH_MS = 5000,
    LOG_MOST = 3, /* lines of the log at once */
    LINE_BYTES = 700
};

/* The badges in words, without their signs. numbers: with their figures, or with '#' for each, to compare. */
static void badges_text(char *out, size_t cap, const struct state_words *w, bool numbers)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < w->badges; i++) {
        const char *text = strchr(w->badge[i].text, ' ');
        int n = snprintf(out + at, cap - at, "%s%s", i ? ", " : "", text ? text + 1 : w->badge[i].text);
        at += n > 0 && at + (size_t)n < cap ? (size_t)n : 0;
    }
    for (char *s = out; !numbers && *s; s++)
        if (isdigit((unsigned char)*s))
            *s = '#';
}

/* How long a state must have stood before it is told. */
static int64_t settle_ms(const char *was, const char *is)
{
    static const char *const restless[] = {"HELD", "CATCHING UP", "BATCH"};
    for (size_t i = 0; i < sizeof restless / sizeof *restless; i++)
        if (strstr(is, restless[i]) || (!strcmp(is, "RUNNING") && strstr(was, restless[i])))
            return SETTLE_MS;
    return 0;
}

static void tell_state(struct news *n, const struct state_input *in, news_line fn, void *arg)
{
    struct state_words w;
    char key[sizeof n->state], words[200], line[LINE_BYTES];
    words_state(&w, in);
    badges_text(key, sizeof key, &w, false);
    if (strcmp(key, n->next_state) != 0) {
        memcpy(n->next_state, key, sizeof key);
        n->next_ms = in->now_ms;
    }
    if (!strcmp(key, n->state) || in->now_ms - n->next_ms < settle_ms(n->state, key))
        return;
    memcpy(n->state, key, sizeof key);
    badges_text(words, sizeof words, &w, true);
    /* A bar of signs is for eyes. */
    const char *sentence = w.sentence + strspn(w.sentence, "#-. ");
    snprintf(line, sizeof line, "%s%s%s%s%s", words, *sentence ? ": " : "", sentence, w.hint[0] ? ". " : "",
             w.hint);
    fn(arg, true, line);
}

static void tell_query(struct news *n, const struct query_view *q, news_line fn, void *arg)
{
    char words[300], line[LINE_BYTES];
    if (!strcmp(n->run_id, q->run_id))
        return;
    snprintf(line, sizeof line, "%s%s", n->run_id[0] ? "The query starts over: " : "The query: ",
             words_query(words, sizeof words, &q->settings));
    snprintf(n->run_id, sizeof n->run_id, "%s", q->run_id);
    fn(arg, true, line);
}

/* The keys of the largest totals, most first. */
static size_t find_leaders(const struct query_view *v, size_t out[NEWS_LEADERS])
{
    size_t count = 0;
    for (size_t i = 0; i < v->keys.count; i++) {
        size_t at = count;
        while (at > 0 && view_key_at(v, i)->total > view_key_at(v, out[at - 1])->total)
            at--;
        if (at == NEWS_LEADERS || view_key_at(v, i)->total <= 0)
            continue;
        count += count < NEWS_LEADERS;
        memmove(out + at + 1, out + at, (count - at - 1) * sizeof *out);
        out[at] = i;
    }
    return count;
}

static void tell_leaders(struct news *n, const struct state_input *in, news_line fn, void *arg)
{
    size_t leaders[NEWS_LEADERS], count = find_leaders(in->query, leaders);
    char name[NEWS_LEADERS][80], whole[600], line[LINE_BYTES] = "Leading: ", total[40];
    bool other = false;
    if (!count || in->now_ms - n->leaders_ms < LEADERS_MS)
        return;
    for (size_t i = 0; i < NEWS_LEADERS; i++) {
        name[i][0] = '\0';
        if (i >= count)
            continue;
        const struct view_key *k = view_key_at(in->query, leaders[i]);
        words_key(whole, sizeof whole, k, in->query->settings.group_by_count);
        whole[text_fit(whole, 40, NULL)] = '\0';
        snprintf(name[i], sizeof name[i], "%.79s", whole);
        text_whole(name[i]);
        size_t at = strlen(line);
        snprintf(line + at, sizeof line - at, "%s%s %s", i ? ", " : "", name[i],
                 text_count(total, sizeof total, k->total));
        other |= strcmp(name[i], n->leader[i]) != 0;
    }
    if (!other)
        return;
    memcpy(n->leader, name, sizeof name);
    n->leaders_ms = in->now_ms;
    size_t end = strlen(line);
    snprintf(line + end, sizeof line - end, ".");
    fn(arg, false, line);
}

static void tell_lag(struct news *n, const struct state_input *in, news_line fn, void *arg)
{
    struct lag_row sum;
    char line[LINE_BYTES], lag[40], by[40];
    const struct cluster_view *c = in->cluster;
    lag_sum(&sum, in->query, c);
    if (n->lag_told && sum.lag == 0) {
        n->lag_told = false;
        fn(arg, false, "The query has caught up: the lag is gone.");
    }
    /* A paused query says so itself. */
    if (!c || c->growing_since_ms == UNKNOWN || sum.lag == UNKNOWN || sum.lag <= 0 ||
        (in->query && in->query->state == ENGINE_PAUSED) || in->now_ms - c->growing_since_ms < LAG_GROWS_MS ||
        (n->lag_told && in->now_ms - n->lag_ms < LAG_AGAIN_MS))
        return;
    n->lag_told = true;
    n->lag_ms = in->now_ms;
    snprintf(line, sizeof line, "The query falls behind: lag %s and growing by %s a second.",
             text_count(lag, sizeof lag, sum.lag), text_rate(by, sizeof by, c->lag_trend_per_s));
    fn(arg, false, line);
}

static void tell_long_batch(struct news *n, const struct state_input *in, const struct batch_now *b,
                            news_line fn, void *arg)
{
    char line[LINE_BYTES], span[40], rows[40], planned[40];
    if (b->batch_id < 0 || b->batch_id == n->long_batch || in->now_ms - b->batch_since_ms < LONG_BATCH_MS)
        return;
    n->long_batch = b->batch_id;
    snprintf(line, sizeof line, "Batch %lld has run for %s: %s of %s rows.", (long long)b->batch_id,
             words_span(span, sizeof span, floor((double)(in->now_ms - b->batch_since_ms) / 1000)),
             text_count(rows, sizeof rows, b->rows), text_count(planned, sizeof planned, b->planned));
    fn(arg, false, line);
}

static void tell_log(struct news *n, news_line fn, void *arg)
{
    static struct log_entry entries[64]; /* the main thread's alone, and too large for its stack */
    uint64_t serial;
    char line[LINE_BYTES];
    size_t count = log_read(entries, sizeof entries / sizeof *entries, LOG_WARNING, &serial), told = 0;
    uint64_t newest = n->log_number;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].number <= n->log_number)
            continue;
        newest = entries[i].number;
        if (++told > LOG_MOST)
            continue;
        snprintf(line, sizeof line, "%s from %s: %s", log_level_name(entries[i].level), entries[i].name,
                 entries[i].text);
        fn(arg, false, line);
    }
    n->log_number = newest;
    if (told > LOG_MOST) {
        snprintf(line, sizeof line, "and %zu lines more like these in the log", told - LOG_MOST);
        fn(arg, false, line);
    }
}

void news_tell(struct news *n, const struct state_input *in, news_line fn, void *arg)
{
    struct state_input calm = *in;
    if (!n->begun) {
        n->begun = true;
        n->long_batch = -1;
        n->leaders_ms = in->now_ms - LEADERS_MS / 2; /* the first ones have hardly a lead */
    }
    calm.batch.batch_id = -1; /* a batch is told of by its sentence */
    calm.ascii = true;
    tell_state(n, &calm, fn, arg);
    tell_log(n, fn, arg);
    tell_long_batch(n, in, &in->batch, fn, arg);
    if (!in->query || in->frozen)
        return;
    tell_query(n, in->query, fn, arg);
    int64_t told_ms = n->caption.told_ms;
    caption_update(&n->caption, in->query, in->now_ms, CAPTION_MS);
    if (n->caption.told_ms != told_ms)
        fn(arg, false, n->caption.text);
    tell_leaders(n, in, fn, arg);
    tell_lag(n, in, fn, arg);
}

char *news_row(char *out, size_t cap, const struct query_view *v, size_t place, size_t key, int64_t total)
{
    char name[600], count[40], delta[40], share[24] = "";
    const struct view_key *k = view_key_at(v, key);
    words_key(name, sizeof name, k, v->settings.group_by_count);
    name[text_fit(name, 100, NULL)] = '\0';
    if (total > 0)
        snprintf(share, sizeof share, " (%.1f %%)", 100 * (double)k->total / (double)total);
    snprintf(out, cap, "%zu. %s: %s%s", place, name, text_count(count, sizeof count, k->total), share);
    size_t at = strlen(out);
    if (k->delta > 0)
        snprintf(out + at, cap - at, ", %s more in the last batch",
                 text_count(delta, sizeof delta, k->delta));
    return out;
}
