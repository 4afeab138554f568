/* Keys by the names that screen cases use (cases/README.txt), pressed on a terminal. One thread. */
#ifndef TESTS_SCREEN_KEYS_H
#define TESTS_SCREEN_KEYS_H

#include "term.h"

/* Presses the named key ("Tab", "F5", "C-l", "lt"); false when there is no such name. */
bool keys_press(struct term *t, const char *name, size_t len);

#endif
