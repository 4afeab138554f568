/* A batch's rows for a plot of event time against arrival: all rows of a small batch, evenly spread ones of a
 * larger one, in order of arrival. How many a batch will have is not known while they come, so a sample that
 * is full lets every second one go and from then on takes half as many: it stays bounded, and nothing is
 * allocated or timed. The watermark operator fills it on the engine thread. */
#ifndef QUERY_MARKS_H
#define QUERY_MARKS_H

#include <stddef.h>
#include <stdint.h>

/* Older: than the newest row before it. Late: its groups were closed, so that it is not counted. */
enum mark_kind { MARK_IN_ORDER, MARK_OUT_OF_ORDER, MARK_LATE };

struct row_mark {
    int64_t event_ms;
    int64_t number; /* the how manieth row of its batch, from 0 */
    enum mark_kind kind;
};

/* Batches of up to so many rows are marked whole; of larger ones at least half as many are. */
#define SAMPLE_MOST 128

struct sample {
    struct row_mark at[SAMPLE_MOST];
    size_t count;
    int64_t stride; /* every so manieth row is taken */
    int64_t skip;   /* rows to let by before the next one is taken */
};

/* Late rows have a sample of their own: they are few, and what people look for. */
struct marks {
    struct sample late, others;
    struct row_mark all[2 * SAMPLE_MOST]; /* after marks_join */
    size_t count;
};

void marks_clear(struct marks *m);
/* Puts both samples into `all`, in order of arrival. */
void marks_join(struct marks *m);

/* Takes the row that skip has come to. */
void sample_take(struct sample *s, int64_t event_ms, int64_t number, enum mark_kind kind);

/* Every row goes by here. */
static inline void sample_pass(struct sample *s, int64_t event_ms, int64_t number, enum mark_kind kind)
{
    if (s->skip > 0)
        s->skip--;
    else
        sample_take(s, event_ms, number, kind);
}

#endif
