/* What a terminal sends of its mouse, character by character: "0;12;5M" behind ESC [ < (button, column, row,
 * M = pressed), or three characters behind ESC [ M (of old). A report may come in parts, or never be
 * finished: nobody waits for the rest. Pure, any thread. */
#ifndef UI_MOUSE_REPORT_H
#define UI_MOUSE_REPORT_H

#include <stdbool.h>

enum mouse_form { MOUSE_FORM_NONE, MOUSE_FORM_NUMBERS, MOUSE_FORM_OLD };

struct mouse_report {
    enum mouse_form form; /* of the report that has begun; none when nothing is awaited */
    int number[3];        /* button with its modifiers, column, row; the latter two from 1 */
    int count, digits;
    bool pressed, nonsense;
};

enum mouse_progress { MOUSE_MORE, MOUSE_WHOLE, MOUSE_BROKEN /* the character is none of the report's */ };

void mouse_report_begin(struct mouse_report *r, enum mouse_form form);
/* The next character. After MOUSE_WHOLE number[] and pressed hold; after both others than MOUSE_MORE nothing
 * is awaited any more. */
enum mouse_progress mouse_report_take(struct mouse_report *r, int c);

/* 0 = left, 1 = middle, 2 = right, 64 and 65 = the wheel; -1 for a release, a movement and nonsense. */
int mouse_report_button(const struct mouse_report *r);

#endif
