/* Carries out the steps of a screen case against a running program. Every step that looks for something waits
 * for the program's output until what it looks for is there or its deadline has passed; nothing sleeps for a
 * guess. */
#ifndef TESTS_SCREEN_STEPS_H
#define TESTS_SCREEN_STEPS_H

#include "case_file.h"
#include "term.h"

#include <stdio.h>

/* True when every step held; else one sentence in why, with the line of the step. time_factor stretches the
 * deadlines (a sanitizer's build is slower). */
bool steps_run(struct term *t, const struct screen_case *c, double time_factor, char *why, size_t why_cap);

/* The screen as text with a frame, each line behind prefix. */
void steps_show(const struct term *t, FILE *out, const char *prefix);

#endif
