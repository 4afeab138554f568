/* What the linear mode says of itself: changes of state at once, what came in once in a while, which types
 * lead when others do, a lag that grows and is gone again, warnings of the log. It remembers what it said
 * last and says nothing twice. Knows no terminal; views are borrowed for each call. Main thread. */
#ifndef UI_PLAIN_NEWS_H
#define UI_PLAIN_NEWS_H

#include "ui/caption.h"
#include "ui/words.h"

#include <stdbool.h>
#include <stdint.h>

#define NEWS_LEADERS 3

struct news {
    struct caption caption;
    char state[200], next_state[200]; /* as told; as it is, since next_ms */
    int64_t next_ms;
    char run_id[40];
    char leader[NEWS_LEADERS][80];
    int64_t leaders_ms, lag_ms;
    bool lag_told;
    int64_t long_batch; /* told of this one, -1 = of none */
    uint64_t log_number;
    bool begun;
};

/* One line, clean UTF-8. must: it may not be left out however many lines there are. */
typedef void (*news_line)(void *arg, bool must, const char *text);

void news_tell(struct news *n, const struct state_input *in, news_line fn, void *arg);

/* "1. Traffic Stop: 1,204 (18.4 %), 3 more in the last batch". Returns out. */
char *news_row(char *out, size_t cap, const struct query_view *v, size_t place, size_t key, int64_t total);

#endif
