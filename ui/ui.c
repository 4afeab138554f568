/* The loop: sleeps in poll(), lets keys and views change the state, and paints once before it sleeps again.
 */
#include "ui/ui.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "log.h"
#include "ui/frames.h"
#include "ui/keymap.h"
#include "ui/mouse.h"
#include "ui/screen.h"
#include "ui/screen_frame.h"
#include "ui/state.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CALM_GAP_MS = 100,    /* replay and cluster news wait for each other: nobody reads faster */
    KEY_GAP_MS = 4,       /* a key is answered at once, but a stuck key does not paint without end */
    RESIZE_QUIET_MS = 50, /* a window that is being dragged is painted when it rests ... */
    RESIZE_MOST_MS = 250, /* ... or after this long */
    LOOK_MS = 500,        /* how often to look for what no wake-up tells: ages, a long batch, the log */
    LONG_BATCH_LOOK_MS = 200,
    STALE_PAINT_MS = 1000, /* figures that age are at most this old */
    BYTES_GUESS = 2000,    /* of a frame whose bytes were not counted */
    EMPTY_READS = 20       /* readable but no key, so often in a row: the terminal is gone */
};

enum { FD_KEYS, FD_HUB, FD_STOP, FD_SIGNAL, FDS };

struct loop {
    struct ui ui;
    struct frames frames;
    int64_t painted_ms;
    int64_t due_ms;    /* when to paint; INT64_MAX = not asked for */
    bool by_key;       /* a key waits for it */
    int64_t resize_ms; /* when the size is taken over; 0 = not pending */
    int64_t resize_first_ms;
    int empty_reads;
    struct mouse_report report; /* what has come of it so far */
    bool quit;
};

void ui_restore(void)
{
    screen_restore();
}

static void paint_at(struct loop *l, int64_t at_ms)
{
    if (at_ms < l->due_ms)
        l->due_ms = at_ms;
}

static void react(struct loop *l, unsigned reactions)
{
    if (reactions & REACT_QUIT)
        l->quit = true;
    if (reactions & REACT_REPAINT)
        (void)clearok(curscr, TRUE);
    if (!reactions)
        return;
    l->by_key = true;
    paint_at(l, l->painted_ms + KEY_GAP_MS);
}

/* job: with everything that the shell started together with us (Ctrl-Z), not only this process (a signal). */
static void suspend(struct loop *l, bool job)
{
    screen_suspend(job);
    l->frames.asked = false;
    l->frames.covered = l->frames.behind = 0;
    l->ui.now_ms = clock_mono_ms();
    screen_mouse(ui_mouse_wanted(&l->ui));
    l->resize_ms = l->ui.now_ms; /* the window may be another one by now */
}

static void answered(struct loop *l)
{
    screen_told();
    if (frames_answered(&l->frames, l->ui.now_ms))
        screen_ask();
    if (l->due_ms != INT64_MAX) /* what waited for it looks anew */
        l->due_ms = l->ui.now_ms;
}

/* True when the key was part of what the terminal tells of its mouse. */
static bool of_mouse(struct loop *l, int key)
{
    struct mouse_report *r = &l->report;
    if ((key == K_MOUSE_REPORT || key == K_MOUSE_OLD) && !l->ui.pasting) {
        mouse_report_begin(r, key == K_MOUSE_REPORT ? MOUSE_FORM_NUMBERS : MOUSE_FORM_OLD);
        return true;
    }
    if (r->form == MOUSE_FORM_NONE)
        return false;
    switch (mouse_report_take(r, key)) {
    case MOUSE_MORE: return true;
    case MOUSE_WHOLE: react(l, ui_mouse_report(&l->ui, r)); return true;
    case MOUSE_BROKEN: break;
    }
    return false;
}

static void read_keys(struct loop *l)
{
    wint_t ch;
    int result;
    bool any = false;
    while (!l->quit && (result = get_wch(&ch)) != ERR) {
        any = true;
        if (result == KEY_CODE_YES && ch == KEY_RESIZE)
            continue;
        int key = key_from_curses(result, ch);
        if (key == K_ANSWER) {
            answered(l);
            continue;
        }
        if (of_mouse(l, key))
            continue;
        /* Whatever is being typed or asked: Ctrl-Z is the shell's. */
        unsigned reactions = key == K_CTRL_Z && !l->ui.pasting ? REACT_SUSPEND
                             : key == K_MOUSE                  ? ui_mouse(&l->ui)
                                                               : ui_key(&l->ui, key);
        react(l, reactions);
        if (reactions & REACT_SUSPEND)
            suspend(l, true);
    }
    /* Of its three characters one may have been none, at the right of a wide screen. */
    if (l->report.form == MOUSE_FORM_OLD)
        l->report.form = MOUSE_FORM_NONE;
    l->empty_reads = any ? 0 : l->empty_reads + 1;
    if (l->empty_reads >= EMPTY_READS)
        l->quit = true;
}

static void read_hub(struct loop *l)
{
    uint64_t n;
    int64_t frame_ms = 1000 / l->ui.frame_rate;
    while (read(l->ui.parts->hub->wake_fd, &n, sizeof n) < 0 && errno == EINTR)
        ;
    if (ui_take_query(&l->ui))
        paint_at(l, l->painted_ms + frame_ms);
    if (ui_take_others(&l->ui))
        paint_at(l, l->painted_ms + (frame_ms > CALM_GAP_MS ? frame_ms : CALM_GAP_MS));
    bool ok;
    char sentence[320];
    if (l->ui.exporting && export_ended(l->ui.exporting, &ok, sentence, sizeof sentence)) {
        l->ui.exporting = NULL;
        ui_notice(&l->ui, !ok, "%s", sentence);
        paint_at(l, l->ui.now_ms);
    }
}

