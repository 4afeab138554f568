#include "ui/keep.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"
#include "options_value.h"
#include "paths.h"
#include "ui/state.h"
#include "ui/ui_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { REST_MS = 1000 /* what is changed again and again is written once */, CLOSE_WAIT_S = 2 };

/* ---- writing ---- */

struct keep_job {
    pthread_t thread;
    char *path, *bytes; /* owned */
    size_t len;
    atomic_bool ended;
    int error; /* errno, 0 = written; the thread's until `ended` */
};

/* Every folder above the file, as mkdir -p does; for the user's eyes only, as the standard asks. Not the home
 * folder: where that is missing (a service's account), nothing is to be kept. */
static void make_folders(const char *path)
{
    const char *home = getenv("HOME");
    size_t len = home ? strlen(home) : 0;
    bool below = len > 1 && !strncmp(path, home, len) && path[len] == '/';
    char *part = xstrdup(path);
    for (char *slash = strchr(part + (below ? len + 1 : 1), '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(part, 0700);
        *slash = '/';
    }
    free(part);
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        bytes += n;
        len -= (size_t)n;
    }
    return fsync(fd) ? errno : 0;
}

/* The old file, or the new one: never half of one. 0 or errno. */
static int write_file(const char *path, const char *bytes, size_t len)
{
    make_folders(path);
    char *temp = xasprintf("%s.%ld", path, (long)getpid());
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int error = fd < 0 ? errno : write_all(fd, bytes, len);
    if (fd >= 0 && close(fd) && !error)
        error = errno;
    if (!error && rename(temp, path))
        error = errno;
    if (error && fd >= 0)
        (void)unlink(temp);
    free(temp);
    return error;
}

static void job_free(struct keep_job *job)
{
    free(job->path);
    free(job->bytes);
    free(job);
}

static void *work(void *arg)
{
    struct keep_job *job = arg;
    job->error = write_file(job->path, job->bytes, job->len);
    atomic_store_explicit(&job->ended, true, memory_order_release);
    return NULL;
}

/* Said once; without a path nothing is tried again. */
static void give_up(struct keep *k, int error)
{
    log_line(LOG_WARNING, "screen", "%s cannot be written: %s; what is chosen on the screen is not kept",
             k->path, strerror(error));
    free(k->path);
    k->path = NULL;
}

static void start_writing(struct ui *ui)
{
    struct keep *k = &ui->keep;
    struct keep_job *job = xcalloc(1, sizeof *job);
    memcpy(k->kept.layout, ui->arranged, sizeof k->kept.layout);
    job->bytes = kept_text(&k->kept, &job->len);
    job->path = xstrdup(k->path);
    k->changed_ms = 0;
    int error = pthread_create(&job->thread, NULL, work, job);
    if (error) {
        job_free(job);
        give_up(k, error);
        return;
    }
    k->job = job;
}

static void take_result(struct keep *k)
{
    struct keep_job *job = k->job;
    (void)pthread_join(job->thread, NULL);
    if (job->error && k->path)
        give_up(k, job->error);
    job_free(job);
    k->job = NULL;
}

/* ---- noticing ---- */

/* The settings as they are now; true when one differs from what was seen before, and is thus a choice. */
static bool settings_changed(struct ui *ui)
{
    struct keep *k = &ui->keep;
    bool changed = false;
    for (int i = 0; i < KEPT_SETTINGS; i++) {
        char now[KEPT_WORD];
        (void)ui_setting_text(ui, kept_names[i], now, sizeof now);
        if (!strcmp(now, k->seen[i]))
            continue;
        memcpy(k->seen[i], now, sizeof now);
        memcpy(k->kept.setting[i], now, sizeof now);
        changed = true;
    }
    return changed;
}

/* Member by member: a struct's padding says nothing. */
static bool arrangements_changed(const struct ui *ui)
{
    for (size_t n = 0; n < plan_count; n++) {
        const struct arrangement *a = &ui->arranged[n], *b = &ui->keep.kept.layout[n];
        if (a->count != b->count || a->main_share != b->main_share)
            return true;
        for (size_t i = 0; i < a->count; i++)
            if (a->shown[i].pane != b->shown[i].pane || a->shown[i].place != b->shown[i].place ||
                a->shown[i].lines != b->shown[i].lines)
                return true;
    }
    return false;
}

static void notice(struct ui *ui)
{
    struct keep *k = &ui->keep;
    bool settings = settings_changed(ui), arrangements = arrangements_changed(ui);
    if (arrangements)
        memcpy(k->kept.layout, ui->arranged, sizeof k->kept.layout);
    if (settings || arrangements)
        k->changed_ms = ui->now_ms > 0 ? ui->now_ms : 1;
}

