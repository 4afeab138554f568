/* Looks at the raw bytes that a program writes to its terminal: which modes it switched on and did not switch
 * off, whether it used colours or anything beyond ASCII, and the first byte that no well-behaved program
 * sends (a raw C1 or stray control byte, broken UTF-8, an unfinished or unknown escape sequence). One thread.
 */
#ifndef TESTS_SCREEN_TERM_BYTES_H
#define TESTS_SCREEN_TERM_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#define TERM_MODES    16
#define TERM_SEQUENCE 64

struct term_bytes {
    size_t total; /* bytes seen */
    bool beyond_ascii;
    bool colours;          /* an SGR sequence that sets a colour */
    bool keypad;           /* application keypad is on */
    bool cursor_off;       /* DEC mode 25 was reset */
    bool charset_line;     /* the shifted character set (line drawing) is active */
    unsigned attributes;   /* SGR attributes that are on, a bit each; 0 = none */
    int modes[TERM_MODES]; /* other DEC private modes that are on (1000 mouse, 1049 alternate screen, ...) */
    size_t modes_count;
    char wrong[160]; /* the first thing that must not be sent; empty when there was none */

    /* parser */
    enum { BYTES_TEXT, BYTES_ESCAPE, BYTES_CSI, BYTES_STRING, BYTES_STRING_ESCAPE } state;
    char sequence[TERM_SEQUENCE];
    size_t sequence_len;
    unsigned utf8_left; /* continuation bytes still to come */
    unsigned long code_point;
    unsigned long utf8_least; /* smaller code points would be overlong */
};

void term_bytes_feed(struct term_bytes *b, const char *bytes, size_t len);

/* True when every mode is as a shell expects it; else what is not, in why. */
bool term_bytes_restored(const struct term_bytes *b, char *why, size_t why_cap);

#endif
