#include "ui/mouse_report.h"

enum { NUMBERS = 3, NUMBER_MOST = 100000 };
enum { MODIFIERS = 4 | 8 | 16, MOVED = 32, OLD_RELEASE = 3, OLD_BASE = 32 };

void mouse_report_begin(struct mouse_report *r, enum mouse_form form)
{
    *r = (struct mouse_report){.form = form};
}

static enum mouse_progress end(struct mouse_report *r, enum mouse_progress how)
{
    r->form = MOUSE_FORM_NONE;
    return how;
}

static enum mouse_progress take_old(struct mouse_report *r, int c)
{
    if (c < OLD_BASE)
        return end(r, MOUSE_BROKEN);
    r->number[r->count++] = c - OLD_BASE;
    if (r->count < NUMBERS)
        return MOUSE_MORE;
    r->pressed = (r->number[0] & OLD_RELEASE) != OLD_RELEASE;
    return end(r, MOUSE_WHOLE);
}

/* What a sequence's numbers are made of is taken even where it makes no sense: as keys it would press any. */
static enum mouse_progress take_number(struct mouse_report *r, int c)
{
    if (c >= '0' && c <= '9') {
        if (r->number[r->count] < NUMBER_MOST)
            r->number[r->count] = r->number[r->count] * 10 + (c - '0');
        r->digits++;
        return MOUSE_MORE;
    }
    if (c == ';' && r->digits && r->count < NUMBERS - 1) {
        r->count++;
        r->digits = 0;
        return MOUSE_MORE;
    }
    if (c >= ':' && c <= '?') {
        r->nonsense = true;
        return MOUSE_MORE;
    }
    if (c != 'M' && c != 'm')
        return end(r, MOUSE_BROKEN);
    r->pressed = c == 'M' && !r->nonsense && r->digits && r->count == NUMBERS - 1;
    return end(r, MOUSE_WHOLE);
}

enum mouse_progress mouse_report_take(struct mouse_report *r, int c)
{
    switch (r->form) {
    case MOUSE_FORM_NUMBERS: return take_number(r, c);
    case MOUSE_FORM_OLD: return take_old(r, c);
    case MOUSE_FORM_NONE: break;
    }
    return MOUSE_BROKEN;
}

int mouse_report_button(const struct mouse_report *r)
{
    return r->pressed && !(r->number[0] & MOVED) ? r->number[0] & ~MODIFIERS : -1;
}