void ui_keep_look(struct ui *ui)
{
    struct keep *k = &ui->keep;
    if (k->job && atomic_load_explicit(&k->job->ended, memory_order_acquire))
        take_result(k);
    if (!k->path)
        return;
    notice(ui);
    if (k->changed_ms && !k->job && ui->now_ms - k->changed_ms >= REST_MS)
        start_writing(ui);
}

static bool wait_for(struct keep *k)
{
    struct timespec until;
    if (!k->job)
        return true;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CLOSE_WAIT_S;
    if (pthread_timedjoin_np(k->job->thread, NULL, &until))
        return false; /* the disk hangs: the thread and its memory are left behind */
    int error = k->job->error;
    job_free(k->job);
    k->job = NULL;
    if (error && k->path)
        give_up(k, error);
    return true;
}

void ui_keep_close(struct ui *ui)
{
    struct keep *k = &ui->keep;
    if (k->path)
        notice(ui);
    if (wait_for(k) && k->path && k->changed_ms) {
        start_writing(ui);
        (void)wait_for(k);
    }
    kept_free(&k->kept);
    free(k->path);
    k->path = NULL;
}

/* ---- reading ---- */

/* An option wins where someone wrote it: on the command line, or in a config.ini other than the default that
 * the one beside the program states for every key. */
static bool option_decides(const struct options *o, const char *name)
{
    const struct option_row *row = option_find("ui", name);
    struct strbuf value = {0};
    if (!row || !o->origins)
        return false;
    enum origin_kind kind = o->origins[row - option_table].kind;
    if (kind != ORIGIN_FILE)
        return kind == ORIGIN_COMMAND_LINE;
    option_show(o, row, &value);
    bool differs = !row->preset || !value.data || strcmp(value.data, row->preset) != 0;
    strbuf_free(&value);
    return differs;
}

static void apply(struct ui *ui)
{
    const struct options *o = ui->parts->options;
    const struct kept *k = &ui->keep.kept;
    char err[200];
    for (int i = 0; i < KEPT_SETTINGS; i++) {
        const char *name = kept_names[i], *value = k->setting[i];
        if (!*value || option_decides(o, name))
            continue;
        if (!ui_setting_set(ui, name, value, err, sizeof err))
            log_line(LOG_WARNING, "screen", "%s: %s", ui->keep.path, err);
    }
    /* A file is weaker than the environment: NO_COLOR holds until a theme is asked for in this run. */
    if (o->ui.monochrome && ui->theme.colours)
        (void)ui_theme_use(ui, ui->theme.name, true);
    memcpy(ui->arranged, k->layout, sizeof ui->arranged);
    if (!arrange_shows(ui_arranged(ui), ui->focus))
        ui_focus_first(ui);
}

/* A file that cannot be read is put aside, never written over. */
static void put_aside(struct keep *k, const char *why)
{
    char *aside = xasprintf("%s.bad", k->path);
    if (rename(k->path, aside)) {
        log_line(LOG_WARNING, "screen", "%s; it stays as it is, and what is chosen on the screen is not kept",
                 why);
        free(k->path);
        k->path = NULL;
    } else {
        log_line(LOG_WARNING, "screen", "%s; using the defaults, it is now %s", why, aside);
    }
    free(aside);
}

static void read_kept(struct ui *ui)
{
    struct keep *k = &ui->keep;
    char why[800];
    if (ui->parts->options->ui.reset) {
        if (!unlink(k->path))
            log_line(LOG_INFO, "screen", "%s is forgotten, as asked for", k->path);
        return;
    }
    switch (kept_read(&k->kept, k->path, why, sizeof why)) {
    case KEPT_READ:
        if (why[0])
            log_line(LOG_INFO, "screen", "%s: %s", k->path, why);
        apply(ui);
        break;
    case KEPT_DAMAGED: put_aside(k, why); break;
    case KEPT_NO_FILE: break;
    }
}

void ui_keep_open(struct ui *ui)
{
    struct keep *k = &ui->keep;
    kept_init(&k->kept);
    k->path = paths_state("screen.ini");
    if (k->path)
        read_kept(ui);
    else
        log_line(LOG_INFO, "screen",
                 "neither XDG_STATE_HOME nor HOME is set: what is chosen on the screen is not kept");
    for (int i = 0; i < KEPT_SETTINGS; i++)
        (void)ui_setting_text(ui, kept_names[i], k->seen[i], sizeof k->seen[i]);
}
