#include "spark/job_file.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "options_value.h"
#include "paths.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *job_tables_topic(const struct options *o)
{
    return o->spark.tables_topic ? xstrdup(o->spark.tables_topic) : xasprintf("%s-tables", o->kafka.topic);
}

char *job_progress_topic(const struct options *o)
{
    return o->spark.progress_topic ? xstrdup(o->spark.progress_topic)
                                   : xasprintf("%s-progress", o->kafka.topic);
}

/* ---- the text ---- */

static void add(struct strbuf *out, const char *key, const char *value)
{
    strbuf_printf(out, "%s = %s\n", key, value);
}

/* Every key of the section that has a value, as the job reads it; aliases stand for others. */
static void add_section(struct strbuf *out, const struct options *o, const char *section)
{
    strbuf_printf(out, "[%s]\n", section);
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        struct strbuf value = {0};
        if (!row->key || row->alias_of || strcmp(row->section, section) != 0)
            continue;
        option_show(o, row, &value);
        if (value.len > 0)
            add(out, row->key, value.data);
        strbuf_free(&value);
    }
}

static void add_one(struct strbuf *out, const struct options *o, const char *section, const char *key)
{
    struct strbuf value = {0};
    option_show(o, option_find(section, key), &value);
    if (value.len > 0)
        add(out, key, value.data);
    strbuf_free(&value);
}

static void add_spark(struct strbuf *out, const struct options *o, const struct job_wish *w)
{
    static const char *const keys[] = {"master", "app-name", "ui-port", "stop-gracefully",
                                       "shuffle-partitions"};
    char *tables = job_tables_topic(o), *progress = job_progress_topic(o);
    strbuf_puts(out, "[spark]\n");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        add_one(out, o, "spark", keys[i]);
    add(out, "tables-topic", tables);
    add(out, "progress-topic", progress);
    add(out, "checkpoint", w->checkpoint ? w->checkpoint : "none");
    if (w->starting_offset)
        add(out, "starting-offset", w->starting_offset);
    else
        add_one(out, o, "spark", "starting-offset");
    free(tables);
    free(progress);
}

static void add_properties(struct strbuf *out, const struct options *o)
{
    strbuf_puts(out, "[librdkafka]\n");
    for (size_t i = 0; i < o->kafka.property_count; i++) {
        const struct kafka_property *p = &o->kafka.properties[i];
        strbuf_printf(out, "%s%s = %s\n", options_property_prefix(p), p->name, p->value);
    }
}

/* NULL, or why a value cannot stand in an ini file. */
static const char *unfit(const struct options *o)
{
    for (size_t i = 0; i < o->kafka.property_count; i++) {
        const char *value = o->kafka.properties[i].value;
        if (strpbrk(value, "\r\n"))
            return "has several lines, which config.ini cannot have: name a file instead (.location)";
        if (strstr(value, " ;"))
            return "has a blank and ';', which begins a comment in config.ini";
    }
    return NULL;
}

static void write_text(struct strbuf *out, const struct options *given, const struct job_wish *w)
{
    struct options o = *given; /* only to be read */
    o.query = *w->query;
    strbuf_puts(out,
                "; Written by sfcrime-tui for its job on Spark, and removed when that has ended.\n[kafka]\n");
    add(out, "external-servers", w->bootstrap);
    add_one(out, &o, "kafka", "internal-servers");
    add_one(out, &o, "kafka", "topic");
    if (o.kafka.replication_factor >
        0) /* else as many as there are brokers for; the topics are there by now */
        add_one(out, &o, "kafka", "replication-factor");
    if (o.replay.codes) {
        strbuf_puts(out, "[data]\n");
        add(out, "sfpd-codes", o.replay.codes);
    }
    add_section(out, &o, "query");
    add_spark(out, &o, w);
    strbuf_puts(out, "[checkpoint]\n");
    add_one(out, &o, "checkpoint", "keep-batches");
    strbuf_puts(out, "[sink]\n");
    add_one(out, &o, "sink", "dead-letters-topic");
    add_properties(out, &o);
}

/* ---- the file ---- */

