#include "log.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "ini_file.h"
#include "options_table.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PARTS_MAX = 4, FILE_LINE_BYTES = LOG_TEXT_MAX + 120 };
enum part { PART_ASCTIME, PART_NAME, PART_LEVEL, PART_MESSAGE };

static const char *const part_words[] = {"asctime", "name", "level", "message", NULL};
static const char *const level_words[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", NULL};

/* Texts for the file that one log_line gives rise to: what a reader of the ring has left to be written (two
 * at most), "repeated" of the line before, "left out", the line. */
enum { FILE_LINES = 5 };
struct file_lines {
    char text[FILE_LINES][FILE_LINE_BYTES];
    int count;
};

/* The ring and the settings, under ring_lock; never held during I/O. */
static pthread_mutex_t ring_lock = PTHREAD_MUTEX_INITIALIZER;
static struct log_entry entries[LOG_RING];
static struct {
    size_t next, count; /* of entries */
    uint64_t lines, serial;
    enum log_level least;
    enum part parts[PARTS_MAX];
    int part_count;
    int64_t second;       /* monotonic, of the storm limit */
    int in_second, limit; /* a broker that is gone can say so thousands of times a second */
    uint64_t left_out;
    bool to_file;
    struct file_lines
        pending; /* of log_read, which must not wait for the disk: the next line takes them along */
} ring = {.limit = LOG_LINES_A_SECOND,
          .least = LOG_INFO,
          .parts = {PART_ASCTIME, PART_NAME, PART_LEVEL, PART_MESSAGE},
          .part_count = PARTS_MAX};

/* The file, under file_lock, which is never taken while ring_lock is held. */
static pthread_mutex_t file_lock = PTHREAD_MUTEX_INITIALIZER;
static int file_fd = -1;
static char *file_path;

const char *log_level_name(enum log_level level)
{
    return (unsigned)level < LOG_LEVELS ? level_words[level] : "?";
}

/* ---- under ring_lock ---- */

static void format_for_file(struct file_lines *out, const struct log_entry *e, const char *text)
{
    if (!ring.to_file || out->count == FILE_LINES)
        return;
    char time[ISO_MAX];
    iso_format_ms(time, e->wall_ms, 'Z');
    char *line = out->text[out->count++];
    size_t len = 0;
    for (int i = 0; i < ring.part_count && len < FILE_LINE_BYTES - 1; i++) {
        const char *word = text;
        switch (ring.parts[i]) {
        case PART_ASCTIME: word = time; break;
        case PART_NAME: word = e->name; break;
        case PART_LEVEL: word = log_level_name(e->level); break;
        case PART_MESSAGE: break;
        }
        len += (size_t)snprintf(line + len, FILE_LINE_BYTES - len, "%s%s", i ? " | " : "", word);
    }
    if (len > FILE_LINE_BYTES - 2)
        len = FILE_LINE_BYTES - 2;
    line[len] = '\n';
    line[len + 1] = '\0';
}

static struct log_entry *newest(void)
{
    return ring.count ? &entries[(ring.next + LOG_RING - 1) % LOG_RING] : NULL;
}

/* A run of repetitions ends: the file has its first line, and now learns how many there were. */
static void end_of_repeats(struct file_lines *out)
{
    const struct log_entry *e = newest();
    if (!e || e->repeats < 2)
        return;
    char text[80];
    snprintf(text, sizeof text, "the line before was repeated %u more times", e->repeats - 1);
    format_for_file(out, e, text);
}

static void add_entry(const struct log_entry *e, struct file_lines *out)
{
    end_of_repeats(out);
    struct log_entry *at = &entries[ring.next];
    *at = *e;
    at->number = ++ring.lines;
    at->repeats = 1;
    ring.next = (ring.next + 1) % LOG_RING;
    if (ring.count < LOG_RING)
        ring.count++;
    ring.serial++;
    format_for_file(out, at, at->text);
}

/* Tells of lines that a past second left out. */
static void end_of_storm(struct file_lines *out)
{
    int64_t second = clock_mono_ms() / 1000;
    if (second == ring.second)
        return;
    ring.second = second;
    ring.in_second = 0;
    if (ring.left_out == 0)
        return;
    struct log_entry e = {.wall_ms = clock_wall_ms(), .level = LOG_WARNING, .name = "log"};
    snprintf(e.text, sizeof e.text, "%llu more lines came within a second and were left out",
             (unsigned long long)ring.left_out);
    ring.left_out = 0;
    add_entry(&e, out);
}

static bool same_line(const struct log_entry *a, const struct log_entry *b)
{
    return a && a->level == b->level && strcmp(a->text, b->text) == 0 && strcmp(a->name, b->name) == 0;
}

static void take_line(const struct log_entry *e, struct file_lines *out)
{
    struct log_entry *last = newest();
    if (same_line(last, e)) {
        last->repeats += last->repeats < UINT32_MAX;
        last->wall_ms = e->wall_ms;
        ring.serial++;
        return;
    }
    end_of_storm(out);
    if (ring.in_second++ >= ring.limit)
        ring.left_out++;
    else
        add_entry(e, out);
}

/* ---- the file ---- */

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static void write_file(const struct file_lines *lines)
{
    char why[LOG_TEXT_MAX] = "";
    pthread_mutex_lock(&file_lock);
    for (int i = 0; i < lines->count && file_fd >= 0; i++) {
        if (write_all(file_fd, lines->text[i], strlen(lines->text[i])))
            continue;
        snprintf(why, sizeof why, "%s: %s; the log is no longer written there", file_path, strerror(errno));
        close(file_fd);
        file_fd = -1;
    }
    pthread_mutex_unlock(&file_lock);
    if (!*why)
        return;
    pthread_mutex_lock(&ring_lock);
    ring.to_file = false;
    pthread_mutex_unlock(&ring_lock);
    log_line(LOG_ERROR, "log", "%s", why);
}

/* ---- for everyone ---- */

/* A log line is one line: breaks inside it become blanks, those at its end go. */
static void one_line(char *text)
{
    size_t len = strlen(text);
    while (len && strchr("\r\n\t ", text[len - 1]))
        text[--len] = '\0';
    for (char *p = text; *p; p++)
        if (strchr("\r\n\t", *p))
            *p = ' ';
}

static void take_pending(struct file_lines *out)
{
    for (int i = 0; i < ring.pending.count; i++)
        memcpy(out->text[out->count++], ring.pending.text[i], FILE_LINE_BYTES);
    ring.pending.count = 0;
}

void log_line(enum log_level level, const char *name, const char *fmt, ...)
{
    char raw[LOG_TEXT_MAX * 2];
    struct log_entry e = {.level = level, .wall_ms = clock_wall_ms()};
    struct file_lines lines;
    lines.count = 0;
    va_list args;
    va_start(args, fmt);
    vsnprintf(raw, sizeof raw, fmt, args);
    va_end(args);
    one_line(raw);
    text_clean(e.text, sizeof e.text, raw, strlen(raw), false);
    text_clean(e.name, sizeof e.name, name, strlen(name), false);
    pthread_mutex_lock(&ring_lock);
    if (level >= ring.least) {
        take_pending(&lines);
        take_line(&e, &lines);
    }
    pthread_mutex_unlock(&ring_lock);
    if (lines.count)
        write_file(&lines);
}

size_t log_read(struct log_entry *out, size_t cap, enum log_level least, uint64_t *serial)
{
    pthread_mutex_lock(&ring_lock);
    end_of_storm(&ring.pending);
    size_t found = 0, back = 0;
    while (back < ring.count && found < cap) {
        back++;
        found += entries[(ring.next + LOG_RING - back) % LOG_RING].level >= least;
    }
    size_t n = 0;
    for (; back > 0; back--) {
        const struct log_entry *e = &entries[(ring.next + LOG_RING - back) % LOG_RING];
        if (e->level >= least && n < found)
            out[n++] = *e;
    }
    if (serial)
        *serial = ring.serial;
    pthread_mutex_unlock(&ring_lock);
    return n;
}

void log_limit(int lines_a_second)
{
    pthread_mutex_lock(&ring_lock);
    ring.limit = lines_a_second;
    pthread_mutex_unlock(&ring_lock);
}

/* ---- logging.ini ---- */

struct log_settings {
    enum log_level level;
    enum part parts[PARTS_MAX];
    int part_count;
    char *file;
};

static bool set_level(struct log_settings *s, const char *value, char *err, size_t err_cap)
{
    for (int i = 0; i < LOG_LEVELS; i++) {
        if (strcasecmp(value, level_words[i]) == 0) {
            s->level = (enum log_level)i;
            return true;
        }
    }
    snprintf(err, err_cap, "expected DEBUG, INFO, WARNING, ERROR or CRITICAL");
    return false;
}

static bool set_format(struct log_settings *s, const char *value, char *err, size_t err_cap)
{
    bool seen[PARTS_MAX] = {false};
    char *copy = xstrdup(value), *rest = copy, *word;
    int count = 0;
    bool ok = true;
    while (ok && (word = strsep(&rest, "|"))) {
        word += strspn(word, " ");
        word[strcspn(word, " ")] = '\0';
        int part = 0;
        while (part_words[part] && strcmp(part_words[part], word) != 0)
            part++;
        ok = part < PARTS_MAX && !seen[part];
        if (ok) {
            seen[part] = true;
            s->parts[count++] = (enum part)part;
        }
    }
    free(copy);
    ok = ok && seen[PART_MESSAGE];
    s->part_count = count;
    if (!ok)
        snprintf(err, err_cap,
                 "expected asctime, name, level and message, each at most once, in any order with "
                 "' | ' between them; message must be there");
    return ok;
}

static bool set_file(struct log_settings *s, const char *value, char *err, size_t err_cap)
{
    const char *home = getenv("HOME");
    if (!*value) {
        snprintf(err, err_cap, "expected a path, or none");
        return false;
    }
    free(s->file);
    s->file = NULL;
    if (strncmp(value, "~/", 2) == 0 && home)
        s->file = xasprintf("%s%s", home, value + 1);
    else if (strcmp(value, "none") != 0)
        s->file = xstrdup(value);
    return true;
}

static bool on_key(void *arg, int line, const char *section, const char *key, const char *value, char *err,
                   size_t err_cap)
{
    static const char *const keys[] = {"level", "format", "file", NULL};
    char shown_key[60], shown_value[160], shown_section[60], why[300] = "";
    bool ok = false;
    (void)line;
    text_clean(shown_section, sizeof shown_section, section, strlen(section), false);
    text_clean(shown_key, sizeof shown_key, key, strlen(key), false);
    text_clean(shown_value, sizeof shown_value, value, strlen(value), false);
    if (strcmp(section, "log") != 0) {
        snprintf(why, sizeof why, "no such section; there is only [log]");
    } else if (strcmp(key, keys[0]) == 0) {
        ok = set_level(arg, value, why, sizeof why);
    } else if (strcmp(key, keys[1]) == 0) {
        ok = set_format(arg, value, why, sizeof why);
    } else if (strcmp(key, keys[2]) == 0) {
        ok = set_file(arg, value, why, sizeof why);
    } else {
        const char *near = option_nearest(shown_key, keys);
        if (near)
            snprintf(why, sizeof why, "no such key; did you mean '%s'?", near);
        else
            snprintf(why, sizeof why, "no such key; there are level, format and file");
    }
    if (!ok)
        snprintf(err, err_cap, "[%s] %s = %s: %s", shown_section, shown_key, shown_value, why);
    return ok;
}

int log_open(const char *ini_path, char *err, size_t err_cap)
{
    struct log_settings s = {.level = LOG_INFO,
                             .parts = {PART_ASCTIME, PART_NAME, PART_LEVEL, PART_MESSAGE},
                             .part_count = PARTS_MAX};
    int fd = -1;
    if (ini_path && ini_file_read(ini_path, on_key, &s, err, err_cap) != 0)
        goto failed;
    if (s.file) {
        fd = open(s.file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
        if (fd < 0) {
            int why = errno;
            char from[200], to[200];
            text_clean(from, sizeof from, ini_path, strlen(ini_path), false);
            text_clean(to, sizeof to, s.file, strlen(s.file), false);
            snprintf(err, err_cap, "%s: [log] file = %s: %s", from, to, strerror(why));
            goto failed;
        }
    }
    log_close();
    pthread_mutex_lock(&file_lock);
    file_fd = fd;
    file_path = s.file;
    pthread_mutex_unlock(&file_lock);
    pthread_mutex_lock(&ring_lock);
    ring.least = s.level;
    memcpy(ring.parts, s.parts, sizeof ring.parts);
    ring.part_count = s.part_count;
    ring.to_file = fd >= 0;
    pthread_mutex_unlock(&ring_lock);
    return 0;

failed:
    free(s.file);
    return -1;
}

void log_close(void)
{
    struct file_lines lines;
    lines.count = 0;
    pthread_mutex_lock(&ring_lock);
    take_pending(&lines);
    ring.second = -1;
    end_of_storm(&lines);
    end_of_repeats(&lines);
    ring.to_file = false;
    ring.count = ring.next = 0;
    ring.in_second = 0;
    ring.left_out = 0;
    ring.serial++;
    pthread_mutex_unlock(&ring_lock);
    write_file(&lines);
    pthread_mutex_lock(&file_lock);
    if (file_fd >= 0)
        close(file_fd);
    file_fd = -1;
    free(file_path);
    file_path = NULL;
    pthread_mutex_unlock(&file_lock);
}

const char *log_file(void)
{
    return file_path;
}
