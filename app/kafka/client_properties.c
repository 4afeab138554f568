#include "kafka/client_properties.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "options_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Properties that the program stands on: taken away, it would wait for ever or count wrongly, so they are
 * refused with the setting that means the same. */
static const struct {
    const char *name, *instead;
} kept_settings[] = {
    {"enable.partition.eof", "the batches need it"},
    {"enable.auto.commit", "offsets are committed after each batch"},
    {"enable.auto.offset.store", "offsets are committed after each batch"},
    {"auto.offset.reset", "say where to start by -S spark.starting-offset"},
    {"test.mock.num.brokers", "say -S kafka.embedded-brokers"},
    {"bootstrap.servers", "say --brokers"},
    {"metadata.broker.list", "say --brokers"},
    {"log.queue", "log lines always go to the log pane"},
};

/* ---- what the library says of its properties ---- */

/* Its own table of them, as text: a line each, "name | C/P | range | default | ...". Empty where there is no
 * memory for it; the caller frees it. */
static char *library_table(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return xstrdup("");
    rd_kafka_conf_properties_show(f);
    if (fclose(f) != 0) {
        free(text);
        return xstrdup("");
    }
    return text;
}

/* The next line's name, cut off in place; *rest is what follows it. NULL at the end. */
static char *next_name(char **at, char **rest)
{
    for (char *line; (line = strsep(at, "\n"));) {
        char *bar = strchr(line, '|');
        size_t len = strcspn(line, " |");
        if (!bar || len == 0 || line[0] == '-' || strncmp(line, "Property ", 9) == 0)
            continue;
        *rest = bar + 1;
        line[len] = '\0';
        return line;
    }
    return NULL;
}

/* What the property may be: "0 .. 300000", "none, gzip, snappy". Empty where the library does not tell. */
static void allowed_values(const char *name, char *out, size_t cap)
{
    char *table = library_table(), *at = table, *rest;
    *out = '\0';
    for (char *line; !*out && (line = next_name(&at, &rest));) {
        if (strcmp(line, name) != 0)
            continue;
        (void)strsep(&rest, "|");
        const char *range = rest ? strsep(&rest, "|") : NULL;
        if (!range)
            continue;
        range += strspn(range, " ");
        size_t len = strlen(range);
        while (len && range[len - 1] == ' ')
            len--;
        snprintf(out, cap, "%.*s", (int)len, range);
    }
    free(table);
}

static void nearest_name(const char *name, char *out, size_t cap)
{
    char *table = library_table(), *at = table, *rest;
    const char **names = NULL;
    size_t count = 0;
    for (char *line; (line = next_name(&at, &rest));) {
        names = xreallocarray(names, count + 2, sizeof *names);
        names[count++] = line;
        names[count] = NULL;
    }
    const char *near = names ? option_nearest(name, names) : NULL;
    snprintf(out, cap, "%s%s%s", near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    free(names);
    free(table);
}

/* ---- setting them ---- */

/* "-X consumer.fetch.wait.max.ms" or "config.ini:12: [librdkafka] consumer.fetch.wait.max.ms", clean. */
static void as_typed(const struct kafka_property *p, char *out, size_t cap)
{
    char line[400];
    if (p->line)
        snprintf(line, sizeof line, "%s:%d: [librdkafka] %s%s", p->file, p->line, options_property_prefix(p),
                 p->name);
    else
        snprintf(line, sizeof line, "-X %s%s", options_property_prefix(p), p->name);
    text_clean(out, cap, line, strlen(line), false);
}

static bool kept_by_us(const struct kafka_property *p, char *err, size_t err_cap)
{
    char typed[400];
    for (size_t k = 0; k < sizeof kept_settings / sizeof kept_settings[0]; k++) {
        if (strcmp(p->name, kept_settings[k].name) != 0)
            continue;
        as_typed(p, typed, sizeof typed);
        snprintf(err, err_cap, "%s cannot be set here: %s", typed, kept_settings[k].instead);
        return true;
    }
    return false;
}

bool client_set_property(rd_kafka_conf_t *conf, const struct kafka_property *p, char *err, size_t err_cap)
{
    char why[400], typed[400], allowed[300], clean[300];
    rd_kafka_conf_res_t res = rd_kafka_conf_set(conf, p->name, p->value, why, sizeof why);
    if (res == RD_KAFKA_CONF_OK)
        return true;
    as_typed(p, typed, sizeof typed);
    if (res == RD_KAFKA_CONF_UNKNOWN) {
        nearest_name(p->name, clean, sizeof clean);
        snprintf(err, err_cap, "%s: librdkafka %s has no property of this name%s", typed,
                 rd_kafka_version_str(), clean);
        return false;
    }
    if (options_secret(p->name)) {
        /* The library's own words repeat the value. */
        snprintf(err, err_cap, "%s: librdkafka does not accept this value", typed);
        return false;
    }
    allowed_values(p->name, allowed, sizeof allowed);
    text_clean(clean, sizeof clean, *allowed ? p->value : why, strlen(*allowed ? p->value : why), false);
    if (*allowed)
        snprintf(err, err_cap, "%s=%s: expected %s", typed, clean, allowed);
    else
        snprintf(err, err_cap, "%s: %s", typed, clean);
    return false;
}

bool client_set_properties(rd_kafka_conf_t *conf, const struct options *o, enum client_role role, char *err,
                           size_t err_cap)
{
    for (size_t i = 0; i < o->kafka.property_count; i++) {
        const struct kafka_property *p = &o->kafka.properties[i];
        if (role == CLIENT_PRODUCER ? !p->to_producer : !p->to_consumer)
            continue;
        if (kept_by_us(p, err, err_cap) || !client_set_property(conf, p, err, err_cap))
            return false;
    }
    return true;
}

/* The library says of a file that it cannot read only what OpenSSL calls it. */
static bool file_is_there(const struct kafka_property *p, char *err, size_t err_cap)
{
    static const char *const names[] = {"ssl.ca.location",  "ssl.certificate.location",
                                        "ssl.key.location", "ssl.keystore.location",
                                        "ssl.crl.location", NULL};
    bool is_file = false;
    for (int i = 0; names[i]; i++)
        is_file = is_file || strcmp(p->name, names[i]) == 0;
    if (!is_file || strcmp(p->value, "probe") == 0 || access(p->value, R_OK) == 0)
        return true;
    char typed[400], clean[300];
    int code = errno;
    as_typed(p, typed, sizeof typed);
    text_clean(clean, sizeof clean, p->value, strlen(p->value), false);
    snprintf(err, err_cap, "%s=%s: %s", typed, clean, strerror(code));
    return false;
}

bool client_check_properties(const struct options *o, char *err, size_t err_cap)
{
    static const enum client_role roles[] = {CLIENT_CONSUMER, CLIENT_PRODUCER};
    bool good = true;
    for (size_t i = 0; good && i < sizeof roles / sizeof roles[0]; i++) {
        rd_kafka_conf_t *conf = rd_kafka_conf_new();
        good = client_set_properties(conf, o, roles[i], err, err_cap);
        rd_kafka_conf_destroy(conf);
    }
    for (size_t i = 0; good && i < o->kafka.property_count; i++)
        good = file_is_there(&o->kafka.properties[i], err, err_cap);
    return good;
}
