#include "term_bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Modes whose "on" is how a terminal starts, or that need no clean-up: autowrap, blinking and origin mode. */
static bool mode_is_harmless(int mode)
{
    return mode == 7 || mode == 12 || mode == 25 || mode == 2026;
}

static void wrong(struct term_bytes *b, const char *what, unsigned value)
{
    if (b->wrong[0] == '\0')
        snprintf(b->wrong, sizeof b->wrong, "%s 0x%02x as byte %zu of the output", what, value, b->total);
}

static void mode_set(struct term_bytes *b, int mode, bool on)
{
    if (mode == 25)
        b->cursor_off = !on;
    if (mode_is_harmless(mode))
        return;
    for (size_t i = 0; i < b->modes_count; i++) {
        if (b->modes[i] == mode) {
            if (!on)
                b->modes[i] = b->modes[--b->modes_count];
            return;
        }
    }
    if (on && b->modes_count < TERM_MODES)
        b->modes[b->modes_count++] = mode;
}

/* Follows SGR: which attributes are on (a bit for each that "off" codes name), and whether a colour was asked
 * for. */
static void sgr(struct term_bytes *b, const char *arguments)
{
    const char *at = arguments;

    do {
        char *end;
        long n = strtol(at, &end, 10);
        if (n == 0 || end == at) {
            b->attributes = 0;
        } else if (n < 10) {
            b->attributes |= 1U << (n == 1 ? 2 : n); /* bold and dim end together, by 22 */
        } else if (n >= 20 && n < 30) {
            b->attributes &= ~(1U << (n - 20));
        } else if (n == 39 || n == 49) {
            b->attributes &= ~(1U << (n == 39 ? 10 : 11));
        } else if (n >= 30) {
            b->colours = true;
            b->attributes |= 1U << (n < 40 || (n >= 90 && n < 100) ? 10 : 11);
            if (n == 38 || n == 48)
                return; /* what follows are the parts of one colour */
        }
        at = *end == ';' ? end + 1 : end;
    } while (*at >= '0' && *at <= '9');
}

/* A whole CSI sequence is in b->sequence: arguments, then the final byte. */
static void csi(struct term_bytes *b, char final)
{
    const char *s = b->sequence;

    if (*s == '?' && (final == 'h' || final == 'l')) {
        do {
            char *end;
            long mode = strtol(s + 1, &end, 10);
            mode_set(b, (int)mode, final == 'h');
            s = end;
        } while (*s == ';');
    } else if (final == 'm' && (*s == '\0' || *s == ';' || (*s >= '0' && *s <= '9'))) {
        sgr(b, s);
    } else if (!strchr("ABCDEFGHIJKLMPSTXZ@`abcdefghlmnprst", final)) {
        wrong(b, "unknown CSI sequence ending in", (unsigned char) final);
    }
}

static void text_byte(struct term_bytes *b, unsigned char c)
{
    if (b->utf8_left > 0) {
        if ((c & 0xc0) != 0x80) {
            wrong(b, "broken UTF-8 before", c);
            b->utf8_left = 0;
        } else {
            b->code_point = b->code_point << 6 | (c & 0x3f);
            if (--b->utf8_left == 0 && b->code_point < b->utf8_least)
                wrong(b, "overlong UTF-8 ending in", c);
            else if (b->utf8_left == 0 && b->code_point < 0xa0)
                wrong(b, "C1 control", (unsigned)b->code_point);
            return;
        }
    }
    if (c >= 0x80) {
        b->beyond_ascii = true;
        if (c >= 0xc2 && c < 0xf5) {
            b->utf8_left = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
            b->utf8_least = c >= 0xf0 ? 0x10000 : c >= 0xe0 ? 0x800 : 0x80;
            b->code_point = c & (0x3f >> b->utf8_left);
        } else {
            wrong(b, "stray byte", c);
        }
    } else if (c == 0x1b) {
        b->state = BYTES_ESCAPE;
        b->sequence_len = 0;
    } else if (c == 0x0e || c == 0x0f) {
        b->charset_line = c == 0x0e;
    } else if ((c < 0x20 && !strchr("\r\n\b\t\a", c)) || c == 0x7f) {
        /* NUL (which strchr finds too) is padding that old terminals ask for. */
        wrong(b, "control byte", c);
    }
}

static void escape_byte(struct term_bytes *b, unsigned char c)
{
    if (b->sequence_len == 0 && c == '[') {
        b->state = BYTES_CSI;
    } else if (b->sequence_len == 0 && (c == ']' || c == 'P')) {
        b->state = BYTES_STRING;
    } else if (c >= 0x20 && c < 0x30 && b->sequence_len + 1 < sizeof b->sequence) {
        b->sequence[b->sequence_len++] = (char)c; /* an intermediate, as in ESC ( B */
    } else if (c >= 0x30 && c < 0x7f) {
        if (b->sequence_len == 0 && (c == '=' || c == '>'))
            b->keypad = c == '=';
        else if (b->sequence_len == 1 && b->sequence[0] == '(')
            b->charset_line = c == '0';
        b->state = BYTES_TEXT;
    } else {
        wrong(b, "broken escape sequence at", c);
        b->state = BYTES_TEXT;
    }
}

static void csi_byte(struct term_bytes *b, unsigned char c)
{
    if (c >= 0x40 && c < 0x7f) {
        b->sequence[b->sequence_len] = '\0';
        b->state = BYTES_TEXT;
        csi(b, (char)c);
    } else if (c >= 0x20 && c < 0x40 && b->sequence_len + 1 < sizeof b->sequence) {
        b->sequence[b->sequence_len++] = (char)c;
    } else {
        wrong(b, "broken CSI sequence at", c);
        b->state = BYTES_TEXT;
    }
}

void term_bytes_feed(struct term_bytes *b, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        b->total++;
        switch (b->state) {
        case BYTES_TEXT: text_byte(b, c); break;
        case BYTES_ESCAPE: escape_byte(b, c); break;
        case BYTES_CSI: csi_byte(b, c); break;
        case BYTES_STRING:
            if (c == 0x07)
                b->state = BYTES_TEXT;
            else if (c == 0x1b)
                b->state = BYTES_STRING_ESCAPE;
            break;
        case BYTES_STRING_ESCAPE: b->state = c == '\\' ? BYTES_TEXT : BYTES_STRING; break;
        }
    }
}

bool term_bytes_restored(const struct term_bytes *b, char *why, size_t why_cap)
{
    if (b->state != BYTES_TEXT || b->utf8_left > 0)
        snprintf(why, why_cap, "the output ends inside a sequence");
    else if (b->modes_count > 0)
        snprintf(why, why_cap, "DEC private mode %d was left on", b->modes[0]);
    else if (b->cursor_off)
        snprintf(why, why_cap, "the cursor was left hidden");
    else if (b->keypad)
        snprintf(why, why_cap, "the keypad was left in application mode");
    else if (b->charset_line)
        snprintf(why, why_cap, "the line-drawing character set was left on");
    else if (b->attributes != 0)
        snprintf(why, why_cap, "a colour or attribute was left on");
    else
        return true;
    return false;
}
