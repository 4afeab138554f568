/* The phases of a batch on the screen: a letter, a short word, a style and a plain sentence each, the same in
 * every pane, and a bar of their shares. Main thread where it draws. */
#ifndef UI_PHASES_H
#define UI_PHASES_H

#include "query/progress.h"
#include "ui/draw.h"

/* 'a' for addBatch; every phase has another one. */
char phase_letter(enum phase p);
/* "add" */
const char *phase_word(enum phase p);
/* "asked Kafka where its partitions end" */
const char *phase_meaning(enum phase p);
enum style phase_style(enum phase p);

/* A bar of w columns: each phase as long as its share, with its word in it where that fits, else its letter.
 * Nothing where all is 0 or w is too little. */
void phases_bar(const struct canvas *c, int y, int x, int w, const double phase_ms[PHASE_COUNT]);

#endif
