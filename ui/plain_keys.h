/* Keys out of the bytes that a terminal sends, without ncurses: for the linear mode. Pure. */
#ifndef UI_PLAIN_KEYS_H
#define UI_PLAIN_KEYS_H

#include <stddef.h>

/* The first key (keymap.h), K_NONE for one that we do not know; *used gets the bytes that it took, 0 when
 * there are none. */
int plain_key(const char *bytes, size_t len, size_t *used);

#endif
