/* The log: one line an event, to a file (logging.ini) and to an in-memory ring that the log pane reads.
 * Nothing is ever written to the terminal from here. A line equal to the one before it only raises that
 * line's count ("x 412"). Secrets never get here: callers pass texts that client.c has masked; foreign bytes
 * are cleaned on the way in. Any thread may call log_line; the lock is held for a copy, never for I/O on the
 * screen's thread. */
#ifndef APP_LOG_H
#define APP_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_CRITICAL, LOG_LEVELS };

#define LOG_TEXT_MAX 400
#define LOG_RING     2000

struct log_entry {
    uint64_t number;  /* 1 for the first line ever; unique */
    int64_t wall_ms;  /* of its last repetition */
    uint32_t repeats; /* 1 = seen once */
    enum log_level level;
    char name[16]; /* the part: "replay", "engine", "kafka", "rdkafka", "screen" */
    char text[LOG_TEXT_MAX];
};

/* Opens by logging.ini (NULL: level INFO, no file). -1 with a sentence in err when the file is wrong. */
int log_open(const char *ini_path, char *err, size_t err_cap);
void log_close(void);
/* Forget or keep the file after the fact (used by tests and by --logging). */
const char *log_file(void);

void log_line(enum log_level level, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Copies up to cap of the newest entries with level >= least, oldest first; returns how many. *serial
 * changes whenever the ring has (compare to skip work). */
size_t log_read(struct log_entry *out, size_t cap, enum log_level least, uint64_t *serial);

/* At most so many different lines are kept a second (at first LOG_LINES_A_SECOND); how many more came is told
 * in a line of its own. */
#define LOG_LINES_A_SECOND 200
void log_limit(int lines_a_second);

const char *log_level_name(enum log_level level);

#endif
