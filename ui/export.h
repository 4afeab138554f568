/* Writing to a file from the screen without waiting for the disk: a thread of its own makes and writes the
 * bytes and wakes the screen, which then says where they are. No file is ever overwritten unasked. */
#ifndef UI_EXPORT_H
#define UI_EXPORT_H

#include "ui/shot.h"

#include <stdbool.h>
#include <stddef.h>

struct export_job;

/* What to write and where. Either bytes or a picture is given; both are taken over. */
struct export_order {
    char *bytes;
    size_t len;
    struct shot *shot;
    enum shot_format format;
    const char *stem, *ending; /* a new file of the current folder: "sfcrime-batch-42" and "csv" */
    const char *file;          /* NULL; or the file that the user named (~/ is the home folder) */
    bool replace;              /* that file may be there already and is then replaced whole */
    int wake_fd;               /* an eventfd */
};

/* Starts. NULL with a sentence when no thread could be started. The texts are copied. */
struct export_job *export_start(const struct export_order *o, char *err, size_t err_cap);

/* True when the job has ended: *ok and a sentence about it; the job is freed. */
bool export_ended(struct export_job *job, bool *ok, char *sentence, size_t cap);

/* Waits for the job to end and frees it; NULL is fine. */
void export_finish(struct export_job *job);

#endif
