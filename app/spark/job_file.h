/* What the job is told: the settings in effect as a config.ini of its own, in a folder that only this user
 * can open, since it may hold passwords; and the words that start it. The engine thread owns it. */
#ifndef SPARK_JOB_FILE_H
#define SPARK_JOB_FILE_H

#include "options.h"

#include <stdbool.h>

struct job_file {
    char *folder, *path;
    char **argv;          /* ends in NULL */
    const char **secrets; /* values of o that must not be shown, ends in NULL; borrowed from o */
};

/* What differs from the options by now. */
struct job_wish {
    const struct query_settings *query;
    const char *starting_offset; /* NULL = the options' */
    const char *checkpoint;      /* NULL = none */
    const char *bootstrap;
};

/* Writes the file. False with a sentence in err. */
bool job_file_write(struct job_file *f, const struct options *o, const struct job_wish *wish, char *err,
                    size_t err_cap);
/* Removes it and frees. */
void job_file_remove(struct job_file *f);

/* The job's topics by the options; fresh memory. */
char *job_tables_topic(const struct options *o);
char *job_progress_topic(const struct options *o);

#endif
