/* The JSON scanner of the hot path: one pass over the bytes of a message, strict RFC 8259 (also UTF-8,
 * nesting up to 512), that hands over the fields the query needs and nothing else. Duplicate names: the last
 * one wins. A value that is no string is its raw text (1, true, {"a":1}), JSON null is null. It allocates
 * only when a message with escapes is longer than all before. A scanner belongs to one thread. */
#ifndef QUERY_SCAN_H
#define QUERY_SCAN_H

#include "base/text.h"
#include "query/settings.h"

#define SCAN_DEPTH_MAX   512
#define SCAN_GUESS_COUNT 32
#define SCAN_GUESS_BYTES 47

enum scan_result { SCAN_OK, SCAN_NOT_JSON, SCAN_NOT_OBJECT };

struct scanner {
    bool wanted[FIELD_COUNT]; /* set by the user before the first message */
    /* Out: the wanted fields; null where missing. Texts point into the message, or into `unescaped` until the
     * next message. */
    struct text fields[FIELD_COUNT];
    size_t error_at; /* after SCAN_NOT_JSON: the byte, counted from 0 */

    char *unescaped;
    size_t unescaped_len, unescaped_cap;
    /* Producers write their fields in one order and spacing. So each place of an object remembers the bytes
     * that led to the string there in the last message, from the end of the value before it to the opening
     * quote (`,"city":"`): the same bytes mean the same again, and one comparison takes the place of
     * reading them. */
    struct scan_guess {
        enum field field;  /* FIELD_COUNT = one that nobody wants */
        unsigned char len; /* 0 = no guess yet */
        char bytes[SCAN_GUESS_BYTES];
    } guess[SCAN_GUESS_COUNT];
};

void scanner_open(struct scanner *s);
void scanner_free(struct scanner *s);
enum scan_result scan_message(struct scanner *s, const char *message, size_t len);

#endif