static bool write_file(const char *path, const struct strbuf *text, char *err, size_t err_cap)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    size_t done = 0;
    while (fd >= 0 && done < text->len) {
        ssize_t n = write(fd, text->data + done, text->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    int why = errno;
    bool good = fd >= 0 && done == text->len;
    if (fd >= 0 && close(fd) != 0 && good) {
        why = errno;
        good = false;
    }
    if (!good)
        snprintf(err, err_cap, "the job's settings cannot be written to %s: %s", path, strerror(why));
    return good;
}

static bool make_folder(struct job_file *f, char *err, size_t err_cap)
{
    const char *run = getenv("XDG_RUNTIME_DIR"), *tmp = getenv("TMPDIR");
    const char *where = run && *run == '/' && access(run, W_OK | X_OK) == 0 ? run
                        : tmp && *tmp == '/'                                ? tmp
                                                                            : "/tmp";
    f->folder = xasprintf("%s/sfcrime-tui-job-XXXXXX", where);
    if (mkdtemp(f->folder)) { /* mode 0700 */
        f->path = xasprintf("%s/job.ini", f->folder);
        return true;
    }
    snprintf(err, err_cap, "no folder for the job's settings in %s: %s", where, strerror(errno));
    free(f->folder);
    f->folder = NULL;
    return false;
}

static void add_word(struct job_file *f, size_t *count, const char *word, size_t len)
{
    f->argv = xreallocarray(f->argv, *count + 2, sizeof *f->argv);
    f->argv[(*count)++] = xstrndup(word, len);
    f->argv[*count] = NULL;
}

/* Spark's own script takes jars only on its command line: the JVM is there before job.py is. */
static bool is_spark_submit(const char *word)
{
    const char *slash = strrchr(word, '/');
    return strcmp(slash ? slash + 1 : word, "spark-submit") == 0;
}

static int is_jar(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".jar") == 0;
}

static bool add_jars(struct job_file *f, size_t *count, const char *folder, char *err, size_t err_cap)
{
    struct dirent **jars = NULL;
    struct strbuf list = {0};
    int many = scandir(folder, &jars, is_jar, alphasort);
    if (many < 0)
        snprintf(err, err_cap, "the folder of [spark] jars cannot be read: %s", strerror(errno));
    else if (many == 0)
        snprintf(err, err_cap, "the folder of [spark] jars has no jars");
    for (int i = 0; i < many; i++) {
        strbuf_printf(&list, "%s%s/%s", i ? "," : "", folder, jars[i]->d_name);
        free(jars[i]);
    }
    free(jars);
    if (many > 0) {
        add_word(f, count, "--jars", strlen("--jars"));
        add_word(f, count, list.data, list.len);
    }
    strbuf_free(&list);
    return many > 0;
}

static bool make_words(struct job_file *f, const struct options *o, char *err, size_t err_cap)
{
    char *job = o->spark.job ? xstrdup(o->spark.job) : paths_job();
    size_t count = 0;
    if (!job) {
        snprintf(err, err_cap, "job.py is not with this program: name it in [spark] job");
        return false;
    }
    if (o->spark.submit_command) {
        const char *at = o->spark.submit_command;
        for (size_t len; at += strspn(at, " \t"), (len = strcspn(at, " \t")) > 0; at += len)
            add_word(f, &count, at, len);
    }
    if (count == 0)
        add_word(f, &count, o->spark.python, strlen(o->spark.python));
    bool of_spark = false;
    for (size_t i = 0; i < count; i++)
        of_spark = of_spark || is_spark_submit(f->argv[i]);
    if (of_spark && o->spark.jars && !add_jars(f, &count, o->spark.jars, err, err_cap)) {
        free(job);
        return false;
    }
    add_word(f, &count, job, strlen(job));
    add_word(f, &count, "--config", strlen("--config"));
    add_word(f, &count, f->path, strlen(f->path));
    if (o->spark.jars && !of_spark) {
        add_word(f, &count, "--jars", strlen("--jars"));
        add_word(f, &count, o->spark.jars, strlen(o->spark.jars));
    }
    free(job);
    return true;
}

static void find_secrets(struct job_file *f, const struct options *o)
{
    size_t count = 0;
    f->secrets = xcalloc(o->kafka.property_count + 1, sizeof *f->secrets);
    for (size_t i = 0; i < o->kafka.property_count; i++)
        if (options_secret(o->kafka.properties[i].name))
            f->secrets[count++] = o->kafka.properties[i].value;
}

bool job_file_write(struct job_file *f, const struct options *o, const struct job_wish *wish, char *err,
                    size_t err_cap)
{
    struct strbuf text = {0};
    *f = (struct job_file){0};
    const char *why = unfit(o);
    if (why) {
        snprintf(err, err_cap, "a librdkafka property %s", why);
        return false;
    }
    write_text(&text, o, wish);
    bool good = make_folder(f, err, err_cap) && write_file(f->path, &text, err, err_cap) &&
                make_words(f, o, err, err_cap);
    explicit_bzero(text.data, text.len);
    strbuf_free(&text);
    if (good)
        find_secrets(f, o);
    else
        job_file_remove(f);
    return good;
}

void job_file_remove(struct job_file *f)
{
    if (f->path)
        (void)unlink(f->path);
    if (f->folder)
        (void)rmdir(f->folder);
    for (char **word = f->argv; word && *word; word++)
        free(*word);
    free(f->argv);
    free(f->secrets);
    free(f->path);
    free(f->folder);
    *f = (struct job_file){0};
}
