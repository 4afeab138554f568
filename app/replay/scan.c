#include "replay/scan.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 64

struct name {
    const char *text;
    size_t len;
    const char *opening; /* as it stands in compact JSON before a text, whose own bytes follow */
    size_t opening_len;
};
#define NAME(s)                                                      \
    {                                                                \
        s, sizeof(s) - 1, "\"" s "\":\"", sizeof("\"" s "\":\"") - 1 \
    }

/* The same names as field_name() gives; here with their lengths, because every call's 14 are compared. */
static const struct name names[CALL_FIELDS] = {
    [FIELD_CRIME_ID] = NAME("crime_id"),
    [FIELD_TYPE] = NAME("original_crime_type_name"),
    [FIELD_REPORT_DATE] = NAME("report_date"),
    [FIELD_CALL_DATE] = NAME("call_date"),
    [FIELD_OFFENSE_DATE] = NAME("offense_date"),
    [FIELD_CALL_TIME] = NAME("call_time"),
    [FIELD_CALL_DATE_TIME] = NAME("call_date_time"),
    [FIELD_DISPOSITION] = NAME("disposition"),
    [FIELD_ADDRESS] = NAME("address"),
    [FIELD_CITY] = NAME("city"),
    [FIELD_STATE] = NAME("state"),
    [FIELD_AGENCY_ID] = NAME("agency_id"),
    [FIELD_ADDRESS_TYPE] = NAME("address_type"),
    [FIELD_COMMON_LOCATION] = NAME("common_location"),
};

/* Spellings of older downloads, beside those that field_of() knows. */
static const struct {
    struct name name;
    enum field field;
} other_names[] = {
    {NAME("reportdate"), FIELD_REPORT_DATE},
    {NAME("calldate"), FIELD_CALL_DATE},
    {NAME("offensedate"), FIELD_OFFENSE_DATE},
    {NAME("calltime"), FIELD_CALL_TIME},
};

struct cursor {
    const char *p, *end;
    const char *reason;
};

static enum scan_result broken(struct cursor *c, const char *reason)
{
    c->reason = reason;
    return SCAN_BROKEN;
}

static void skip_space(struct cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\t' || *c->p == '\r'))
        c->p++;
}

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* A word with the high bit set in each byte that may end plain text: a quote, a backslash, a control
 * character, or a byte beyond ASCII. May also flag a byte above a real hit, never miss one. */
