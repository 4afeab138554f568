/* Finds one call in JSON text: reads an object in place, without building a tree, and writes it again as
 * compact JSON with the 14 fields under their standard names and in their standard order. Several times
 * faster than a general parser, and as strict: what it takes, json-c takes too (a test holds that). Pure
 * functions. */
#ifndef REPLAY_SCAN_H
#define REPLAY_SCAN_H

#include "base/text.h"
#include "query/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* Fields that a message carries: all but the one that the join adds. */
#define CALL_FIELDS FIELD_DISPOSITION_DESCRIPTION

/* The scanner looks at up to this many bytes behind the end of the text (and ignores what they say). */
#define SCAN_PADDING 8

enum scan_result {
    SCAN_CALL,   /* a call: fields, end and canonical are set */
    SCAN_MORE,   /* the text ends before the object does */
    SCAN_BROKEN, /* no call: reason and end (where it went wrong) are set */
};

struct scan {
    struct text
        value[CALL_FIELDS];    /* as they stand in the text (escapes kept); null text = missing or null */
    bool unclean[CALL_FIELDS]; /* has bytes that are no UTF-8, to be replaced when written */
    const char *end;           /* behind the object; when broken: the byte that does not fit */
    const char *reason;        /* static words */
    bool canonical;            /* the text already is what scan_write would write */
};

/* text points at '{'. Its bytes are borrowed: value[] points into them. */
enum scan_result scan_object(const char *text, const char *end, struct scan *out);

/* Adds the call as compact JSON. Missing fields are left out. */
void scan_write(const struct scan *call, struct strbuf *out);

#endif
