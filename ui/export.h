/* Writing the table to a file from the screen without waiting for the disk: a thread of its own writes the
 * bytes and wakes the screen, which then says where they are. */
#ifndef UI_EXPORT_H
#define UI_EXPORT_H

#include <stdbool.h>
#include <stddef.h>

struct export_job;

/* Takes the bytes over and starts writing them to a new file in the current folder, named after the batch.
 * NULL with a sentence when no thread could be started. wake_fd: an eventfd. */
struct export_job *export_start(char *bytes, size_t len, long long batch_id, int wake_fd, char *err,
                                size_t err_cap);

/* True when the job has ended: *ok and a sentence about it; the job is freed. */
bool export_ended(struct export_job *job, bool *ok, char *sentence, size_t cap);

/* Waits for the job to end and frees it; NULL is fine. */
void export_finish(struct export_job *job);

#endif
