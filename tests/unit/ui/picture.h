/* The whole picture from views that are the same at every run, painted by ncurses into memory (its terminal
 * is /dev/null) and read back as text. Needs the locale C.UTF-8. */
#ifndef TESTS_PICTURE_H
#define TESTS_PICTURE_H

#include "fake_feed.h"
#include "ui/state.h"

#include <curses.h>
#include <stdio.h>

struct picture {
    struct fake fake;
    struct ui ui;
    FILE *null_in, *null_out;
    SCREEN *curses;
};

/* Takes the locale; false, after a line that counts as a skip, where the machine has none. */
bool picture_locale(void);

void picture_open(struct picture *p, int w, int h, bool ascii);
void picture_close(struct picture *p);

/* Publishes views (each may be NULL) as the background threads would, and lets the screen take them. */
void picture_give(struct picture *p, struct query_view *q, struct replay_view *r, struct cluster_view *c);
void picture_give_all(struct picture *p);

/* Presses keys: '\n' is Enter, '\033' is Esc. */
void picture_press(struct picture *p, const char *keys);

/* A row of the picture as UTF-8, until the next call. */
const char *picture_row(int y);
bool picture_shows(struct picture *p, const char *what);
/* Fails the test, with the picture, when that is not on it. */
void picture_must_show(struct picture *p, const char *what);
/* Fails the test unless every row is as wide as the screen: nothing is torn, nothing hangs over; and ASCII
 * where that is wanted. */
void picture_must_be_whole(struct picture *p);

#endif
