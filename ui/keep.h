/* Keeps what is chosen on the screen over a restart, in a file of the user's state folder. Choices are
 * noticed by comparing with what was seen before, so nothing that changes them has to tell; they are written
 * a moment after the last one, whole or not at all, by a thread of its own: no key waits for a disk. Nothing
 * that goes wrong here stops the screen; it is said in the log, once. Main thread. */
#ifndef UI_KEEP_H
#define UI_KEEP_H

#include "ui/kept.h"

#include <stdint.h>

struct ui;
struct keep_job;

struct keep {
    char *path; /* NULL = nothing is kept */
    struct kept kept;
    char seen[KEPT_SETTINGS][KEPT_WORD]; /* the settings as they were when looked at last */
    int64_t changed_ms;                  /* the newest change that is not written yet; 0 = none */
    struct keep_job *job;                /* the writing under way; NULL = none */
};

/* Reads the file and applies what no option decides. Call between ui_open and the first painting; without it
 * nothing is ever read or written. */
void ui_keep_open(struct ui *ui);
/* Notices choices, starts the writing when it is time. Call now and then. */
void ui_keep_look(struct ui *ui);
/* Writes what is not written yet, waiting for the disk no longer than two seconds. */
void ui_keep_close(struct ui *ui);

#endif
