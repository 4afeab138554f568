/* The screen in lines, for screen readers and for terminals that cannot move the cursor: the same state, the
 * same actions, but what changes is printed as a line and every key is answered by one. At most about a line
 * a second comes by itself; what is left out is counted. */
#include "ui/plain.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "ui/draw.h"
#include "ui/keymap.h"
#include "ui/plain_keys.h"
#include "ui/screen.h"
#include "ui/ui.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TICK_MS = 250,
    LINES_AT_ONCE = 6, /* the budget: so many, then one a second */
    PICTURE_W = 100,
    PICTURE_H = 40,
    LINE_BYTES = 2000,
    EMPTY_READS = 3
};
enum { FD_KEYS, FD_HUB, FD_STOP, FD_SIGNAL, FDS };

/* What was typed and is not used up yet. */
struct typed {
    char bytes[1024];
    size_t len;
    int empty; /* reads that gave nothing, in a row */
};

void plain_say(const struct plain *p, const char *fmt, ...)
{
    char line[LINE_BYTES], safe[2 * LINE_BYTES];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (p->ui.ascii)
        draw_to_ascii(safe, sizeof safe, line);
    else
        (void)text_for_terminal(safe, sizeof safe, line);
    (void)printf("%s\n", safe);
}

static void news_line_came(void *arg, bool must, const char *text)
{
    struct plain *p = arg;
    if (p->budget < 1 && !must) {
        p->left_out++;
        return;
    }
    if (p->left_out)
        plain_say(p, "(%zu lines were left out)", p->left_out);
    p->left_out = 0;
    p->budget -= 1;
    plain_say(p, "%s", text);
}

/* A terminal that is behind gets less, not a longer queue; while a line is typed nothing comes between. */
static void tell_news(struct plain *p)
{
    struct state_input in;
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (p->ask != ASK_NOTHING || p->ui.prompt.kind != PROMPT_NONE || poll(&out, 1, 0) == 0)
        return;
    p->budget += (double)(p->ui.now_ms - p->budget_ms) / 1000;
    p->budget = p->budget > LINES_AT_ONCE ? LINES_AT_ONCE : p->budget;
    p->budget_ms = p->ui.now_ms;
    ui_state_input(&p->ui, &in);
    news_tell(&p->news, &in, news_line_came, p);
    if (p->ui.notice[0]) /* what became of something that a key asked for */
        plain_say(p, "%s", p->ui.notice);
    p->ui.notice[0] = '\0';
}

static void read_hub(struct plain *p)
{
    uint64_t n;
    bool ok;
    char sentence[320];
    while (read(p->ui.parts->hub->wake_fd, &n, sizeof n) < 0 && errno == EINTR)
        ;
    enum prompt_kind before = p->ui.prompt.kind;
    (void)ui_take_query(&p->ui);
    /* A question that the query asks by itself. */
    if (before == PROMPT_NONE && p->ui.prompt.kind == PROMPT_CONFIRM)
        plain_say(p, "%s Press y for yes or n for no.", p->ui.prompt.label);
    (void)ui_take_others(&p->ui);
    if (p->ui.exporting && export_ended(p->ui.exporting, &ok, sentence, sizeof sentence)) {
        p->ui.exporting = NULL;
        plain_say(p, "%s", sentence);
    }
}

/* False when the end has come. */
static bool react(struct plain *p, unsigned reactions)
{
    if (reactions & REACT_SUSPEND) {
        (void)fflush(stdout);
        screen_lines_suspend(true);
    }
    return !(reactions & REACT_QUIT);
}

/* Uses up what was typed, keys and lines in turn; a key may ask for a line while more is there already. */
static bool use_input(struct plain *p, struct typed *t)
{
    bool more = true;
    size_t at = 0, used = 0;
    for (; more && at < t->len; at += used) {
        if (p->ask == ASK_NOTHING) {
            int key = plain_key(t->bytes + at, t->len - at, &used);
            more = key == K_NONE || react(p, plain_key_pressed(p, key));
            if (p->ask != ASK_NOTHING)
                screen_by_line(true);
            continue;
        }
        char *end = memchr(t->bytes + at, '\n', t->len - at);
        if (!end)
            break;
        *end = '\0';
        used = (size_t)(end + 1 - (t->bytes + at));
        more = react(p, plain_line_typed(p, t->bytes + at));
        if (p->ask == ASK_NOTHING)
            screen_by_line(false);
    }
    memmove(t->bytes, t->bytes + at, t->len - at);
    t->len -= at;
    return more;
}

