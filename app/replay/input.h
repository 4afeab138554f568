/* Bytes of a data file: plain or .gz (told by their first bytes, not by the name), from a file, a pipe or
 * standard input, without ever waiting for a pipe: whoever reads waits on input_fd beside other things.
 * Owned and called by the replay thread. */
#ifndef REPLAY_INPUT_H
#define REPLAY_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct input;

#define INPUT_FAILED (-1) /* input_error says why */
#define INPUT_WAIT   (-2) /* a pipe has nothing at the moment */

/* path "-" is standard input. NULL with a sentence in err. */
struct input *input_open(const char *path, char *err, size_t err_cap);
void input_close(struct input *in);

/* Bytes read (at most cap > 0), 0 at the end, or INPUT_FAILED, INPUT_WAIT. */
ssize_t input_read(struct input *in, char *buf, size_t cap);

/* Back to the first byte; false for what cannot go back (a pipe). */
bool input_rewind(struct input *in);
bool input_can_rewind(const struct input *in);

int input_fd(const struct input *in);
const char *input_error(const struct input *in);
bool input_is_gzip(const struct input *in);
/* Size of the file on disk and how much of it has been read (of a .gz: compressed bytes). Size is UNKNOWN for
 * pipes. */
int64_t input_size(const struct input *in);
int64_t input_consumed(const struct input *in);

#endif
