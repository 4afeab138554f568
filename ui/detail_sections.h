/* The parts of a key's detail, each drawn into a canvas of its own with its heading in the first line. Pure
 * drawing of what the view says; main thread. */
#ifndef UI_DETAIL_SECTIONS_H
#define UI_DETAIL_SECTIONS_H

#include "query/codes.h"
#include "ui/list.h"
#include "ui/pane.h"

enum detail_section { SECTION_DISPOSITIONS, SECTION_HOURS, SECTION_WINDOWS, SECTION_CALLS, DETAIL_SECTIONS };

/* "dispositions" */
const char *detail_section_name(enum detail_section s);

/* Rows of the list of dispositions: those named, and one for the others. */
size_t detail_parts_count(const struct view_detail *d);

/* codes may be NULL: then no meaning is known. */
void detail_parts_draw(const struct view_detail *d, const struct codes *codes, const struct list *list,
                       const struct canvas *c);
/* 24 columns, one an hour of the day in UTC, with the highest named. */
void detail_hours_draw(const struct view_detail *d, const struct canvas *c);
/* The latest calls, newest first. */
void detail_calls_draw(const struct view_detail *d, const struct list *list, const struct canvas *c);

#endif
