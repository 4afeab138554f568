/* What this process takes of the machine, by the kernel's own tables (/proc, no disk is read): processor time
 * in all and by thread, memory, open files. A measurement costs some tenths of a millisecond, so it is made
 * once a second and only while somebody looks. Main thread. */
#ifndef UI_PROCESS_H
#define UI_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROCESS_THREADS 64
/* Kinds of threads, by name: those of the Kafka library are one kind. */
#define PROCESS_KINDS 24

struct process_kind {
    char name[24]; /* in words: "engine", "kafka library"; clean */
    int threads;
    double share; /* of one core since the measurement before; NAN = unknown */
};

struct process {
    int64_t measured_ms;  /* monotonic; 0 = never */
    double cpu_share;     /* of one core, between the last two measurements; NAN = unknown */
    int64_t memory_bytes; /* resident; UNKNOWN = unknown */
    int threads, files;   /* -1 = unknown */
    double up_s;          /* since the process began; NAN = unknown */
    struct process_kind kind[PROCESS_KINDS]; /* ours first, the library's last */
    size_t kinds;

    /* for the next difference */
    double cpu_s;
    struct {
        int id;
        double cpu_s;
    } seen[PROCESS_THREADS];
    size_t seen_count;
};

void process_init(struct process *p);
/* Measures when the last measurement is a second old. */
void process_measure(struct process *p, int64_t now_ms);

/* A thread's name as the kernel has it, in words; main_thread: it is the process's first. Returns a text that
 * lives as long as name. */
const char *process_words(const char *name, bool main_thread);

#endif
