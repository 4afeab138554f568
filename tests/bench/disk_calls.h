/* The calls of the kernel with which a checkpoint reaches for the disk, counted and timed. The linker puts
 * the counting in their way (--wrap, in the Makefile), so that nothing of it is in the program that ships.
 * Any thread. */
#ifndef BENCH_DISK_CALLS_H
#define BENCH_DISK_CALLS_H

#include "bench/loop.h"

/* "fdatasync", ... */
const char *disk_call_name(enum disk_call c);
/* What has been used since the program's start. */
void disk_calls_take(struct disk_use out[DISK_CALLS]);

#endif
