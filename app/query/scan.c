#include "query/scan.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef const unsigned char *bytes;

struct cursor {
    bytes at, end;
};

/* A string between its quotes. */
struct slice {
    bytes from, to;
    bool escaped;
};

static inline void skip_space(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t'))
        c->at++;
}

static inline bool take(struct cursor *c, unsigned char byte)
{
    if (c->at == c->end || *c->at != byte)
        return false;
    c->at++;
    return true;
}

/* The next byte of a string that is not plain ASCII text: a quote, a backslash, a control character or a byte
 * of a longer character. Sixteen at a time where the machine can: as signed bytes, the last two kinds are
 * both less than a space. */
static inline bytes plain_end(bytes at, bytes end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), last = _mm_set1_epi8(' ' - 1);
    for (; end - at >= 16; at += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash));
        __m128i plain = _mm_andnot_si128(ends, _mm_cmpgt_epi8(v, last));
        unsigned others = ~(unsigned)_mm_movemask_epi8(plain) & 0xffff;
        if (others != 0)
            return at + __builtin_ctz(others);
    }
#endif
    while (at < end && *at >= ' ' && *at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

/* One character of two to four bytes, in its only valid form: no overlong ones, no surrogates, none past
 * U+10FFFF. */
static bool skip_utf8(struct cursor *c)
{
    unsigned char lead = *c->at;
    int more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;

    if (lead < 0xc2 || lead > 0xf4 || c->end - c->at <= more)
        return false;
    unsigned char second = c->at[1];
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
        (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f))
        return false;
    for (int i = 1; i <= more; i++)
        if ((c->at[i] & 0xc0) != 0x80)
            return false;
    c->at += more + 1;
    return true;
}

static int hex_value(unsigned char b)
{
    if (b >= '0' && b <= '9')
        return b - '0';
    b |= 0x20;
    return b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
}

static bool skip_escape(struct cursor *c)
{
    c->at++; /* the backslash */
    if (c->at == c->end)
        return false;
    if (*c->at == 'u') {
        c->at++;
        for (int i = 0; i < 4; i++, c->at++)
            if (c->at == c->end || hex_value(*c->at) < 0)
                return false;
        return true;
    }
    if (*c->at == '\0' || strchr("\"\\/bfnrt", *c->at) == NULL)
        return false;
    c->at++;
    return true;
}

/* Goes on in a string, from its first byte that is not plain, to behind its end. */
static bool scan_string_on(struct cursor *c, struct slice *out)
{
    for (;;) {
        if (c->at == c->end || *c->at < ' ')
            return false;
        if (*c->at == '"') {
            out->to = c->at++;
            return true;
        }
        if (*c->at == '\\') {
            out->escaped = true;
            if (!skip_escape(c))
                return false;
        } else if (!skip_utf8(c)) {
            return false;
        }
        c->at = plain_end(c->at, c->end);
    }
}

/* A string behind its opening quote. */
static inline bool scan_string_rest(struct cursor *c, struct slice *out)
{
    bytes at = plain_end(c->at, c->end);

    out->from = c->at;
    out->to = at;
    out->escaped = false;
    if (at < c->end && *at == '"') {
        c->at = at + 1;
        return true;
    }
    c->at = at;
    return scan_string_on(c, out);
}

static bool scan_string(struct cursor *c, struct slice *out)
{
    return take(c, '"') && scan_string_rest(c, out);
}

static bool skip_digits(struct cursor *c)
{
    bytes from = c->at;

    while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
        c->at++;
    return c->at > from;
}

static bool scan_number(struct cursor *c)
{
    take(c, '-');
    if (!take(c, '0') && !skip_digits(c))
        return false;
    if (take(c, '.') && !skip_digits(c))
        return false;
    if (take(c, 'e') || take(c, 'E')) {
        if (!take(c, '+'))
            take(c, '-');
        return skip_digits(c);
    }
    return true;
}

static bool scan_word(struct cursor *c, const char *word)
{
    for (; *word != '\0'; word++)
        if (!take(c, (unsigned char)*word))
            return false;
    return true;
}

static bool scan_scalar(struct cursor *c)
{
    struct slice ignored;

    if (c->at == c->end)
        return false;
    switch (*c->at) {
    case '"': return scan_string(c, &ignored);
    case 't': return scan_word(c, "true");
    case 'f': return scan_word(c, "false");
    case 'n': return scan_word(c, "null");
    default: return scan_number(c);
    }
}

static bool scan_name(struct cursor *c)
{
    struct slice ignored;

    skip_space(c);
    if (!scan_string(c, &ignored))
        return false;
    skip_space(c);
    return take(c, ':');
}

/* Any value, nested ones by a stack of bits (1 = object) instead of by recursion. `depth` values stand open
 * around it already. */
static bool skip_value(struct cursor *c, unsigned depth)
{
    unsigned char is_object[SCAN_DEPTH_MAX];
    unsigned open = 0;

    for (;;) {
        skip_space(c);
        if (c->at < c->end && (*c->at == '{' || *c->at == '[')) {
            bool object = *c->at == '{';
            if (depth + open >= SCAN_DEPTH_MAX)
                return false;
            is_object[open++] = object;
            c->at++;
            skip_space(c);
            if (!take(c, object ? '}' : ']')) {
                if (object && !scan_name(c))
                    return false;
                continue;
            }
            open--;
        } else if (!scan_scalar(c)) {
            return false;
        }
        /* A value has ended: so may those around it. */
        while (open > 0) {
            skip_space(c);
            if (take(c, ',')) {
                if (is_object[open - 1] && !scan_name(c))
                    return false;
                break;
            }
            if (!take(c, is_object[open - 1] ? '}' : ']'))
                return false;
            open--;
        }
        if (open == 0)
            return true;
    }
}

