#include "ui/big.h"

#include <string.h>

enum { ROWS = 5 };

/* Rows of dots from the top; as wide as the first row. */
static const struct {
    char sign;
    const char *row[ROWS];
} signs[] = {
    {'0', {"###", "# #", "# #", "# #", "###"}}, {'1', {" # ", "## ", " # ", " # ", "###"}},
    {'2', {"###", "  #", "###", "#  ", "###"}}, {'3', {"###", "  #", " ##", "  #", "###"}},
    {'4', {"# #", "# #", "###", "  #", "  #"}}, {'5', {"###", "#  ", "###", "  #", "###"}},
    {'6', {"###", "#  ", "###", "# #", "###"}}, {'7', {"###", "  #", "  #", " # ", " # "}},
    {'8', {"###", "# #", "###", "# #", "###"}}, {'9', {"###", "# #", "###", "  #", "###"}},
    {':', {" ", "#", " ", "#", " "}},           {'.', {" ", " ", " ", " ", "#"}},
    {',', {" ", " ", " ", "#", "#"}},           {'-', {"   ", "   ", "###", "   ", "   "}},
    {'+', {"   ", " # ", "###", " # ", "   "}}, {'k', {"#  ", "# #", "## ", "# #", "# #"}},
    {'M', {"# #", "###", "###", "# #", "# #"}}, {' ', {"  ", "  ", "  ", "  ", "  "}},
};
enum { SIGNS = sizeof signs / sizeof *signs };

static const char *const *rows_of(char sign)
{
    for (size_t i = 0; i < SIGNS; i++)
        if (signs[i].sign == sign)
            return signs[i].row;
    return signs[SIGNS - 1].row;
}

int big_lines(enum big_size size)
{
    return size == BIG_HALF ? (ROWS + 1) / 2 : ROWS;
}

static int dot_width(enum big_size size)
{
    return size == BIG_HALF ? 1 : 2;
}

int big_width(enum big_size size, const char *text)
{
    int dots = 0;
    for (const char *s = text; *s; s++)
        dots += (int)strlen(rows_of(*s)[0]) + (s[1] ? 1 : 0);
    return dots * dot_width(size);
}

static void draw_half(const struct canvas *c, int y, int x, enum style style, const char *const *row)
{
    for (int line = 0; line < big_lines(BIG_HALF); line++)
        for (int dot = 0; row[0][dot]; dot++) {
            bool up = row[2 * line][dot] == '#', down = 2 * line + 1 < ROWS && row[2 * line + 1][dot] == '#';
            if (up || down)
                (void)draw_text(c, y + line, x + dot, style, up && down ? "█" : up ? "▀" : "▄");
        }
}

static void draw_whole(const struct canvas *c, int y, int x, enum style style, const char *const *row)
{
    for (int line = 0; line < ROWS; line++)
        for (int dot = 0; row[0][dot]; dot++)
            if (row[line][dot] == '#')
                (void)draw_text(c, y + line, x + 2 * dot, style, GLYPH(c, "██", "##"));
}

void big_draw(const struct canvas *c, int y, int x, enum big_size size, enum style style, const char *text)
{
    for (; *text; text++) {
        const char *const *row = rows_of(*text);
        int columns = (int)strlen(row[0]) * dot_width(size);
        if (x + columns > c->r.w)
            return;
        if (size == BIG_HALF)
            draw_half(c, y, x, style, row);
        else
            draw_whole(c, y, x, style, row);
        x += columns + dot_width(size);
    }
}
