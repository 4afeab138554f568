/* The one table of options. A row says everything about a setting: its place in config.ini, its command-line
 * forms, its type, range, unit and default, where its value lives in struct options, and one sentence of
 * help. The parser, --help, the man page, the completions, --check-config and the tests walk it; so a new
 * setting is one new row (and its line in config/config.ini, which a test asks for). Constant data; any
 * thread may read it. */
#ifndef APP_OPTIONS_TABLE_H
#define APP_OPTIONS_TABLE_H

#include "options.h"

enum option_type {
    OPTION_BOOL,     /* bool; on the command line its mere presence means true */
    OPTION_INT,      /* int, min..max */
    OPTION_COUNT,    /* int64_t, min..max; the none word stands for 0 */
    OPTION_BYTES,    /* int64_t, min..max, also as "100 MB"; the none word stands for 0 */
    OPTION_SEED,     /* uint64_t */
    OPTION_NUMBER,   /* double, min..max */
    OPTION_SHARE,    /* double 0..1, also as "5%" */
    OPTION_RATE,     /* double; "max" = INFINITY, the none word = NAN */
    OPTION_DURATION, /* int64_t ms, min..max; the none word stands for 0 */
    OPTION_CHOICE,   /* int-sized enum: the index of the word in choices */
    OPTION_EITHER,   /* bool: false for the first of two choices, true for the second */
    OPTION_WORD,     /* char *, one of choices */
    OPTION_TEXT,     /* char *; the none word stands for NULL */
    OPTION_PATH,     /* the same, a leading ~/ being the home folder */
    OPTION_REPORT,   /* a path that ends in .csv or .json */
    OPTION_SERVERS,  /* the same, HOST:PORT with commas between */
    OPTION_TOPIC,    /* the same, a name that Kafka allows */
    OPTION_FIELDS,   /* group_by of the query */
    OPTION_TRIGGER,  /* trigger and trigger_ms of the query */
    OPTION_START,    /* earliest, latest, a time, or offsets as JSON */
    OPTION_PROPERTY, /* -X */
    OPTION_SETTING,  /* -S */
    OPTION_ACTION    /* sets action to .min */
};

struct option_row {
    const char *section;  /* also the group in --help */
    const char *key;      /* of config.ini; NULL = command line only */
    const char *option;   /* long option without --, or NULL */
    const char *argument; /* what the long option takes, or NULL */
    char letter;          /* short option, or 0 */
    enum option_type type;
    size_t at; /* offset in struct options */
    double min, max;
    const char *const *choices; /* ended by NULL */
    const char *none;           /* the word for "not set" */
    const char *preset;         /* the default, written as a user would */
    const char *unit;           /* of a plain number */
    const char *alias_of;       /* "section.key" of the row whose value this is another name for */
    const char *sets;           /* "section.key=value" that this option is short for */
    const char *help;           /* one sentence */
};

extern const struct option_row option_table[];
extern const size_t option_count;

/* The heading of a section, in the order of the table: NULL after the last. */
struct option_section {
    const char *name, *title;
};
extern const struct option_section option_sections[];

/* The section whose keys are not in the table: librdkafka's own properties, as -X takes them. */
#define OPTION_PROPERTIES "librdkafka"

/* The row of a config key; NULL when there is none. */
const struct option_row *option_find(const char *section, const char *key);
bool option_section_known(const char *section);

/* Writes a sentence for an unknown section or key: what was meant, or what there is. Never needs to be freed.
 */
void option_unknown(const char *section, const char *key, char *err, size_t err_cap);
/* The same for a long option (without its dashes). */
void option_unknown_long(const char *name, char *err, size_t err_cap);

/* The word of the list (ended by NULL) that is most like word, or NULL when none is near. */
const char *option_nearest(const char *word, const char *const *list);

#endif