/* False when the end has come. */
static bool read_keys(struct plain *p, struct typed *t)
{
    ssize_t n = read(screen_keys_fd(), t->bytes + t->len, sizeof t->bytes - t->len);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    for (ssize_t i = 0; i < n; i++)
        if (t->bytes[t->len + (size_t)i] == '\r')
            t->bytes[t->len + (size_t)i] = '\n';
    t->len += (size_t)n;
    t->empty = n > 0 ? 0 : t->empty + 1;
    if (n == 0 && p->ask != ASK_NOTHING) { /* Ctrl-D */
        (void)plain_line_typed(p, NULL);
        screen_by_line(false);
    }
    if (t->empty >= EMPTY_READS)
        return false; /* the terminal is gone */
    bool more = use_input(p, t);
    if (t->len == sizeof t->bytes)
        t->len = 0; /* nobody types such a line */
    return more;
}

static void read_signals(void)
{
    unsigned seen = screen_signals();
    if (seen & SCREEN_STOP)
        screen_lines_suspend(false);
    else if (seen & SCREEN_CONTINUED)
        screen_lines_reclaim();
}

static void run(struct plain *p, int stop_fd)
{
    struct pollfd fds[FDS] = {
        [FD_KEYS] = {.fd = screen_keys_fd(), .events = POLLIN},
        [FD_HUB] = {.fd = p->ui.parts->hub->wake_fd, .events = POLLIN},
        [FD_STOP] = {.fd = stop_fd, .events = POLLIN},
        [FD_SIGNAL] = {.fd = screen_signal_fd(), .events = POLLIN},
    };
    int64_t told_ms = 0;
    struct typed typed = {.len = 0};
    for (;;) {
        p->ui.now_ms = clock_mono_ms();
        if (p->ui.now_ms - told_ms >= TICK_MS) {
            tell_news(p);
            told_ms = p->ui.now_ms;
        }
        if (fflush(stdout) != 0)
            return;
        int n = poll(fds, FDS, TICK_MS);
        p->ui.now_ms = clock_mono_ms();
        if (n < 0 && errno != EINTR)
            return;
        if (n <= 0)
            continue;
        if (fds[FD_STOP].revents)
            return;
        if (fds[FD_SIGNAL].revents)
            read_signals();
        if (fds[FD_HUB].revents)
            read_hub(p);
        if (fds[FD_KEYS].revents & (POLLERR | POLLNVAL | POLLHUP))
            return;
        if (fds[FD_KEYS].revents && !read_keys(p, &typed))
            return;
    }
}

int plain_run(const struct app_parts *parts, int stop_fd, char *err, size_t err_cap)
{
    struct screen_info info;
    if (screen_open_lines(&info, parts->options->ui.ascii, err, err_cap))
        return -1;
    xalloc_on_fatal(screen_restore);
    struct plain *p = xcalloc(1, sizeof *p);
    ui_open(&p->ui, parts, &info);
    p->ui.mouse = false;
    p->ui.h = PICTURE_H;
    p->ui.w = PICTURE_W;
    p->has_picture = stdscr && resizeterm(PICTURE_H, PICTURE_W) == OK;
    p->budget = LINES_AT_ONCE;
    p->budget_ms = p->ui.now_ms;
    rank_init(&p->rank);
    plain_say(p, "sfcrime-tui in lines: Enter prints the table, ? lists the keys, q quits.");
    run(p, stop_fd);
    (void)fflush(stdout);
    screen_close();
    rank_free(&p->rank);
    ui_close(&p->ui);
    free(p);
    return 0;
}
