/* Reads the job's two topics from their beginnings: every partition by assign(), no group, no commit. The
 * engine thread owns it. */
#ifndef SPARK_READER_H
#define SPARK_READER_H

#include "app_parts.h"
#include "spark/ledger.h"

struct reader;

/* NULL with one clean sentence in err. The topics are there (client_ensure_...). */
struct reader *reader_open(const struct app_parts *parts, const char *tables, const char *progress, char *err,
                           size_t err_cap);
void reader_close(struct reader *r);

/* Hands over what is there without waiting, at most `most` messages. How many. */
typedef void (*reader_fn)(void *arg, enum ledger_topic topic, const char *bytes, size_t len, int64_t offset);
int reader_take(struct reader *r, int most, reader_fn take, void *arg);

/* Readable when messages may be there; reading it is reader_take's business. */
int reader_fd(const struct reader *r);

/* True once everything has been handed over that was there when it was opened, or came until then. */
bool reader_caught_up(const struct reader *r);

/* What is wrong with the connection, in one clean sentence; "" = nothing. */
const char *reader_trouble(const struct reader *r);

#endif