static unsigned read_hex4(bytes p)
{
    return (unsigned)(hex_value(p[0]) << 12 | hex_value(p[1]) << 8 | hex_value(p[2]) << 4 | hex_value(p[3]));
}

static char *put_utf8(char *out, unsigned code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *out++ = (char)(0xe0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    } else {
        *out++ = (char)(0xf0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 0x3f));
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    }
    return out;
}

/* A \u escape, or a pair of them; half a pair becomes U+FFFD, since no UTF-8 can hold it. p is behind the
 * 'u'. */
static bytes unescape_unicode(bytes p, bytes end, char **out)
{
    unsigned code = read_hex4(p);

    p += 4;
    if (code >= 0xd800 && code < 0xe000) {
        bool pair = code < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u';
        unsigned low = pair ? read_hex4(p + 2) : 0;
        if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            p += 6;
        } else {
            code = 0xfffd;
        }
    }
    *out = put_utf8(*out, code);
    return p;
}

/* The text of a string with escapes, which are valid by now. What is unescaped is never longer than what
 * stood there. */
static struct text unescape(struct scanner *s, const struct slice *string)
{
    static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
    bytes p = string->from;
    char *from = s->unescaped + s->unescaped_len, *out = from;
    while (p < string->to) {
        if (*p != '\\') {
            *out++ = (char)*p++;
            continue;
        }
        unsigned char kind = p[1];
        p += 2;
        if (kind == 'u') {
            p = unescape_unicode(p, string->to, &out);
        } else {
            const char *name = strchr(names, kind);
            *out++ = name != NULL ? values[name - names] : (char)kind;
        }
    }
    s->unescaped_len += (size_t)(out - from);
    return (struct text){from, (size_t)(out - from)};
}

static inline struct text text_of(struct scanner *s, const struct slice *string)
{
    if (string->escaped)
        return unescape(s, string);
    return (struct text){(const char *)string->from, (size_t)(string->to - string->from)};
}

static bool scan_field(struct scanner *s, struct cursor *c, enum field field)
{
    struct slice string;
    bytes from = c->at;

    if (c->at < c->end && *c->at == '"') {
        if (!scan_string(c, &string))
            return false;
        if (field < FIELD_COUNT)
            s->fields[field] = text_of(s, &string);
        return true;
    }
    if (!skip_value(c, 1))
        return false;
    if (field < FIELD_COUNT)
        s->fields[field] =
            *from == 'n' ? (struct text){NULL, 0} : (struct text){(const char *)from, (size_t)(c->at - from)};
    return true;
}

/* Reads up to the value of the member at `place`, whatever its spelling, and remembers the way there. False
 * with *end where the object ends instead; false without it where this is no JSON. */
static bool scan_member(struct scanner *s, struct cursor *c, unsigned place, enum field *field, bool *end)
{
    struct slice name;
    bytes from = c->at;

    *end = false;
    skip_space(c);
    if (take(c, '}')) {
        *end = true;
        return false;
    }
    if (place > 0) {
        if (!take(c, ','))
            return false;
        skip_space(c);
    }
    if (!scan_string(c, &name))
        return false;
    skip_space(c);
    if (!take(c, ':'))
        return false;
    skip_space(c);
    struct text text = text_of(s, &name);
    *field = field_of(text.p, (int64_t)text.len);
    if (*field < FIELD_COUNT && !s->wanted[*field])
        *field = FIELD_COUNT;
    size_t len = (size_t)(c->at - from) + 1;
    if (place < SCAN_GUESS_COUNT && len <= SCAN_GUESS_BYTES && c->at < c->end && *c->at == '"') {
        struct scan_guess *g = &s->guess[place];
        *g = (struct scan_guess){.field = *field, .len = (unsigned char)len};
        memcpy(g->bytes, from, len);
    }
    return true;
}

/* An object behind its opening brace. */
static bool scan_object(struct scanner *s, struct cursor *c)
{
    struct slice string;
    enum field field;
    bool end;

    for (unsigned place = 0;; place++) {
        const struct scan_guess *g = &s->guess[place % SCAN_GUESS_COUNT];
        if (place < SCAN_GUESS_COUNT && g->len > 0 && c->end - c->at >= g->len &&
            memcmp(c->at, g->bytes, g->len) == 0) {
            c->at += g->len;
            if (!scan_string_rest(c, &string))
                return false;
            if (g->field < FIELD_COUNT)
                s->fields[g->field] = text_of(s, &string);
        } else {
            if (!scan_member(s, c, place, &field, &end))
                return end;
            if (!scan_field(s, c, field))
                return false;
        }
    }
}

enum scan_result scan_message(struct scanner *s, const char *message, size_t len)
{
    struct cursor c = {(bytes)message, (bytes)message + len};

    memset(s->fields, 0, sizeof(s->fields));
    s->unescaped_len = 0;
    if (len > s->unescaped_cap) {
        s->unescaped_cap = len + len / 2;
        free(s->unescaped);
        s->unescaped = xmalloc(s->unescaped_cap);
    }
    skip_space(&c);
    bool object = c.at < c.end && *c.at == '{';
    bool valid;
    if (object) {
        c.at++;
        valid = scan_object(s, &c);
    } else {
        valid = skip_value(&c, 0);
    }
    if (valid) {
        skip_space(&c);
        valid = c.at == c.end;
    }
    if (!valid) {
        s->error_at = (size_t)(c.at - (bytes)message);
        return SCAN_NOT_JSON;
    }
    return object ? SCAN_OK : SCAN_NOT_OBJECT;
}

void scanner_open(struct scanner *s)
{
    memset(s, 0, sizeof(*s));
}

void scanner_free(struct scanner *s)
{
    free(s->unescaped);
    s->unescaped = NULL;
}
