/* Speeds of the replay as people set them: in steps of 1-2-5, or typed. Pure. */
#ifndef UI_RATE_H
#define UI_RATE_H

#include <stdbool.h>
#include <stddef.h>

/* The next step of 1-2-5 above or below `from` within least..most; above most: INFINITY when endless, else
 * most. Below INFINITY comes most. */
double rate_step(double from, bool up, double least, double most, bool endless);

#define RATE_LEAST  0.1
#define RATE_MOST   1e6
#define SPEED_LEAST 1.0
#define SPEED_MOST  1e5

/* What was typed: "250", "0.5", "max" are calls a second; "x600" is event-time speed. False with a sentence.
 */
bool rate_parse(const char *text, bool *is_speed, double *value, char *err, size_t err_cap);

#endif
