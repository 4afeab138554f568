#include "engine/base.h"

#include "base/text.h"
#include "log.h"
#include "sink/sink.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MS = 8000 }; /* how long the answer to a key stands, once something else is published */

/* It is the first member of whatever the engine is. */
static struct engine_base *base_of(struct engine *e)
{
    return (struct engine_base *)e;
}

static const struct engine_base *base_seen(const struct engine *e)
{
    return (const struct engine_base *)e;
}

/* ---- its thread ---- */

void engine_prepare(struct engine *e, const struct app_parts *parts, const char *log_name,
                    void (*publish)(struct engine *e, bool now))
{
    struct engine_base *b = base_of(e);
    b->parts = *parts;
    b->log_name = log_name;
    b->publish = publish;
    b->settings = parts->options->query;
    b->state = ENGINE_STARTING;
    b->views = views_new(parts->hub);
    engine_say(e, "waiting for Kafka at %s", parts->bootstrap);
}

bool engine_begin(struct engine *e, void *(*run)(void *), char *err, size_t err_cap)
{
    int rc = pthread_create(&base_of(e)->thread, NULL, run, e);
    if (rc != 0)
        snprintf(err, err_cap, "cannot start the engine thread: %s", strerror(rc));
    return rc == 0;
}

void engine_is_done(struct engine *e)
{
    struct hub *hub = base_of(e)->parts.hub;
    uint64_t one = 1;
    atomic_store(&base_of(e)->done, true);
    atomic_store(&hub->live.engine_ended, true);
    /* The headless loop and the screen sleep on this. */
    while (write(hub->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

bool engine_stop(struct engine *e, int64_t timeout_ms)
{
    struct engine_base *b = base_of(e);
    struct command c = {.kind = CMD_STOP};
    struct timespec until;
    atomic_store(&b->stop, true);
    (void)command_post(b->parts.to_engine, &c);
    if (b->joined || b->left)
        return b->joined;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    b->joined = pthread_timedjoin_np(b->thread, NULL, &until) == 0;
    /* Left to itself and to the end of the process: nobody will join it any more. */
    b->left = !b->joined && pthread_detach(b->thread) == 0;
    return b->joined;
}

bool engine_ended(const struct engine *e)
{
    return atomic_load(&base_seen(e)->done);
}

int engine_outcome(const struct engine *e, char *error, size_t error_cap, char *summary, size_t summary_cap)
{
    const struct engine_base *b = base_seen(e);
    snprintf(error, error_cap, "%s", b->error);
    snprintf(summary, summary_cap, "%s", b->summary);
    return b->failed ? 1 : 0;
}

void engine_free(struct engine *e)
{
    free(e);
}

bool engine_stopping(const struct engine *e)
{
    return atomic_load(&base_seen(e)->stop);
}

/* ---- words ---- */

void engine_fail(struct engine *e, const char *fmt, ...)
{
    struct engine_base *b = base_of(e);
    char raw[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(raw, sizeof raw, fmt, ap);
    va_end(ap);
    b->failed = b->changed = true;
    b->state = ENGINE_FAILED;
    b->answer_until_ms = 0;
    text_clean(b->error, sizeof b->error, raw, strlen(raw), false);
    snprintf(b->message, sizeof b->message, "%.*s", (int)sizeof b->message - 1, b->error);
    log_line(LOG_ERROR, b->log_name, "%s", b->error);
}

void engine_say(struct engine *e, const char *fmt, ...)
{
    struct engine_base *b = base_of(e);
    char text[sizeof b->message];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    b->changed = b->changed || strcmp(text, b->message) != 0;
    b->answer_until_ms = 0;
    memcpy(b->message, text, sizeof text);
}

void engine_answer(struct engine *e, const char *fmt, ...)
{
    struct engine_base *b = base_of(e);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(b->message, sizeof b->message, fmt, ap);
    va_end(ap);
    b->answer_until_ms = clock_mono_ms() + ANSWER_MS;
    b->changed = true;
}

void engine_expire_answer(struct engine *e)
{
    int64_t until_ms = base_of(e)->answer_until_ms;
    if (until_ms && clock_mono_ms() >= until_ms)
        engine_say(e, "%s", "");
}

void engine_refuse_change(struct engine *e, const char *why)
{
    log_line(LOG_WARNING, base_of(e)->log_name, "the query stays as it is: %s", why);
    engine_answer(e, "the query stays as it is: %s", why);
}

void engine_remember(struct engine *e)
{
    struct engine_base *b = base_of(e);
    if (b->undo_count == UNDO_DEPTH)
        memmove(b->undo, b->undo + 1, (UNDO_DEPTH - 1) * sizeof b->undo[0]);
    else
        b->undo_count++;
    b->undo[b->undo_count - 1] = b->settings;
}

/* ---- outputs ---- */

bool engine_open_outputs(struct engine *e)
{
    struct engine_base *b = base_of(e);
    const char *path = b->parts.options->sink.progress_path;
    char why[300];
    if (path && *path) {
        b->reports = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
        if (!b->reports) {
            engine_fail(e, "cannot write progress reports to %s: %s", path, strerror(errno));
            return false;
        }
    }
    b->sinks = sinks_open(&b->parts, why, sizeof why);
    if (!b->sinks)
        engine_fail(e, "%s", why);
    return b->sinks != NULL;
}

void engine_close_outputs(struct engine *e)
{
    struct engine_base *b = base_of(e);
    sinks_close(b->sinks);
    b->sinks = NULL;
    if (b->reports && b->reports != stdout && fclose(b->reports) != 0)
        log_line(LOG_ERROR, b->log_name, "cannot close the progress reports: %s", strerror(errno));
    b->reports = NULL;
}

void engine_write_report(struct engine *e, const char *json)
{
    struct engine_base *b = base_of(e);
    (void)fprintf(b->reports, "%s\n", json);
    if (fflush(b->reports) != 0 || ferror(b->reports))
        engine_fail(e, "cannot write progress reports to %s: %s",
                    b->reports == stdout ? "standard output" : b->parts.options->sink.progress_path,
                    strerror(errno));
}