static uint64_t special_bytes(uint64_t w)
{
    uint64_t quote = w ^ (ONES * '"'), slash = w ^ (ONES * '\\');
    return (((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) | (w - ONES * 0x20) | w) & HIGHS;
}

static const char *skip_plain(const char *p, const char *end)
{
    while (p < end) {
        uint64_t w;
        memcpy(&w, p, sizeof w);
        w = special_bytes(le64toh(w));
        if (w) {
            p += __builtin_ctzll(w) / 8;
            break;
        }
        p += sizeof w;
    }
    return p < end ? p : end;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static enum scan_result skip_escape(struct cursor *c)
{
    if (c->end - c->p < 2)
        return SCAN_MORE;
    char kind = c->p[1];
    if (kind == 'u') {
        for (int i = 2; i < 6; i++) {
            if (c->p + i >= c->end)
                return SCAN_MORE;
            if (!is_hex(c->p[i]))
                return broken(c, "a \\u escape without four hex digits");
        }
        c->p += 6;
        return SCAN_CALL;
    }
    if (kind == '\0' || !strchr("\"\\/bfnrt", kind))
        return broken(c, "an unknown escape in a text");
    c->p += 2;
    return SCAN_CALL;
}

/* Length of the UTF-8 character at p, 0 when the bytes there are none. */
static size_t utf8_len(const unsigned char *p, const unsigned char *end)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    if (n == 0 || (size_t)(end - p) < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, and what lies beyond U+10FFFF. */
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

static bool utf8_valid(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + len;
    while (p < end) {
        size_t n = utf8_len(p, end);
        if (n == 0)
            return false;
        p += n;
    }
    return true;
}

/* At the opening quote; leaves behind the closing one. */
static enum scan_result read_string(struct cursor *c, struct text *out, bool *unclean)
{
    const char *start = ++c->p;
    bool beyond_ascii = false;
    for (;;) {
        c->p = skip_plain(c->p, c->end);
        if (c->p >= c->end)
            return SCAN_MORE;
        unsigned char ch = (unsigned char)*c->p;
        if (ch == '"')
            break;
        if (ch < 0x20)
            return broken(c, "a control character inside a text");
        if (ch == '\\') {
            enum scan_result r = skip_escape(c);
            if (r != SCAN_CALL)
                return r;
        } else {
            beyond_ascii = true;
            c->p++;
        }
    }
    *out = (struct text){start, (size_t)(c->p - start)};
    *unclean = beyond_ascii && !utf8_valid(start, out->len);
    c->p++;
    return SCAN_CALL;
}

static bool skip_digits(struct cursor *c)
{
    const char *start = c->p;
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
        c->p++;
    return c->p > start;
}

static enum scan_result read_number(struct cursor *c)
{
    static const char wrong[] = "a malformed number";
    c->p += *c->p == '-';
    if (c->p < c->end && *c->p == '0')
        c->p++;
    else if (!skip_digits(c))
        return c->p < c->end ? broken(c, wrong) : SCAN_MORE;
    if (c->p < c->end && *c->p == '.') {
        c->p++;
        if (!skip_digits(c))
            return c->p < c->end ? broken(c, wrong) : SCAN_MORE;
    }
    if (c->p < c->end && (*c->p == 'e' || *c->p == 'E')) {
        c->p++;
        if (c->p < c->end && (*c->p == '+' || *c->p == '-'))
            c->p++;
        if (!skip_digits(c))
            return c->p < c->end ? broken(c, wrong) : SCAN_MORE;
    }
    return c->p < c->end ? SCAN_CALL : SCAN_MORE;
}

static enum scan_result read_word(struct cursor *c, const char *word)
{
    for (; *word; word++, c->p++) {
        if (c->p >= c->end)
            return SCAN_MORE;
        if (*c->p != *word)
            return broken(c, "something that is no JSON value");
    }
    return SCAN_CALL;
}

enum value_kind { VALUE_TEXT, VALUE_SCALAR, VALUE_NULL, VALUE_NESTED };

static enum scan_result read_nested(struct cursor *c, int depth);

/* Any JSON value. The text of strings and scalars goes to out. */
static enum scan_result read_value(struct cursor *c, int depth, struct text *out, bool *unclean,
                                   enum value_kind *kind)
{
    if (c->p >= c->end)
        return SCAN_MORE;
    const char *start = c->p;
    enum scan_result r;
    *unclean = false;
    *kind = VALUE_SCALAR;
    switch (*c->p) {
    case '"': *kind = VALUE_TEXT; return read_string(c, out, unclean);
    case '{':
    case '[': *kind = VALUE_NESTED; return read_nested(c, depth + 1);
    case 't': r = read_word(c, "true"); break;
    case 'f': r = read_word(c, "false"); break;
    case 'n':
        *kind = VALUE_NULL;
        r = read_word(c, "null");
        break;
    default:
        if (*c->p != '-' && (*c->p < '0' || *c->p > '9'))
            return broken(c, "something that is no JSON value");
        r = read_number(c);
    }
    *out = *kind == VALUE_NULL ? (struct text){NULL, 0} : (struct text){start, (size_t)(c->p - start)};
    return r;
}

/* "name" : of an object's member, up to the value. */
static enum scan_result read_name(struct cursor *c, struct text *name)
{
    bool unclean;
    if (c->p >= c->end)
        return SCAN_MORE;
    if (*c->p != '"')
        return broken(c, "a field's name is expected");
    enum scan_result r = read_string(c, name, &unclean);
    if (r != SCAN_CALL)
        return r;
    skip_space(c);
    if (c->p >= c->end)
        return SCAN_MORE;
    if (*c->p != ':')
        return broken(c, "':' is expected after a field's name");
    c->p++;
    skip_space(c);
    return SCAN_CALL;
}

/* After a member: true when another follows; false at the closing bracket or when *r is not SCAN_CALL. */
static bool another_member(struct cursor *c, char closing, enum scan_result *r)
{
    skip_space(c);
    if (c->p >= c->end) {
        *r = SCAN_MORE;
        return false;
    }
    if (*c->p == closing) {
        c->p++;
        return false;
    }
    if (*c->p != ',') {
        *r = broken(c, "',' or a closing bracket is expected");
        return false;
    }
    c->p++;
    skip_space(c);
    return true;
}

/* True when the object or array that opens here is empty; moves behind it then. */
static bool is_empty(struct cursor *c, char closing)
{
    c->p++;
    skip_space(c);
    if (c->p >= c->end || *c->p != closing)
        return false;
    c->p++;
    return true;
}

static enum scan_result read_nested(struct cursor *c, int depth)
{
    char closing = *c->p == '{' ? '}' : ']';
    enum scan_result r = SCAN_CALL;
    enum value_kind kind;
    struct text ignored;
    bool unclean;
    if (depth > DEPTH_MAX)
        return broken(c, "brackets nested too deeply");
    if (is_empty(c, closing))
        return SCAN_CALL;
    do {
        if (closing == '}' && (r = read_name(c, &ignored)) != SCAN_CALL)
            return r;
        if ((r = read_value(c, depth, &ignored, &unclean, &kind)) != SCAN_CALL)
            return r;
    } while (another_member(c, closing, &r));
    return r;
}

static enum field find_field(struct text name)
{
    enum field f = field_of(name.p, (int64_t)name.len);
    if (f < CALL_FIELDS)
        return f;
    for (size_t i = 0; i < sizeof other_names / sizeof other_names[0]; i++)
        if (other_names[i].name.len == name.len && memcmp(other_names[i].name.text, name.p, name.len) == 0)
            return other_names[i].field;
    return FIELD_COUNT;
}

/* What decides whether the object already has the form that we write. */
struct shape {
    bool plain;    /* standard names in standard order, clean texts only */
    size_t length; /* that such an object has when compact */
    unsigned next; /* the field that is likely to come */
    bool any;      /* a field of a call was there */
};

static bool is_name(struct text name, unsigned field)
{
    return field < CALL_FIELDS && names[field].len == name.len &&
           memcmp(names[field].text, name.p, name.len) == 0;
}

static enum scan_result read_member(struct cursor *c, struct scan *out, struct shape *shape)
{
    struct text name, value;
    bool unclean;
    enum value_kind kind;
    enum scan_result r = read_name(c, &name);
    if (r != SCAN_CALL || (r = read_value(c, 1, &value, &unclean, &kind)) != SCAN_CALL)
        return r;
    unsigned field = is_name(name, shape->next) ? shape->next : (unsigned)find_field(name);
    if (field >= CALL_FIELDS) {
        shape->plain = false;
        return SCAN_CALL;
    }
    if (kind == VALUE_NESTED)
        return broken(c, "a field of the call is an object or a list instead of a text");
    if (field < shape->next || kind != VALUE_TEXT || unclean || !is_name(name, field))
        shape->plain = false;
    out->value[field] = value;
    out->unclean[field] = unclean;
    shape->any = true;
    shape->length += name.len + value.len + sizeof "\"\":\"\"," - 1;
    if (field >= shape->next)
        shape->next = field + 1;
    return SCAN_CALL;
}

/* The usual case, made fast: all 14 fields, compact, in order, with nothing to look at closer. False: not so,
 * or not all there; the general way then says which. */
static bool read_canonical(const char *text, const char *end, struct scan *out)
{
    const char *p = text + 1;
    for (unsigned f = 0; f < CALL_FIELDS; f++) {
        size_t len = names[f].opening_len;
        if (end - p < (ptrdiff_t)len || memcmp(p, names[f].opening, len) != 0)
            return false;
        const char *value = p + len;
        p = skip_plain(value, end);
        if (end - p < 2 || p[0] != '"' || p[1] != (f + 1 < CALL_FIELDS ? ',' : '}'))
            return false;
        out->value[f] = (struct text){value, (size_t)(p - value)};
        p += 2;
    }
    memset(out->unclean, 0, sizeof out->unclean);
    out->end = p;
    out->reason = NULL;
    out->canonical = true;
    return true;
}

enum scan_result scan_object(const char *text, const char *end, struct scan *out)
{
    struct cursor c = {.p = text, .end = end};
    struct shape shape = {.plain = true, .length = sizeof "{}" - 1 - 1};
    enum scan_result r = SCAN_CALL;
    if (read_canonical(text, end, out))
        return SCAN_CALL;
    memset(out->value, 0, sizeof out->value);
    memset(out->unclean, 0, sizeof out->unclean);

    if (!is_empty(&c, '}')) {
        do
            r = read_member(&c, out, &shape);
        while (r == SCAN_CALL && another_member(&c, '}', &r));
    }
    if (r == SCAN_CALL && !shape.any)
        r = broken(&c, "an object with none of a call's fields");
    out->end = c.p;
    out->reason = c.reason;
    out->canonical = r == SCAN_CALL && shape.plain && (size_t)(c.p - text) == shape.length;
    return r;
}

static void write_clean(struct text value, struct strbuf *out)
{
    const unsigned char *p = (const unsigned char *)value.p, *end = p + value.len;
    while (p < end) {
        size_t n = utf8_len(p, end);
        if (n == 0)
            strbuf_add(out, "\xef\xbf\xbd", 3); /* U+FFFD */
        else
            strbuf_add(out, p, n);
        p += n ? n : 1;
    }
}

void scan_write(const struct scan *call, struct strbuf *out)
{
    char separator = '{';
    for (size_t f = 0; f < CALL_FIELDS; f++) {
        if (!call->value[f].p)
            continue;
        strbuf_add(out, &separator, 1);
        strbuf_add(out, names[f].opening, names[f].opening_len);
        if (call->unclean[f])
            write_clean(call->value[f], out);
        else
            strbuf_add(out, call->value[f].p, call->value[f].len);
        strbuf_add(out, "\"", 1);
        separator = ',';
    }
    /* An object whose fields are all null is still a message, and the query judges it. */
    if (separator == '{')
        strbuf_add(out, "{", 1);
    strbuf_add(out, "}", 1);
}
