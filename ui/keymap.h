/* Keys by name: what the action table calls "PgUp" or "C-l" as a number, and what ncurses reports as that
 * number. A key that types a character is the character's code point. Pure, any thread. */
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include <stddef.h>
#include <wchar.h>

enum key {
    K_NONE = 0,
    K_CTRL_L = 12,
    K_CTRL_Z = 26,
    K_TAB = 9,
    K_ENTER = 13,
    K_ESC = 27,
    K_SPACE = 32,
    K_BACKSPACE = 127,
    K_SPECIAL = 0x110000, /* beyond Unicode */
    K_UP,
    K_DOWN,
    K_LEFT,
    K_RIGHT,
    K_PGUP,
    K_PGDN,
    K_HOME,
    K_END,
    K_BACKTAB,
    K_DELETE,
    K_INSERT,
    K_MOUSE,        /* what ncurses made of a mouse that is not the terminal's: on the console */
    K_MOUSE_REPORT, /* the terminal begins to say what its mouse did (mouse_report.h) ... */
    K_MOUSE_OLD,    /* ... in the form of old */
    K_PASTE_BEGIN,  /* what comes until K_PASTE_END was pasted, not typed */
    K_PASTE_END,
    K_ANSWER, /* the terminal says that it is there (screen_ask) */
    K_F1,     /* K_F1 + n - 1 is Fn, up to F12 */
    K_F12 = K_F1 + 11
};

/* The codes that ncurses is told to report for the marks around a pasted text. */
#define KEY_PASTE_BEGIN 0x1001
#define KEY_PASTE_END   0x1002
/* And for the beginnings of what it tells of its mouse. */
#define KEY_MOUSE_REPORT 0x1003
#define KEY_MOUSE_OLD    0x1004

/* The key of a name ("q", "Space", "S-Tab", "C-l", "F5"); K_NONE when there is none. */
int key_of(const char *name);

/* What ncurses reported (the result of get_wch and its character) as a key; K_NONE for one that we do not
 * know. */
int key_from_curses(int result, wint_t ch);

#endif
