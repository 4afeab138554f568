/* An index of calls by event time: where each stands in a file, sorted, and read back from there. 16 bytes a
 * call. Owned and called by the replay thread. */
#ifndef REPLAY_ORDER_H
#define REPLAY_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORDER_LENGTH_BITS 24 /* longest entry: 16 MiB; farthest place: 1 TiB */

struct order;

/* fd >= 0: entries point into that file, which stays the caller's. fd < 0: order_add_copy writes the entries
 * to an unnamed temporary file; NULL with a sentence in err when there can be none. */
struct order *order_new(int fd, char *err, size_t err_cap);
void order_free(struct order *o);

/* An entry of event time ms; UNKNOWN stays beside the entry before it. */
void order_add(struct order *o, int64_t ms, int64_t place, size_t len);
/* False with errno when the temporary file cannot be written. */
bool order_add_copy(struct order *o, int64_t ms, const char *bytes, size_t len);

/* Sorts by time, equal times in the order of adding. False with errno. */
bool order_sort(struct order *o);
int64_t order_count(const struct order *o);

/* The bytes of entry number i in time order, with SCAN_PADDING readable bytes behind them; borrowed until the
 * next call. NULL with errno (0: the file has become shorter). */
const char *order_read(struct order *o, int64_t i, size_t *len);

#endif
