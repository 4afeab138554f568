/* Calls for the benchmarks that need no Kafka: the bundled calls over and over, each with an event time of
 * its own, so that any number of different rows comes out of a small file. Made block by block into memory
 * that is used again, so the calls themselves take next to nothing of the memory that is measured. One
 * thread. */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include "query/query.h"

struct calls;

/* The calls of a file with one call a line (as data/generate writes it), times rising by step_ms a call. NULL
 * after saying why on standard error. */
struct calls *calls_open(const char *path, int64_t step_ms);
void calls_close(struct calls *c);
/* The next count messages (at most CALLS_BLOCK_MAX); they are valid until the next call. */
#define CALLS_BLOCK_MAX 16384
const struct message *calls_next(struct calls *c, size_t count);

/* Memory of this process now, as the kernel counts it; 0 where it does not tell. */
size_t calls_rss_bytes(void);
/* Processor time of this process, all threads. */
int64_t calls_cpu_ns(void);
/* Processor time of the calling thread. */
int64_t calls_thread_cpu_ns(void);
/* "2 x AMD EPYC, 2026-08-30": what a printed figure should stand beside. Caller frees. */
char *calls_machine(void);
/* The value below which `share` (0..1) of the n values lie; sorts them. */
double calls_percentile(double *values, size_t n, double share);

#endif
