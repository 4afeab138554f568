#include "base/text.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { DROPPED_MOST = 16 }; /* text that mostly vanishes is read this many times as far as it could fill */

/* Decodes one UTF-8 character; returns its bytes, 0 when it is not valid (overlong, surrogate, cut off). */
static size_t decode(const unsigned char *s, size_t len, uint32_t *code)
{
    if (s[0] < 0x80) {
        *code = s[0];
        return 1;
    }
    size_t n = s[0] >= 0xF0 && s[0] <= 0xF4  ? 4
               : s[0] >= 0xE0 && s[0] < 0xF0 ? 3
               : s[0] >= 0xC2 && s[0] < 0xE0 ? 2
                                             : 0;
    if (!n || n > len)
        return 0;
    uint32_t c = s[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3Fu);
    }
    if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10FFFF)) || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *code = c;
    return n;
}

/* What becomes of a character of foreign text. */
enum fate {
    KEEP,
    MARK,   /* U+FFFD stands for it */
    DROP,   /* it only chooses how the one before it is drawn, which terminals disagree about */
    LETTER, /* half a flag: its letter */
};

/* First and last of ranges, in order. Marked: what could drive a terminal or reorder a line; what is
 * invisible (two names that look alike would be told apart by nothing); private characters and those that are
 * none, which each font draws as wide as it likes. */
static const struct {
    uint32_t first, last;
    enum fate fate;
} fates[] = {
    {0x0000, 0x001F, MARK},     /* C0 */
    {0x007F, 0x009F, MARK},     /* DEL, C1 */
    {0x00AD, 0x00AD, MARK},     /* soft hyphen */
    {0x034F, 0x034F, MARK},     /* grapheme joiner */
    {0x0600, 0x0605, MARK},     /* Arabic signs that stand over several digits */
    {0x061C, 0x061C, MARK},     /* Arabic letter mark */
    {0x06DD, 0x06DD, MARK},     /* end of ayah */
    {0x070F, 0x070F, MARK},     /* Syriac abbreviation */
    {0x08E2, 0x08E2, MARK},     /* disputed end of ayah */
    {0x115F, 0x1160, MARK},     /* Hangul fillers */
    {0x17B4, 0x17B5, MARK},     /* Khmer inherent vowels */
    {0x180B, 0x180F, MARK},     /* Mongolian selectors and separator */
    {0x200B, 0x200B, MARK},     /* zero-width space */
    {0x200C, 0x200D, DROP},     /* joiners: letters and emojis stand side by side without them */
    {0x200E, 0x200F, MARK},     /* direction marks */
    {0x2028, 0x202E, MARK},     /* line and paragraph separators, embeddings and overrides */
    {0x2060, 0x206F, MARK},     /* word joiner, invisible operators, isolates */
    {0x20E3, 0x20E3, DROP},     /* keycap */
    {0x3164, 0x3164, MARK},     /* Hangul filler */
    {0xD800, 0xF8FF, MARK},     /* surrogates, private use */
    {0xFDD0, 0xFDEF, MARK},     /* no characters */
    {0xFE00, 0xFE0F, DROP},     /* variation selectors: an emoji or a sign */
    {0xFEFF, 0xFEFF, MARK},     /* byte order mark */
    {0xFFA0, 0xFFA0, MARK},     /* Hangul filler */
    {0xFFF0, 0xFFFB, MARK},     /* annotations */
    {0xFFFE, 0xFFFF, MARK},     /* no characters */
    {0x110BD, 0x110CD, MARK},   /* Kaithi number signs */
    {0x1BCA0, 0x1BCA3, MARK},   /* shorthand controls */
    {0x1D173, 0x1D17A, MARK},   /* musical controls */
    {0x1F1E6, 0x1F1FF, LETTER}, /* regional indicators: pairs are flags */
    {0x1F3FB, 0x1F3FF, DROP},   /* skin tones */
    {0xE0000, 0xE00FF, MARK},   /* tags */
    {0xE0100, 0xE01EF, DROP},   /* variation selectors */
    {0xE01F0, 0x10FFFF, MARK},  /* nothing yet, private use */
};

static enum fate fate_of(uint32_t c)
{
    size_t low = 0, high = sizeof fates / sizeof *fates;
    if (c >= 0x20 && c < 0x7F)
        return KEEP;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (c > fates[mid].last)
            low = mid + 1;
        else if (c < fates[mid].first)
            high = mid;
        else
            return fates[mid].fate;
    }
    return (c & 0xFFFE) == 0xFFFE ? MARK : KEEP;
}