static void read_signals(struct loop *l)
{
    unsigned seen = screen_signals();
    if (seen & SCREEN_STOP) {
        suspend(l, false);
    } else if (seen & SCREEN_CONTINUED) {
        screen_reclaim();
        screen_mouse(ui_mouse_wanted(&l->ui));
        l->resize_ms = l->ui.now_ms;
    }
    if (seen & SCREEN_RESIZED) {
        if (!l->resize_ms)
            l->resize_first_ms = l->ui.now_ms;
        l->resize_ms = l->ui.now_ms + RESIZE_QUIET_MS;
        if (l->resize_ms > l->resize_first_ms + RESIZE_MOST_MS)
            l->resize_ms = l->resize_first_ms + RESIZE_MOST_MS;
    }
}

static bool long_batch(const struct loop *l)
{
    const struct live *live = &l->ui.parts->hub->live;
    return !l->ui.frozen && atomic_load_explicit(&live->batch_id, memory_order_relaxed) >= 0 &&
           l->ui.now_ms - atomic_load_explicit(&live->batch_since_ms, memory_order_relaxed) >= LOOK_MS;
}

/* What changes with time alone. */
static void look(struct loop *l)
{
    struct ui *ui = &l->ui;
    ui_keep_look(ui);
    if (ui->notice_until_ms && ui->now_ms >= ui->notice_until_ms) {
        ui->notice_until_ms = 0;
        ui->notice[0] = '\0';
        paint_at(l, ui->now_ms);
    }
    if (long_batch(l))
        paint_at(l, l->painted_ms + LONG_BATCH_LOOK_MS);
    else
        paint_at(l, l->painted_ms + STALE_PAINT_MS);
}

static void paint(struct loop *l)
{
    ui_paint(&l->ui);
    l->painted_ms = clock_mono_ms();
    l->due_ms = INT64_MAX;
    l->by_key = false;
    long long bytes = frame_bytes();
    if (frames_painted(&l->frames, l->painted_ms, bytes < 0 ? BYTES_GUESS : bytes))
        screen_ask();
}

static void paint_if_due(struct loop *l)
{
    struct ui *ui = &l->ui;
    if (l->resize_ms && ui->now_ms >= l->resize_ms) {
        l->resize_ms = 0;
        screen_resize(&ui->h, &ui->w);
        (void)clearok(curscr, TRUE);
        l->due_ms = ui->now_ms;
    }
    if (ui->now_ms < l->due_ms || l->resize_ms)
        return;
    /* A terminal that is behind gets a frame less, not a longer queue. */
    int64_t earliest_ms = frames_earliest(&l->frames, ui->now_ms, l->by_key, 0);
    if (ui->now_ms < earliest_ms) {
        l->due_ms = earliest_ms;
        return;
    }
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (poll(&out, 1, 0) == 0) {
        l->due_ms = ui->now_ms + 20;
        return;
    }
    paint(l);
    if (ui_serve_panes(ui))
        paint_at(l, l->painted_ms + KEY_GAP_MS);
}

static int wait_ms(const struct loop *l)
{
    int64_t until = l->painted_ms + (long_batch(l) ? LONG_BATCH_LOOK_MS : LOOK_MS);
    if (until <= l->ui.now_ms)
        until = l->ui.now_ms + LOOK_MS;
    if (l->due_ms < until && !l->resize_ms)
        until = l->due_ms;
    if (l->resize_ms && l->resize_ms < until)
        until = l->resize_ms;
    return until > l->ui.now_ms ? (int)(until - l->ui.now_ms) : 0;
}

static void run(struct loop *l, int stop_fd)
{
    struct pollfd fds[FDS] = {
        [FD_KEYS] = {.fd = screen_keys_fd(), .events = POLLIN},
        [FD_HUB] = {.fd = l->ui.parts->hub->wake_fd, .events = POLLIN},
        [FD_STOP] = {.fd = stop_fd, .events = POLLIN},
        [FD_SIGNAL] = {.fd = screen_signal_fd(), .events = POLLIN},
    };
    while (!l->quit) {
        l->ui.now_ms = clock_mono_ms();
        paint_if_due(l);
        l->ui.now_ms = clock_mono_ms();
        int n = poll(fds, FDS, wait_ms(l));
        l->ui.now_ms = clock_mono_ms();
        if (n < 0 && errno != EINTR)
            break;
        look(l);
        if (n <= 0)
            continue;
        if (fds[FD_STOP].revents)
            break;
        if (fds[FD_SIGNAL].revents)
            read_signals(l);
        if (fds[FD_HUB].revents)
            read_hub(l);
        if (fds[FD_KEYS].revents & (POLLERR | POLLNVAL | POLLHUP))
            break; /* the terminal is gone: nobody can press q any more */
        if (fds[FD_KEYS].revents)
            read_keys(l);
    }
}

int ui_run(const struct app_parts *parts, int stop_fd, char *err, size_t err_cap)
{
    struct screen_info info;
    struct loop *l = xcalloc(1, sizeof *l);
    struct ui *ui = &l->ui;
    if (screen_open(&info, parts->options->ui.ascii, err, err_cap)) {
        free(l);
        return -1;
    }
    xalloc_on_fatal(screen_restore);
    ui_open(ui, parts, &info);
    ui_keep_open(ui);
    screen_mouse(ui_mouse_wanted(ui));
    l->frames.asks = screen_asks();
    if (info.warning[0]) {
        log_line(LOG_WARNING, "screen", "%s", info.warning);
        ui_notice(ui, true, "%s", info.warning);
    }
    screen_resize(&ui->h, &ui->w);
    run(l, stop_fd);
    screen_close();
    ui_keep_close(ui);
    ui_close(ui);
    free(l);
    return 0;
}
