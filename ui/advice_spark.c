/* Advice about a job on Spark and the machines that it runs on. */
#include "ui/advice_rules.h"

#include "base/text.h"

#include <string.h>

static void master(struct advice_list *l, const struct advice_input *in)
{
    const struct spark_source *m = &in->spark->master;
    char span[40];
    if (m->state != SPARK_SILENT || (m->guessed && m->answered_mono_ms == UNKNOWN))
        return;
    advice_mend(
        advice_add(l, ABOUT_MASTER, 0, MOOD_BAD, "Spark's master at %s has not answered for %s.", m->url,
                   words_since(span, sizeof span, m->since_ms, in->now_ms)),
        "The job goes on with the executors it has; one that is lost stays lost. Start the master again.");
}

/* The master keeps the dead on its list for a while, also where others have come in their place. */
static void workers(struct advice_list *l, const struct spark_view *s)
{
    char gone[40];
    size_t left = 0;
    const char *last = "";
    for (size_t i = 0; i < s->workers; i++)
        if (s->worker[i].alive)
            left++;
        else
            last = s->worker[i].address;
    if (left < s->workers)
        advice_mend(advice_add(l, ABOUT_WORKER, 0, MOOD_WARN, "%s gone, the last one at %s: %zu left.",
                               text_many(gone, sizeof gone, (long long)(s->workers - left), "worker is",
                                         "workers are"),
                               last, left),
                    "Start it again: the master gives the job executors on it by itself.");
}

static void executors(struct advice_list *l, const struct advice_input *in)
{
    const struct spark_view *s = in->spark;
    char count[40];
    if (words_without_executors(in->query, s, in->now_ms)) {
        advice_mend(
            advice_add(l, ABOUT_EXECUTOR, 0, MOOD_BAD,
                       "The job has no executor: nothing is computed, and a stop in order has no end."),
            "Start a worker. Where the master does not know the job any more: [i], then [P] again.");
        return;
    }
    size_t lost = 0;
    const char *why = "";
    for (size_t i = 0; i < s->executors; i++)
        if (!s->executor[i].active && s->executor[i].why_removed[0]) {
            lost++;
            why = s->executor[i].why_removed;
        }
    if (lost > 0)
        advice_mend(
            advice_add(l, ABOUT_EXECUTOR, 1, MOOD_WARN, "%s lost so far: %.150s.",
                       text_many(count, sizeof count, (long long)lost, "executor was", "executors were"),
                       why),
            "Their tasks ran again elsewhere: the table is right. What Spark gives as the reason says what "
            "to mend.");
}

void advice_of_spark(struct advice_list *l, const struct advice_input *in)
{
    master(l, in);
    workers(l, in->spark);
    executors(l, in);
}