/* A mark that is drawn over the character before it. */
static bool combining(uint32_t c)
{
    return c >= 0x300 && wcwidth((wchar_t)c) == 0;
}

/* How the next character comes out: its bytes in *from, which may be scratch. marks counts the combining ones
 * since the last base: more than MARKS_MOST make towers over other lines. */
static size_t come_out(uint32_t c, size_t n, const char *src, bool ascii, int *marks, char scratch[4],
                       const char **from)
{
    enum { MARKS_MOST = 2 };
    enum fate fate = n ? fate_of(c) : MARK;
    bool first = *marks < 0; /* nothing to draw it over */
    *from = src;
    if (fate == LETTER) {
        scratch[0] = (char)('A' + (c - 0x1F1E6));
        *from = scratch;
        n = 1;
    } else if (fate == DROP && !first) {
        return 0;
    } else if (fate == KEEP && combining(c) && !first) {
        return ++*marks > MARKS_MOST || ascii ? 0 : n;
    } else if (fate != KEEP || combining(c) || (ascii && c > 0x7E)) {
        *from = ascii ? "?" : "\xEF\xBF\xBD";
        n = strlen(*from);
    }
    *marks = 0;
    return n;
}

size_t text_clean(char *dst, size_t cap, const char *src, size_t len, bool ascii)
{
    const unsigned char *s = (const unsigned char *)src;
    const char *dots = ascii ? "..." : "\xE2\x80\xA6", *from;
    const size_t dots_len = 3;
    size_t at = 0, fallback = 0; /* fallback: where the dots would still fit */
    size_t most = cap <= SIZE_MAX / DROPPED_MOST ? cap * DROPPED_MOST : SIZE_MAX;
    int marks = -1;
    char scratch[4];
    if (!cap)
        return 0;
    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        size_t n = decode(s + i, len - i, &c);
        size_t bytes = come_out(c, n, src + i, ascii, &marks, scratch, &from);
        if (at + dots_len < cap)
            fallback = at;
        if (at + bytes >= cap || i > most) {
            at = fallback;
            if (at + dots_len < cap) {
                memcpy(dst + at, dots, dots_len);
                at += dots_len;
            }
            break;
        }
        memcpy(dst + at, from, bytes);
        at += bytes;
        i += n ? n : 1;
    }
    dst[at] = '\0';
    return at;
}

static bool right_to_left(uint32_t c)
{
    return (c >= 0x590 && c <= 0x8FF) || (c >= 0xFB1D && c <= 0xFDFF) || (c >= 0xFE70 && c <= 0xFEFE) ||
           (c >= 0x10800 && c <= 0x10FFF) || (c >= 0x1E800 && c <= 0x1EFFF);
}

/* Left-to-right mark: no column, and for a terminal that turns right-to-left text round a letter that the
 * turning stops at. */
#define LRM     "\xE2\x80\x8E"
#define LRM_LEN 3

bool text_shows_as_it_is(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7F)
            return false;
    return true;
}

size_t text_for_terminal(char *dst, size_t cap, const char *src)
{
    const unsigned char *s = (const unsigned char *)src;
    size_t len = strlen(src), at = 0;
    if (text_shows_as_it_is(src) && len < cap) {
        memcpy(dst, src, len + 1);
        return len;
    }
    bool turned = false; /* right-to-left letters since the last mark */
    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        size_t n = decode(s + i, len - i, &c);
        bool known = n && (c < 0x80 ? c >= 0x20 && c != 0x7F : wcwidth((wchar_t)c) >= 0);
        bool rtl = known && right_to_left(c);
        if (at + 4 + 2 * LRM_LEN >= cap)
            break;
        /* Within the text the letters may stand as their script has them; blanks and figures after them are
         * the line's again. */
        if (rtl != turned && (rtl || wcwidth((wchar_t)c) != 0)) {
            memcpy(dst + at, LRM, LRM_LEN);
            at += LRM_LEN;
            turned = rtl;
        }
        memcpy(dst + at, known ? src + i : "\xEF\xBF\xBD", known ? n : 3);
        at += known ? n : 3;
        i += n ? n : 1;
    }
    if (turned) {
        memcpy(dst + at, LRM, LRM_LEN);
        at += LRM_LEN;
    }
    if (cap)
        dst[at] = '\0';
    return at;
}

