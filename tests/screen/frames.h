/* Looks at a picture cell by cell: is every frame on it whole? A torn line, a text that ran over a border and
 * a border that was left standing all leave a frame that does not close. Pure, any thread. */
#ifndef TESTS_SCREEN_FRAMES_H
#define TESTS_SCREEN_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A character a cell, row by row; 0 = blank. */
struct grid {
    int rows, cols;
    uint32_t *cell; /* owned by whoever made the grid */
};

#define FRAMES_MOST 64
struct frame {
    int top, left, bottom, right;
    bool heavy; /* of the focused pane, or a box over the panes */
};
struct frames {
    struct frame frame[FRAMES_MOST];
    size_t count;
};

/* Every corner of the picture belongs to a frame that closes, its sides and bottom unbroken, or stands within
 * one (a plot's line has corners too); no two frames cross. boxes_over: a box (help, a menu) lies over the
 * panes; then it alone has to be whole. False with a sentence in why. */
bool frames_whole(const struct grid *g, bool boxes_over, struct frames *found, char *why, size_t why_cap);

#endif
