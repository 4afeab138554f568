/* The radio codes: disposition -> description, read from radio_code.json. Immutable once read; whoever reads
 * them frees them; any thread may look up. */
#ifndef QUERY_CODES_H
#define QUERY_CODES_H

#include "base/text.h"

#include <stddef.h>

struct codes;

/* A JSON array of {"disposition_code": "...", "description": "..."} objects. NULL with a sentence (file,
 * position, what is wrong) in err. A code that stands twice is an error. */
struct codes *codes_read(const char *path, char *err, size_t err_cap);
struct codes *codes_copy(const struct codes *c);
void codes_free(struct codes *c);
size_t codes_count(const struct codes *c);

/* The description of a code, null text where there is none. The bytes belong to the codes. */
struct text codes_find(const struct codes *c, struct text code);

#endif