void text_whole(char *s)
{
    size_t len = strlen(s), at = len;
    while (at && ((unsigned char)s[at - 1] & 0xC0) == 0x80)
        at--;
    if (at && (unsigned char)s[at - 1] >= 0xC0) {
        uint32_t c;
        if (!decode((const unsigned char *)s + at - 1, len - at + 1, &c))
            s[at - 1] = '\0';
    }
}

size_t text_fit(const char *s, int columns, int *used)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t len = strlen(s), at = 0;
    int cols = 0;
    while (at < len) {
        uint32_t c = 0;
        size_t n = decode(u + at, len - at, &c);
        int w = !n ? 1 : c < 0x80 ? 1 : wcwidth((wchar_t)c);
        /* The locale may not know the character; the terminal will show something one column wide. */
        if (w < 0)
            w = 1;
        if (cols + w > columns)
            break;
        cols += w;
        at += n ? n : 1;
    }
    if (used)
        *used = cols;
    return at;
}

int text_width(const char *s)
{
    int used;
    (void)text_fit(s, INT32_MAX / 2, &used);
    return used;
}

char *text_count(char *out, size_t cap, long long n)
{
    if (n == UNKNOWN) {
        snprintf(out, cap, "-");
        return out;
    }
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%lld", n < 0 ? -n : n);
    size_t at = 0;
    if (n < 0 && at + 1 < cap)
        out[at++] = '-';
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0 && at + 1 < cap)
            out[at++] = ',';
        if (at + 1 < cap)
            out[at++] = digits[i];
    }
    if (cap)
        out[at] = '\0';
    return out;
}

char *text_many(char *out, size_t cap, long long n, const char *one, const char *many)
{
    char count[40];
    snprintf(out, cap, "%s %s", text_count(count, sizeof count, n), n == 1 ? one : many);
    return out;
}

char *text_rate(char *out, size_t cap, double per_s)
{
    static const char suffix[] = {' ', 'k', 'M', 'G', 'T'};
    size_t i = 0;
    if (isnan(per_s) || per_s < 0) {
        snprintf(out, cap, "-");
        return out;
    }
    if (isinf(per_s)) {
        snprintf(out, cap, "max");
        return out;
    }
    for (; per_s >= 999.5 && i + 1 < sizeof suffix; i++)
        per_s /= 1000;
    int decimals = per_s >= 99.95 ? 0 : 1;
    if (i == 0 && per_s > 0 && per_s < 9.995)
        decimals = 2;
    if (i == 0)
        snprintf(out, cap, "%.*f", decimals, per_s);
    else
        snprintf(out, cap, "%.*f%c", decimals, per_s, suffix[i]);
    return out;
}

char *text_bytes(char *out, size_t cap, long long n)
{
    static const char *const suffix[] = {"B", "KB", "MB", "GB", "TB", "PB"};
    if (n == UNKNOWN) {
        snprintf(out, cap, "-");
        return out;
    }
    double v = (double)n;
    size_t i = 0;
    for (; v >= 1023.5 && i + 1 < sizeof suffix / sizeof suffix[0]; i++)
        v /= 1024;
    snprintf(out, cap, i == 0 || v >= 99.95 ? "%.0f %s" : "%.1f %s", v, suffix[i]);
    return out;
}

static void reserve(struct strbuf *b, size_t more)
{
    if (b->len + more + 1 <= b->cap)
        return;
    size_t cap = b->cap ? b->cap * 2 : 256;
    while (cap < b->len + more + 1)
        cap *= 2;
    b->data = xrealloc(b->data, cap);
    b->cap = cap;
}

void strbuf_add(struct strbuf *b, const void *bytes, size_t len)
{
    if (!len)
        return;
    reserve(b, len);
    memcpy(b->data + b->len, bytes, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void strbuf_puts(struct strbuf *b, const char *s)
{
    strbuf_add(b, s, strlen(s));
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n > 0) {
        reserve(b, (size_t)n);
        (void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void strbuf_free(struct strbuf *b)
{
    free(b->data);
    *b = (struct strbuf){0};
}

int text_distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    size_t la = strlen(a), lb = strlen(b);
    int row[LONGEST + 1];
    if (la > LONGEST || lb > LONGEST)
        return 99;
    for (size_t j = 0; j <= lb; j++)
        row[j] = (int)j;
    for (size_t i = 1; i <= la; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= lb; j++) {
            int above = row[j], best = diagonal + (a[i - 1] != b[j - 1]);
            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[lb];
}
