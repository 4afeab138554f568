/* Messages that are no calls, kept with where they came from and why: a file of one JSON object a line
 *     {"topic":"..","partition":0,"offset":3260,"time":"2018-12-31T23:57:00.000Z","reason":"not JSON",
 *      "detail":"not JSON at byte 14","length":17,"bytes":"<base64>"}
 * appended to, never rewritten. At the size limit writing stops: further letters are only counted, and the
 * log says so once. Engine thread. */
#ifndef SINK_DEAD_LETTERS_H
#define SINK_DEAD_LETTERS_H

#include "query/query.h"

struct dead_letters;

/* NULL with a sentence in err when the file cannot be opened for appending. limit_bytes 0: no limit. */
struct dead_letters *dead_letters_open(const char *path, const char *topic, int64_t limit_bytes, char *err,
                                       size_t err_cap);

/* Keeps one message. */
void dead_letters_add(struct dead_letters *d, const struct message *m, enum bad_reason reason,
                      const char *detail);

/* Before a batch is committed: hands what was added to the system. 0, or -1 with a sentence in err (told
 * once). */
int dead_letters_flush(struct dead_letters *d, char *err, size_t err_cap);

/* How many were written, and how many only counted because the file was full. */
int64_t dead_letters_kept(const struct dead_letters *d);
int64_t dead_letters_beyond_limit(const struct dead_letters *d);
void dead_letters_close(struct dead_letters *d);

#endif
