/* Text that came from outside: cleaning it for people's eyes, measuring it in columns, building it up.
 * The terminal never sees bytes of a message or a file that have not passed text_clean(). Pure functions;
 * any thread may call them (widths are those of the locale that main set). */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Borrowed bytes, not terminated. p == NULL is SQL null; a zero len with p != NULL is the empty string. */
struct text {
    const char *p;
    size_t len;
};

/* Copies src as printable UTF-8 into dst (always terminated, never more than cap bytes). U+FFFD ('?' when
 * ascii) stands for what could drive a terminal or reorder a line (C0, DEL, C1, bidi controls, line and
 * paragraph separators), for invalid UTF-8, for what is invisible, private or no character. What only chooses
 * how another character is drawn (variation selectors, joiners, skin tones) is left out, because terminals
 * disagree about how wide the two are together; of marks over a letter two stay; halves of flags become
 * letters. A text that does not fit ends in U+2026 ('.' three times when ascii). The cost is bounded by cap,
 * not by len. Returns the bytes written. */
size_t text_clean(char *dst, size_t cap, const char *src, size_t len, bool ascii);

/* True when text_for_terminal would change nothing: printable ASCII only. */
bool text_shows_as_it_is(const char *s);

/* The last step before a terminal: src (clean, but maybe cut within a character since) with U+FFFD for what
 * the locale does not know the width of, and with marks of no width around right-to-left letters. They stay
 * in logical order; a terminal that shows them from right to left, as it should, turns the word but not the
 * figures, blanks and borders behind it, which by the bidi algorithm would go with it. Always terminated;
 * what does not fit is left out. Returns the bytes written. */
size_t text_for_terminal(char *dst, size_t cap, const char *src);

/* Takes an unfinished character off the end: for what snprintf has cut. */
void text_whole(char *s);

/* Columns that a clean UTF-8 text takes (wide characters 2, combining 0). */
int text_width(const char *s);

/* Bytes of s that fit in columns; *used gets the columns they take. Never splits a character. */
size_t text_fit(const char *s, int columns, int *used);

/* 1204 -> "1,204"; UNKNOWN -> "-". Returns out. */
char *text_count(char *out, size_t cap, long long n);

/* 1 -> "1 call", 1204 -> "1,204 calls". Returns out. */
char *text_many(char *out, size_t cap, long long n, const char *one, const char *many);

/* 21400 -> "21.4k", 1.2e6 -> "1.2M", NaN or negative -> "-". Three significant digits. Returns out. */
char *text_rate(char *out, size_t cap, double per_s);

/* 157286 -> "154 KB" (1024 based). UNKNOWN -> "-". Returns out. */
char *text_bytes(char *out, size_t cap, long long n);

/* A growing byte buffer. Start it with {0}; strbuf_free at the end. data is terminated whenever len > 0. */
struct strbuf {
    char *data;
    size_t len, cap;
};
void strbuf_add(struct strbuf *b, const void *bytes, size_t len);
void strbuf_puts(struct strbuf *b, const char *s);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_free(struct strbuf *b);

/* How many single-character edits apart two words are (for "did you mean"), at most 99. */
int text_distance(const char *a, const char *b);

#endif
