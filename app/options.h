/* Every setting of a run, in one checked struct: command line over config.ini over defaults. One table of
 * options (options_table.c) feeds the parser, --help, the man page, the shell completions, config checking
 * and the screen's settings. Main fills it before any thread starts; afterwards it is read-only. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "query/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum start_kind { START_EARLIEST, START_LATEST, START_TIMESTAMP, START_OFFSETS };
enum console_format { CONSOLE_TABLE, CONSOLE_NONE };
enum spark_exit { SPARK_EXIT_STARTED, SPARK_EXIT_ALWAYS, SPARK_EXIT_NEVER }; /* which job is stopped */
enum options_action { RUN_NORMAL, RUN_HELP, RUN_VERSION, RUN_CHECK_CONFIG, RUN_PRINT, RUN_INSPECT };

#ifndef SFCRIME_VERSION
#define SFCRIME_VERSION "0.1.0"
#endif

/* A librdkafka property of the user's (-X, [librdkafka]): applied last, so that it wins. */
struct kafka_property {
    char *name;  /* without the prefix */
    char *value; /* may be a secret: never printed (options_secret tells) */
    bool to_consumer, to_producer;
    int line;         /* of config.ini; 0 = the command line */
    const char *file; /* config_path, for those of config.ini */
};

/* Where a setting's value came from: the last one wins. */
enum origin_kind { ORIGIN_DEFAULT, ORIGIN_FILE, ORIGIN_COMMAND_LINE };
struct option_origin {
    enum origin_kind kind;
    int line;      /* of config_path, for ORIGIN_FILE */
    bool by_alias; /* given under its other name */
};

/* What becomes of a topic of calls that is not there, on a real Kafka. */
enum topic_making {
    TOPIC_ASK, /* the screen asks; without one the run is refused */
    TOPIC_MAKE,
    TOPIC_LEAVE
};

struct options {
    enum options_action action;
    char *print; /* for RUN_PRINT: "man", "bash", "zsh" or "config" */
    struct {
        char *brokers; /* external-servers; NULL or empty = the embedded cluster */
        char *internal_servers;
        char *topic;
        char *client_id;
        int embedded_brokers;       /* 1..10 */
        bool read_only;             /* no commit, no topic made, nothing produced */
        int create_topic;           /* enum topic_making */
        int partitions;             /* of a topic that we create */
        int64_t replication_factor; /* 0 = auto */
        struct kafka_property *properties;
        size_t property_count;
    } kafka;
    struct {
        char *calls; /* -d; "-" = standard input */
        char *codes;
        bool no_replay;
        double rate; /* msg/s; INFINITY = max; NAN = not given: 10 on the screen, max when headless */
        int pacing;  /* enum pacing */
        double speed;
        bool by_time;
        bool loop;
        uint64_t seed;
        double late, duplicates, malformed; /* share of calls, 0..1 */
    } replay;
    struct query_settings query;
    struct {
        enum start_kind kind;
        int64_t timestamp_ms;
        char *offsets; /* JSON, for START_OFFSETS */
    } start;
    struct {
        char *dir; /* NULL = none */
        int keep_batches;
    } checkpoint;
    struct {
        enum console_format console;
        char *csv, *json;           /* written after each batch, atomically replaced; NULL = none */
        char *export_path;          /* --export: the final table, by its ending .csv or .json */
        char *progress_path;        /* --progress: a report a line; "-" = standard output */
        char *dead_letters;         /* file of bad messages; NULL = none */
        int64_t dead_letters_limit; /* bytes of that file; 0 = no limit */
        char *dead_letters_topic;   /* NULL = none */
        char *kafka_topic, *sqlite; /* NULL = none */
    } sink;
    struct {
        char *theme;
        char *layout; /* the screen's first: a name of ui/plans.c */
        bool ascii;
        bool mouse;
        bool plain;      /* lines instead of a screen */
        bool monochrome; /* theme mono or NO_COLOR */
        bool reset;      /* forget what was chosen on the screen in earlier runs */
        int charts;      /* enum chart_style of ui/chart.h */
        int frame_rate;  /* most frames a second */
    } ui;
    struct {
        char *master, *app_name;
        int ui_port;
        bool stop_gracefully;
        int64_t stop_timeout_ms;             /* of that, without a screen; 0 = no limit */
        bool attach;                         /* to a job that runs already */
        int stop_on_exit;                    /* enum spark_exit */
        char *python;                        /* the interpreter that has pyspark */
        char *submit_command;                /* words in front of job.py; NULL = that interpreter */
        char *job;                           /* NULL = the one that comes with the program */
        char *tables_topic, *progress_topic; /* NULL = by the calls' topic */
        char *checkpoint;                    /* NULL = a temporary folder */
        int shuffle_partitions;
        char *jars;                  /* NULL = fetched */
        char *master_ui, *driver_ui; /* NULL = by what is known of them */
    } spark;
    char *engine;         /* "native" or "spark" */
    bool headless;        /* asked for; main also sets it when there is no terminal */
    bool headless_forced; /* by the lack of a terminal: said in one line */
    bool available_now;
    int64_t max_batches;              /* 0 = no limit */
    char *config_path, *logging_path; /* the files in use, NULL = none found */
    struct option_origin *origins;    /* one a row of the option table, in its order */
};

/* The defaults alone: no file, no command line, no environment, bundled data not looked for. options_free
 * ends it. */
void options_default(struct options *o);

/* Reads files and argv into a fresh struct. 0; or the exit status 2 after one clear line in err (file, line,
 * key, value, what is allowed, the nearest right name). */
int options_read(struct options *o, int argc, char **argv, char *err, size_t err_cap);
void options_free(struct options *o);

/* Does what --help, --version, --check-config or --print ask for. False: none of them was asked.
 * keys (may be NULL) is for the man page: it writes the section KEYS in roff, its heading too. */
typedef void (*options_keys_fn)(FILE *out);
bool options_answer(const struct options *o, FILE *out, options_keys_fn keys);

void options_print_help(FILE *out);
void options_print_version(FILE *out);
/* --check-config: every setting with its value and where it came from; secrets masked. */
void options_print_check(const struct options *o, FILE *out);
/* Generated texts, for the build: man page, bash and zsh completions. */
void options_print_man(FILE *out, options_keys_fn keys);
/* config/config.ini itself: every key with its default and a comment. */
void options_print_config(FILE *out);
/* shell: "bash" or "zsh". */
void options_print_completion(FILE *out, const char *shell);

/* Sets one [query] key ("window", "1 hour") in place, as the screen's query changes do. False with a
 * sentence. Whether the settings then fit together is query_settings_check's to say, so that several can be
 * changed in any order. */
bool options_set_query(struct query_settings *s, const char *key, const char *value, char *err,
                       size_t err_cap);

/* Sets where to read from ("latest", a time, a JSON of offsets) as the option starting-offset does; the topic
 * of o must be set. The caller frees o->start.offsets. False with a sentence. */
bool options_set_start(struct options *o, const char *value, char *err, size_t err_cap);

/* True when a property's value must never be shown (password, key, secret, jaas, token ...). */
bool options_secret(const char *property);
/* Overwrites the secrets among the program's arguments, once they are read: `ps` shows the arguments of a
 * process to everybody on the machine. Names, and where a secret is taken from (env:, file:), stay. */
void options_hide_secrets(int argc, char **argv);
/* The property's prefix as it is written: "consumer.", "producer." or nothing. */
const char *options_property_prefix(const struct kafka_property *p);

#endif
