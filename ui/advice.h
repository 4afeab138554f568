/* What a colleague would point out: each item says what is odd, by which figures, and the key or setting that
 * mends it. A pure function over views (each may be NULL). Texts are clean UTF-8. */
#ifndef UI_ADVICE_H
#define UI_ADVICE_H

#include "options.h"
#include "ui/words.h"

#define ADVICE_MOST 12

struct advice {
    enum mood mood; /* MOOD_OK: worth knowing, nothing is wrong */
    char what[220];
    char mend[160];
};

struct advice_input {
    const struct query_view *query;
    const struct replay_view *replay;
    const struct cluster_view *cluster;
    const struct options *options;
};

/* Fills out, the worst first; returns how many. */
size_t advice_find(struct advice out[ADVICE_MOST], const struct advice_input *in);

#endif
