/* The mouse: what a press or a turn of the wheel at a cell of the screen means. Whatever is written as a key
 * with its word is a button: the footer, a question's answers, [keys] in headers, titles and advice. Main
 * thread. */
#ifndef UI_MOUSE_H
#define UI_MOUSE_H

#include "ui/mouse_report.h"
#include "ui/state.h"

enum mouse_event { MOUSE_PRESS, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

/* y and x: the cell, from the top left corner. What stands there is what was painted last. Enum react bits.
 */
unsigned ui_mouse_at(struct ui *ui, enum mouse_event event, int y, int x);

/* The same for what the terminal reported of its mouse. */
unsigned ui_mouse_report(struct ui *ui, const struct mouse_report *report);

/* True when the mouse is ours at present: wanted, and not given back for copying. */
bool ui_mouse_wanted(const struct ui *ui);

#endif
