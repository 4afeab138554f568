/* json-c as the judge of what is JSON. Its strict mode still takes more than RFC 8259 does (0.16 does):
 * control characters inside strings, numbers like 02, 1. and -, every NUL as the end of the text, malformed
 * UTF-8 that it does not look at closely. So the text is first walked along by rules of a line each. The walk
 * may believe that strings end where they seem to, because json-c then has to agree about everything else. */
#include "fuzz/fuzz.h"

#include <json-c/json.h>
#include <string.h>

#include "base/xalloc.h"

/* One character of UTF-8, by the table of Unicode 15 (3-7): its length, or 0. */
static size_t utf8_char(const unsigned char *p, size_t room)
{
    static const struct {
        unsigned char from, to, second_from, second_to, length;
    } forms[] = {{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                 {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                 {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        size_t n = forms[i].length;
        if (p[0] < forms[i].from || p[0] > forms[i].to)
            continue;
        if (n > room || (n > 1 && (p[1] < forms[i].second_from || p[1] > forms[i].second_to)))
            return 0;
        for (size_t k = 2; k < n; k++)
            if (p[k] < 0x80 || p[k] > 0xbf)
                return 0;
        return n;
    }
    return 0;
}

bool fuzz_is_utf8(const char *p, size_t len)
{
    for (size_t at = 0, n; at < len; at += n)
        if ((n = utf8_char((const unsigned char *)p + at, len - at)) == 0)
            return false;
    return true;
}

static size_t digits(const char *p, size_t len)
{
    size_t n = 0;

    while (n < len && p[n] >= '0' && p[n] <= '9')
        n++;
    return n;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? and nothing else. */
static bool is_number(const char *p, size_t len)
{
    size_t at = len > 0 && p[0] == '-', n = digits(p + at, len - at);

    if (n == 0 || (n > 1 && p[at] == '0'))
        return false;
    at += n;
    if (at < len && p[at] == '.') {
        n = digits(p + at + 1, len - at - 1);
        if (n == 0)
            return false;
        at += 1 + n;
    }
    if (at < len && (p[at] == 'e' || p[at] == 'E')) {
        at++;
        at += at < len && (p[at] == '+' || p[at] == '-');
        n = digits(p + at, len - at);
        if (n == 0)
            return false;
        at += n;
    }
    return at == len;
}

/* The length with both quotes; 0 where the last one is missing or the string has a control character. */
static size_t string_length(const char *p, size_t len)
{
    for (size_t at = 1; at < len; at++) {
        if ((unsigned char)p[at] < ' ')
            return 0;
        if (p[at] == '"')
            return at + 1;
        at += p[at] == '\\';
    }
    return 0;
}

/* What else stands outside strings must be one of three words: json-c also knows NaN and Infinity. */
static size_t word_length(const char *p, size_t len)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < 3; i++)
        if (len >= strlen(words[i]) && memcmp(p, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    return 0;
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static size_t number_length(const char *p, size_t len)
{
    size_t n = 0;

    while (n < len && is_one_of(p[n], "0123456789+-.eE"))
        n++;
    return is_number(p, n) ? n : 0;
}

/* From token to token; false at the first that is none, or where more than depth_max brackets are open. */
static bool walk(const char *p, size_t len, unsigned depth_max)
{
    unsigned depth = 0;

    for (size_t at = 0, n; at < len; at += n) {
        const char *token = p + at;
        n = 1;
        if (is_one_of(*token, "{["))
            depth++;
        else if (is_one_of(*token, "}]"))
            depth -= depth > 0;
        else if (*token == '"')
            n = string_length(token, len - at);
        else if (is_one_of(*token, "+-.0123456789"))
            n = number_length(token, len - at);
        else if (!is_one_of(*token, ",: \n\r\t"))
            n = word_length(token, len - at);
        if (n == 0 || depth > depth_max)
            return false;
    }
    return true;
}

enum fuzz_json fuzz_strict_json(const char *json, size_t len, unsigned depth_max, struct json_object **out)
{
    *out = NULL;
    if (!fuzz_is_utf8(json, len) || !walk(json, len, depth_max))
        return FUZZ_JSON_REFUSED;
    struct json_tokener *t = json_tokener_new_ex((int)depth_max + 8);
    char *ended = xmalloc(len + 1); /* a NUL is its end of the text */
    FUZZ_EXPECT(t != NULL);
    json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    memcpy(ended, json, len);
    ended[len] = '\0';
    json_object *o = json_tokener_parse_ex(t, ended, (int)len + 1);
    bool taken = json_tokener_get_error(t) == json_tokener_success && json_tokener_get_parse_end(t) >= len;
    free(ended);
    json_tokener_free(t);
    if (taken)
        *out = o;
    else
        json_object_put(o);
    return taken ? FUZZ_JSON_TAKEN : FUZZ_JSON_REFUSED;
}
