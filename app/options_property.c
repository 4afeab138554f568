/* -X and [librdkafka]: librdkafka properties of the user, and which of them are secrets. */
#include "options_value.h"

#include "base/xalloc.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_BYTES_MAX (1024 * 1024)

bool options_secret(const char *property)
{
    /* Parts of librdkafka's own names, and what their makers may call the next ones. */
    static const char *const parts[] = {
        "password", "passwd", "secret", "jaas", "token", "key.pem", "credential", "oauthbearer.config", NULL};
    for (size_t i = 0; parts[i]; i++)
        if (strcasestr(property, parts[i]))
            return true;
    return false;
}

static bool is_taken_from_elsewhere(const char *value)
{
    return strncmp(value, "env:", 4) == 0 || strncmp(value, "file:", 5) == 0;
}

void options_hide_secrets(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        /* sasl.password=x behind an -X, or in one word with it, or --set=librdkafka.sasl.password=x */
        for (char *equals = strchr(argv[i], '='); equals; equals = strchr(equals + 1, '=')) {
            *equals = '\0';
            bool secret = options_secret(argv[i]) && !is_taken_from_elsewhere(equals + 1);
            *equals = '=';
            if (!secret)
                continue;
            memset(equals + 1, '*', strlen(equals + 1));
            break;
        }
    }
}

const char *options_property_prefix(const struct kafka_property *p)
{
    return p->to_consumer && p->to_producer ? "" : p->to_consumer ? "consumer." : "producer.";
}

static char *secret_from_environment(const char *name, char *err, size_t err_cap)
{
    const char *value = getenv(name);
    if (!value)
        snprintf(err, err_cap, "the environment has no variable %s", name);
    return value ? xstrdup(value) : NULL;
}

static char *secret_from_file(const char *path, char *err, size_t err_cap)
{
    struct strbuf text = {0};
    char block[4096];
    FILE *f = fopen(path, "re");
    if (!f)
        goto out;
    size_t n = 0;
    while (text.len < SECRET_BYTES_MAX && (n = fread(block, 1, sizeof block, f)) > 0)
        strbuf_add(&text, block, n);
    if (ferror(f))
        goto out;
    /* Editors end a file with a newline that is no part of a password. */
    if (text.len && text.data[text.len - 1] == '\n')
        text.data[--text.len] = '\0';
    if (text.len && text.data[text.len - 1] == '\r')
        text.data[--text.len] = '\0';
    fclose(f);
    if (text.len == 0 || strlen(text.data) != text.len) {
        snprintf(err, err_cap, "%s holds no text", path);
        memset(block, 0, sizeof block);
        strbuf_free(&text);
        return NULL;
    }
    return text.data;

out:
    snprintf(err, err_cap, "%s: %s", path, strerror(errno));
    if (f)
        fclose(f);
    strbuf_free(&text);
    return NULL;
}

static char *property_value(const char *name, const char *given, char *err, size_t err_cap)
{
    if (options_secret(name) && strncmp(given, "env:", 4) == 0)
        return secret_from_environment(given + 4, err, err_cap);
    if (options_secret(name) && strncmp(given, "file:", 5) == 0)
        return secret_from_file(given + 5, err, err_cap);
    return xstrdup(given);
}

static bool name_ok(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("._-", name[i]))
            return false;
    return len > 0;
}

bool option_add_property(struct options *o, const char *text, char *err, size_t err_cap)
{
    const char *equals = strchr(text, '=');
    if (!equals) {
        snprintf(err, err_cap, "expected PROPERTY=VALUE");
        return false;
    }
    bool to_consumer = true, to_producer = true;
    const char *name = text;
    if (strncmp(text, "consumer.", 9) == 0) {
        to_producer = false;
        name += 9;
    } else if (strncmp(text, "producer.", 9) == 0) {
        to_consumer = false;
        name += 9;
    }
    if (!name_ok(name, (size_t)(equals - name))) {
        snprintf(err, err_cap, "a property's name has letters, digits, dots, dashes and underscores only");
        return false;
    }
    struct kafka_property p = {.name = xstrndup(name, (size_t)(equals - name)),
                               .to_consumer = to_consumer,
                               .to_producer = to_producer};
    p.value = property_value(p.name, equals + 1, err, err_cap);
    if (!p.value) {
        free(p.name);
        return false;
    }
    o->kafka.properties = xreallocarray(o->kafka.properties, o->kafka.property_count + 1, sizeof p);
    o->kafka.properties[o->kafka.property_count++] = p;
    return true;
}
