/* What the tests of settings share: a folder with a config.ini of the test's own, which the program is told
 * to read. */
#ifndef OPTIONS_FIXTURE_H
#define OPTIONS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

static char folder[] = "/tmp/options-test-XXXXXX";
static char config[64];
static char err[1500];

static inline int read_args(struct options *o, char **argv)
{
    int argc = 0;
    while (argv[argc])
        argc++;
    err[0] = '\0';
    return options_read(o, argc, argv, err, sizeof err);
}
#define READ(o, ...) read_args(o, (char *[]){"sfcrime-tui", "-c", config, __VA_ARGS__, NULL})

static inline void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static inline void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in '%s'", part, text);
}

static inline void fails_with(struct options *o, int status, const char *part)
{
    assert_int_equal(status, 2);
    has(err, part);
    assert_null(strchr(err, '\n'));
    options_free(o); /* harmless after a failure */
}
#define FAILS(part, ...)                               \
    do {                                               \
        struct options failed;                         \
        int status_of_it = READ(&failed, __VA_ARGS__); \
        fails_with(&failed, status_of_it, part);       \
    } while (0)

/* Member by member: the bytes between the members are anyone's. */
static inline void same_query(const struct query_settings *a, const struct query_settings *b)
{
    assert_int_equal(a->distinct, b->distinct);
    assert_int_equal(a->watermark_ms, b->watermark_ms);
    assert_int_equal(a->window_ms, b->window_ms);
    assert_int_equal(a->slide_ms, b->slide_ms);
    assert_int_equal(a->group_by_count, b->group_by_count);
    assert_memory_equal(a->group_by, b->group_by, (size_t)a->group_by_count * sizeof a->group_by[0]);
    assert_int_equal(a->join_codes, b->join_codes);
    assert_int_equal(a->output_mode, b->output_mode);
    assert_int_equal(a->max_offsets_per_trigger, b->max_offsets_per_trigger);
    assert_int_equal(a->max_rate_per_partition, b->max_rate_per_partition);
    assert_int_equal(a->trigger, b->trigger);
    assert_int_equal(a->trigger_ms, b->trigger_ms);
    assert_int_equal(a->parallelism, b->parallelism);
    assert_int_equal(a->fail_on_data_loss, b->fail_on_data_loss);
}

static inline int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(config, sizeof config, "%s/config.ini", folder);
    setenv("HOME", folder, 1);
    setenv("XDG_CONFIG_HOME", folder, 1);
    unsetenv("NO_COLOR");
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    unlink(config);
    return rmdir(folder);
}

static inline int empty_config(void **state)
{
    (void)state;
    write_text(config, "");
    return 0;
}

#endif
