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

/* Characters that could drive a terminal or reorder a line. */
static bool unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF || c == 0xFFFE ||
           c == 0xFFFF;
}

size_t text_clean(char *dst, size_t cap, const char *src, size_t len, bool ascii)
{
    const unsigned char *s = (const unsigned char *)src;
    const char *mark = ascii ? "?" : "\xEF\xBF\xBD", *dots = ascii ? "..." : "\xE2\x80\xA6";
    const size_t mark_len = strlen(mark), dots_len = 3;
    size_t at = 0, fallback = 0; /* fallback: where the dots would still fit */
    if (!cap)
        return 0;
    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        size_t n = decode(s + i, len - i, &c);
        bool bad = !n || unsafe(c) || (ascii && c > 0x7E);
        const char *from = bad ? mark : (const char *)s + i;
        size_t bytes = bad ? mark_len : n;
        if (at + dots_len < cap)
            fallback = at;
        if (at + bytes >= cap) {
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
