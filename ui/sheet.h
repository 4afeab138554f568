/* A sheet of named figures: a label, a text beside it, where wanted a plain sentence below; scrolled by
 * lines. It is filled anew before each drawing (in a pane's prepare) and holds copies only. Main thread. */
#ifndef UI_SHEET_H
#define UI_SHEET_H

#include "ui/draw.h"

#include <stdbool.h>
#include <stddef.h>

enum { SHEET_MOST = 64, SHEET_LABEL = 24, SHEET_TEXT = 240 };

struct sheet_line {
    char label[SHEET_LABEL], text[SHEET_TEXT];
    enum style style;
    bool bar;         /* the phases of sheet.phase_ms as a bar, after the text */
    const char *note; /* static: what the figure means; NULL = nothing to say */
};

struct sheet {
    struct sheet_line line[SHEET_MOST];
    size_t lines;
    int label_w;
    bool wrap;              /* long texts go on in the next row instead of being cut */
    bool notes;             /* the sentences are shown */
    const double *phase_ms; /* of the batch, for the bar; borrowed until the drawing */
};

/* Forgets the lines; label_w columns are for labels. */
void sheet_clear(struct sheet *s, int label_w);
/* Adds a line; the last place stays empty when the sheet is full. Returns it. */
struct sheet_line *sheet_add(struct sheet *s, enum style style, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Rows that it takes in so many columns. */
size_t sheet_rows(const struct sheet *s, int columns);
/* Draws from its row `top` on, from line y of the canvas to its end. */
void sheet_draw(const struct sheet *s, const struct canvas *c, int y, size_t top);

#endif
