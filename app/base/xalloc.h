/* Memory that is either there or ends the program: every allocation of the house goes through here.
 * Running out of memory is not an error that a caller can mend, so it ends the process after the terminal
 * has been restored (xalloc_on_fatal). Any thread may call all of it; free() releases what these return. */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stddef.h>

/* A zero size is served as one byte, so that a result is never NULL. */
void *xmalloc(size_t size_bytes) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size_bytes) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *old, size_t size_bytes) __attribute__((returns_nonnull));
/* Grows an array of count elements; the product is checked for overflow. */
void *xreallocarray(void *old, size_t count, size_t size_bytes) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t len) __attribute__((malloc, returns_nonnull));
/* sprintf into fresh memory; the caller frees. */
char *xasprintf(const char *fmt, ...) __attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

/* Called once, just before abort(), when memory runs out. Set it from the main thread before others start. */
void xalloc_on_fatal(void (*leave)(void));

#endif
