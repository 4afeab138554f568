/* What a colleague would point out: each item says what is odd, by which figures and since when, and the key
 * or setting that mends it. advice_find is a pure function over views (each may be NULL); a board keeps its
 * findings steady, so that nothing flickers that stands at a limit. Texts are clean UTF-8. Main thread. */
#ifndef UI_ADVICE_H
#define UI_ADVICE_H

#include "options.h"
#include "ui/words.h"

#define ADVICE_MOST 20

struct advice {
    enum mood mood; /* MOOD_OK: worth knowing, nothing is wrong */
    int id;         /* what it is about: the same thing has the same id in every finding */
    char what[240];
    char mend[200];
};

struct advice_input {
    const struct query_view *query;
    const struct replay_view *replay;
    const struct cluster_view *cluster;
    const struct spark_view *spark;
    const struct options *options;
    int64_t now_ms; /* monotonic; of the picture where that is frozen */
};

/* Fills out, the worst first; returns how many. */
size_t advice_find(struct advice out[ADVICE_MOST], const struct advice_input *in);

/* What is odd for a moment is not told, and what has been told stays for some seconds after it is mended.
 * Start it with {0}. */
#define ADVICE_APPEAR_MS 1500
#define ADVICE_STAY_MS   5000

struct advice_item {
    struct advice advice; /* as it was found last */
    int64_t first_ms, last_ms;
    bool shown;
};
struct advice_board {
    struct advice_item item[ADVICE_MOST];
    size_t count;
    int64_t updated_ms;               /* 0 = never */
    struct advice shown[ADVICE_MOST]; /* the worst first */
    size_t shown_count;
};

/* Looks again. After nobody has looked for a while all that is found is told at once. */
void advice_update(struct advice_board *b, const struct advice_input *in);

#endif
