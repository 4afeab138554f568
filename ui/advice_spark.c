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

static void workers(struct advice_list *l, const struct spark_view *s)
{
    char count[40];
    size_t dead = 0;
    const struct spark_worker *one = NULL;
    for (size_t i = 0; i < s->workers; i++)
        if (!s->worker[i].alive) {
            dead++;
            one = &s->worker[i];
        }
    /* The master keeps the dead for a while; where as many live, others have come in their place. */
    if (dead == 0 || s->workers - dead >= dead + 1)
        return;
    advice_mend(advice_add(l, ABOUT_WORKER, 0, MOOD_WARN, "%s gone, the last one at %s: fewer cores work.",
                           text_many(count, sizeof count, (long long)dead, "worker is", "workers are"),
                           one->address),
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
