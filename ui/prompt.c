#include "ui/prompt.h"

#include "base/text.h"
#include "ui/draw.h"
#include "ui/keymap.h"

#include <stdio.h>
#include <string.h>

enum { ANSWERS_W = 20, YES_W = 7 /* "[y] yes" */, NO_W = 6 };

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *label, const char *text)
{
    memset(p, 0, sizeof *p);
    p->kind = kind;
    snprintf(p->label, sizeof p->label, "%s", label);
    snprintf(p->text, sizeof p->text, "%s", text);
    snprintf(p->before, sizeof p->before, "%s", text);
    p->cursor = strlen(p->text);
}

static size_t encode(char out[8], int key)
{
    unsigned c = (unsigned)key;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static enum prompt_answer insert(struct prompt *p, int key)
{
    char typed[8], clean[16];
    size_t len = strlen(p->text), n = encode(typed, key);
    n = text_clean(clean, sizeof clean, typed, n, false);
    if (len + n + 1 > sizeof p->text)
        return PROMPT_MORE;
    memmove(p->text + p->cursor + n, p->text + p->cursor, len - p->cursor + 1);
    memcpy(p->text + p->cursor, clean, n);
    p->cursor += n;
    return PROMPT_CHANGED;
}

static size_t before(const struct prompt *p)
{
    size_t at = p->cursor;
    while (at && ((unsigned char)p->text[--at] & 0xC0) == 0x80)
        ;
    return at;
}

static size_t after(const struct prompt *p)
{
    size_t at = p->cursor;
    if (p->text[at])
        at++;
    while (((unsigned char)p->text[at] & 0xC0) == 0x80)
        at++;
    return at;
}

static enum prompt_answer cut(struct prompt *p, size_t from, size_t to)
{
    if (from == to)
        return PROMPT_MORE;
    memmove(p->text + from, p->text + to, strlen(p->text + to) + 1);
    p->cursor = from;
    return PROMPT_CHANGED;
}

/* Where the word before the cursor begins. */
static size_t word_before(const struct prompt *p)
{
    size_t at = p->cursor;
    while (at && p->text[at - 1] == ' ')
        at--;
    while (at && p->text[at - 1] != ' ')
        at--;
    return at;
}

static enum prompt_answer edit(struct prompt *p, int key)
{
    enum {
        CTRL_A = 1,
        CTRL_B = 2,
        CTRL_D = 4,
        CTRL_E = 5,
        CTRL_F = 6,
        CTRL_K = 11,
        CTRL_U = 21,
        CTRL_W = 23
    };
    switch (key) {
    case K_BACKSPACE: return cut(p, before(p), p->cursor);
    case K_DELETE:
    case CTRL_D: return cut(p, p->cursor, after(p));
    case CTRL_U: return cut(p, 0, p->cursor);
    case CTRL_K: return cut(p, p->cursor, strlen(p->text));
    case CTRL_W: return cut(p, word_before(p), p->cursor);
    case K_LEFT:
    case CTRL_B: p->cursor = before(p); break;
    case K_RIGHT:
    case CTRL_F: p->cursor = after(p); break;
    case K_HOME:
    case CTRL_A: p->cursor = 0; break;
    case K_END:
    case CTRL_E: p->cursor = strlen(p->text); break;
    default: return key >= ' ' && key < K_SPECIAL ? insert(p, key) : PROMPT_MORE;
    }
    return PROMPT_MORE;
}

enum prompt_answer prompt_key(struct prompt *p, int key)
{
    p->error[0] = '\0';
    if (p->kind == PROMPT_CONFIRM)
        return key == 'y' || key == 'Y'                                 ? PROMPT_DONE
               : key == 'n' || key == 'N' || key == 'q' || key == K_ESC ? PROMPT_CANCELLED
                                                                        : PROMPT_MORE;
    return key == K_ENTER ? PROMPT_DONE : key == K_ESC ? PROMPT_CANCELLED : edit(p, key);
}

enum prompt_answer prompt_paste(struct prompt *p, const int *keys, size_t n)
{
    enum prompt_answer answer = PROMPT_MORE;
    p->error[0] = '\0';
    for (size_t i = 0; i < n && p->kind != PROMPT_CONFIRM; i++) {
        int key = keys[i] == K_ENTER || keys[i] == K_TAB ? ' ' : keys[i];
        if (key >= ' ' && key < K_SPECIAL && key != K_BACKSPACE && insert(p, key) == PROMPT_CHANGED)
            answer = PROMPT_CHANGED;
    }
    return answer;
}

/* The text in its field, scrolled so that the cursor is in sight; signs at the ends say that there is more.
 */
static void draw_text_field(const struct prompt *p, const struct canvas *c, int x, int w, int *cursor_x)
{
    char head[sizeof p->text];
    memcpy(head, p->text, p->cursor);
    head[p->cursor] = '\0';
    size_t from = 0;
    /* One column for the cursor behind the text, one for each sign. */
    while (text_width(head + from) > (from ? w - 3 : w - 2) && head[from]) {
        from++;
        while (((unsigned char)p->text[from] & 0xC0) == 0x80)
            from++;
    }
    int at = x + (from ? 1 : 0), used;
    *cursor_x = at + text_width(head + from);
    if (from)
        (void)draw_text(c, 0, x, ST_DIM, GLYPH(c, "…", "<"));
    size_t len = text_fit(p->text + from, w - (from ? 1 : 0), &used);
    bool more = p->text[from + len] != '\0';
    if (more)
        len = text_fit(p->text + from, w - (from ? 2 : 1), &used);
    (void)draw_fmt(c, 0, at, ST_PROMPT, "%.*s", (int)len, p->text + from);
    if (more)
        (void)draw_text(c, 0, at + used, ST_DIM, GLYPH(c, "…", ">"));
}

/* Where the answers of a question begin. */
static int answers_x(const struct prompt *p, int columns)
{
    int room = columns - ANSWERS_W, label = text_width(p->label);
    return 2 + (label < room ? label : room > 0 ? room : 0);
}

int prompt_key_at(const struct prompt *p, int columns, int x)
{
    int at = x - answers_x(p, columns);
    if (p->kind != PROMPT_CONFIRM || at < 0)
        return K_NONE;
    return at < YES_W ? 'y' : at >= YES_W + 2 && at < YES_W + 2 + NO_W ? 'n' : K_NONE;
}

void prompt_draw(const struct prompt *p, const struct canvas *c, int *cursor_x)
{
    *cursor_x = -1;
    draw_fill_line(c, 0, ST_PROMPT);
    if (p->kind == PROMPT_CONFIRM) {
        int x = answers_x(p, c->r.w);
        draw_cell(c, 0, 1, x - 2, LEFT, ST_WARN, p->label);
        x += draw_text(c, 0, x, ST_KEY, "[y]");
        x += draw_text(c, 0, x, ST_PROMPT, " yes  ");
        x += draw_text(c, 0, x, ST_KEY, "[n]");
        (void)draw_text(c, 0, x, ST_PROMPT, " no");
        return;
    }
    /* On a narrow screen what is typed needs the room more than the explanation in brackets. */
    size_t label = strlen(p->label), bracket = strcspn(p->label, "(");
    if (text_width(p->label) > c->r.w / 2 && bracket < label)
        label = bracket;
    int x = draw_fmt(c, 0, 1, ST_ACCENT, "%.*s ", (int)label, p->label) + 1;
    int room = c->r.w - x, text = text_width(p->text) + 1, error = text_width(p->error);
    if (room < 4)
        return;
    /* What is wrong stands beside what was typed; where both are long, each gets a half. */
    int field = !error || text + error + 2 <= room ? room
                : text <= room / 2                 ? text + 1
                : error + 2 <= room / 2            ? room - error - 2
                                                   : room / 2;
    draw_text_field(p, c, x, field, cursor_x);
    if (p->kind == PROMPT_FILTER && !p->text[0] && !error)
        (void)draw_text(c, 0, x + 2, ST_DIM, "text, or /regular expression/");
    if (error && field < room)
        draw_cell(c, 0, x + field + 1, room - field - 1, LEFT, ST_BAD, p->error);
    else if (error)
        (void)draw_text(c, 0, x + text + 1, ST_BAD, p->error);
    if (*cursor_x >= c->r.w)
        *cursor_x = c->r.w - 1;
}
