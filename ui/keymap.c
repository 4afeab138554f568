#include "ui/keymap.h"

#include "ui/screen.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int key;
} names[] = {
    {"Space", K_SPACE}, {"Tab", K_TAB},    {"S-Tab", K_BACKTAB},
    {"Enter", K_ENTER}, {"Esc", K_ESC},    {"Up", K_UP},
    {"Down", K_DOWN},   {"Left", K_LEFT},  {"Right", K_RIGHT},
    {"PgUp", K_PGUP},   {"PgDn", K_PGDN},  {"Home", K_HOME},
    {"End", K_END},     {"Del", K_DELETE}, {"Ins", K_INSERT},
    {"C-l", K_CTRL_L},  {"C-z", K_CTRL_Z}, {"Backspace", K_BACKSPACE},
};

int key_of(const char *name)
{
    if (name[0] && !name[1])
        return (unsigned char)name[0];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i].name, name))
            return names[i].key;
    if (name[0] == 'F' && name[1] >= '1' && name[1] <= '9') {
        long n = strtol(name + 1, NULL, 10);
        if (n >= 1 && n <= 12)
            return K_F1 + (int)n - 1;
    }
    return K_NONE;
}

static const struct {
    wint_t code;
    int key;
} codes[] = {
    {KEY_UP, K_UP},
    {KEY_DOWN, K_DOWN},
    {KEY_LEFT, K_LEFT},
    {KEY_RIGHT, K_RIGHT},
    {KEY_PPAGE, K_PGUP},
    {KEY_NPAGE, K_PGDN},
    {KEY_HOME, K_HOME},
    {KEY_END, K_END},
    {KEY_BTAB, K_BACKTAB},
    {KEY_DC, K_DELETE},
    {KEY_IC, K_INSERT},
    {KEY_MOUSE, K_MOUSE},
    {KEY_MOUSE_REPORT, K_MOUSE_REPORT},
    {KEY_MOUSE_OLD, K_MOUSE_OLD},
    {KEY_ANSWER, K_ANSWER},
    {KEY_BACKSPACE, K_BACKSPACE},
    {KEY_ENTER, K_ENTER},
    {KEY_A1, K_HOME},
    {KEY_A3, K_PGUP},
    {KEY_C1, K_END},
    {KEY_PASTE_BEGIN, K_PASTE_BEGIN},
    {KEY_PASTE_END, K_PASTE_END},
    {KEY_C3, K_PGDN},
};

int key_from_curses(int result, wint_t ch)
{
    if (result == OK) {
        if (ch == '\n' || ch == '\r')
            return K_ENTER;
        if (ch == 8)
            return K_BACKSPACE;
        return (int)ch;
    }
    if (result != KEY_CODE_YES)
        return K_NONE;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == ch)
            return codes[i].key;
    if (ch >= KEY_F(1) && ch <= KEY_F(12))
        return K_F1 + (int)(ch - KEY_F(1));
    return K_NONE;
}
