#include "ui/screen.h"

#include "base/xalloc.h"
#include "ui/keymap.h"
#include "ui/screen_frame.h"
#include "ui/screen_signals.h"
#include "ui/theme.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#define PASTE_ON  "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
/* Presses and the wheel; as numbers, so that no column is too far. */
#define MOUSE_ON  "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"

enum { ANSWER_MOST_MS = 300, DEAF_MS = 200 };
enum { CAUGHT_MOST = 1 << 20, SHOWN_MOST = 64 * 1024 };

/* One terminal a process. `up` guards the restoring, which a signal handler of any thread may do. */
static struct {
    atomic_bool up;
    SCREEN *curses;
    FILE *keys;  /* /dev/tty where standard input is something else (the data); else NULL */
    int keys_fd; /* where keys come from */
    struct termios before;
    bool have_before;
    char farewell[256]; /* the bytes that leave the screen, made beforehand: the handler may not compute them
                         */
    size_t farewell_len;
    int old_stderr, caught;   /* -1 = standard error is not caught */
    FILE *null_in, *null_out; /* of a picture that is only in memory */
    bool by_line;
    bool has_mouse, mouse; /* the terminal has one that it can tell of; it does at present */
    bool asks, asked;      /* the terminal can be asked; its answer is still to come */
} term_state = {.keys_fd = STDIN_FILENO, .old_stderr = -1, .caught = -1};

/* ---- standard error while the screen is up ---- */

static void catch_stderr(void)
{
    (void)fflush(stderr);
    int fd = memfd_create("caught-stderr", MFD_CLOEXEC);
    int old = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (fd < 0 || old < 0 || dup2(fd, STDERR_FILENO) < 0) {
        if (fd >= 0)
            close(fd);
        if (old >= 0)
            close(old);
        return;
    }
    term_state.caught = fd;
    term_state.old_stderr = old;
}

/* A terminal that reads no more would hold whoever writes to it, for ever; async-signal-safe. */
static bool takes(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, DEAF_MS) != 0;
}

/* Writes what was caught, the last SHOWN_MOST bytes of it, without anything that could drive the terminal.
 * Async-signal-safe. */
static void release_stderr(void)
{
    int fd = term_state.caught, old = term_state.old_stderr;
    if (fd < 0 || old < 0)
        return;
    term_state.caught = term_state.old_stderr = -1;
    (void)dup2(old, STDERR_FILENO);
    off_t end = lseek(fd, 0, SEEK_END), at = end > SHOWN_MOST ? end - SHOWN_MOST : 0;
    char part[512];
    while (at < end) {
        ssize_t n = pread(fd, part, sizeof part, at);
        if (n <= 0)
            break;
        for (ssize_t i = 0; i < n; i++) {
            unsigned char c = (unsigned char)part[i];
            if ((c < 0x20 && c != '\n' && c != '\t') || c >= 0x7F)
                part[i] = '?';
        }
        if (!takes(STDERR_FILENO) || write(STDERR_FILENO, part, (size_t)n) < 0)
            break;
        at += n;
    }
    close(fd);
    close(old);
}

/* A library that complains for days must not eat the memory. */
static void trim_caught(void)
{
    struct stat st;
    if (term_state.caught >= 0 && !fstat(term_state.caught, &st) && st.st_size > CAUGHT_MOST &&
        ftruncate(term_state.caught, 0) == 0)
        (void)lseek(term_state.caught, 0, SEEK_SET);
}

/* ---- asking the terminal ---- */

static void prepare_asking(void)
{
    const char *position = tigetstr("u7"); /* who answers where the cursor is answers this as well */
    term_state.asks = position && (intptr_t)position != -1 && define_key("\033[0n", KEY_ANSWER) == OK;
    term_state.asked = false;
}

bool screen_asks(void)
{
    return term_state.asks;
}

void screen_ask(void)
{
    static const char question[] = "\033[5n";
    ssize_t n = write(STDOUT_FILENO, question, sizeof question - 1);
    term_state.asked = n == (ssize_t)sizeof question - 1;
}

void screen_told(void)
{
    term_state.asked = false;
}

/* An answer that comes when we are gone would be typed into the shell. */
static void await_answer(void)
{
    static const char answer[] = "\033[0n";
    struct pollfd p = {.fd = term_state.keys_fd, .events = POLLIN};
    size_t seen = 0;
    char c;
    while (term_state.asked && seen < sizeof answer - 1 && poll(&p, 1, ANSWER_MOST_MS) > 0 &&
           read(p.fd, &c, 1) == 1)
        seen = c == answer[seen] ? seen + 1 : c == *answer;
    term_state.asked = false;
}

/* ---- leaving ---- */

static int keep_byte(int c)
{
    if (term_state.farewell_len < sizeof term_state.farewell)
        term_state.farewell[term_state.farewell_len++] = (char)c;
    return c;
}

static void keep_capability(const char *name)
{
    char *s = tigetstr((char *)name);
    if (s && (intptr_t)s != -1)
        (void)tputs(s, 1, keep_byte);
}

/* A terminal of the kind that has xterm's private modes. */
static bool knows_modes(void)
{
    static const char *const kinds[] = {"xterm",     "screen", "tmux",    "rxvt",
                                        "alacritty", "foot",   "konsole", "vte"};
    const char *term = getenv("TERM");
    for (size_t i = 0; term && i < sizeof kinds / sizeof *kinds; i++)
        if (!strncmp(term, kinds[i], strlen(kinds[i])))
            return true;
    return false;
}

/* Pasted text comes between two marks, so that none of it is taken for keys. */
static void mark_pastes(bool on)
{
    if (!knows_modes())
        return;
    if (on) {
        (void)define_key("\033[200~", KEY_PASTE_BEGIN);
        (void)define_key("\033[201~", KEY_PASTE_END);
    }
    (void)putp(on ? PASTE_ON : PASTE_OFF);
    (void)fflush(stdout);
}

/* What the terminal tells of its mouse is read by us: ncurses, once it has seen a report begin, waits for its
 * end however long that takes, and after a press of another button for the next press. */
static void prepare_mouse(void)
{
    const char *begin = tigetstr("kmous");
    term_state.has_mouse = knows_modes() || (begin && (intptr_t)begin != -1);
    if (!term_state.has_mouse)
        return;
    (void)define_key(NULL, KEY_MOUSE);
    (void)define_key("\033[<", KEY_MOUSE_REPORT);
    (void)define_key("\033[M", KEY_MOUSE_OLD);
}

static void prepare_farewell(void)
{
    const char *off[] = {term_state.has_mouse ? MOUSE_OFF : "", knows_modes() ? PASTE_OFF : ""};
    term_state.farewell_len = 0;
    for (size_t i = 0; i < sizeof off / sizeof *off; i++)
        for (const char *s = off[i]; *s; s++)
            (void)keep_byte(*s);
    static const char *const names[] = {"rmkx", "sgr0", "op", "cnorm", "rmcup"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        keep_capability(names[i]);
}

void screen_restore(void)
{
    if (!atomic_exchange(&term_state.up, false))
        return;
    const char *at = term_state.farewell;
    size_t left = term_state.farewell_len;
    while (left && takes(frame_terminal())) {
        ssize_t n = write(frame_terminal(), at, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        at += n;
        left -= (size_t)n;
    }
    if (term_state.have_before)
        (void)tcsetattr(term_state.keys_fd, TCSANOW, &term_state.before);
    release_stderr();
}

void screen_close(void)
{
    if (atomic_load(&term_state.up)) {
        if (term_state.curses) {
            await_answer();
            screen_mouse(false);
            (void)endwin();
        }
        screen_restore();
    }
    if (term_state.curses) {
        delscreen(term_state.curses);
        term_state.curses = NULL;
    }
    frame_close();
    if (term_state.null_in)
        (void)fclose(term_state.null_in);
    if (term_state.null_out)
        (void)fclose(term_state.null_out);
    term_state.null_in = term_state.null_out = NULL;
    if (term_state.keys)
        (void)fclose(term_state.keys);
    term_state.keys = NULL;
    term_state.keys_fd = STDIN_FILENO;
    screen_signals_close();
}

/* ---- entering ---- */

static bool unicode_locale(struct screen_info *info)
{
    const char *now = setlocale(LC_CTYPE, NULL);
    if (now && !strcmp(now, "C") && !setlocale(LC_CTYPE, ""))
        snprintf(info->warning, sizeof info->warning,
                 "the locale of LANG or LC_ALL is not installed: using ASCII");
    return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* True when ncurses can draw on this kind of terminal: it must at least move the cursor. */
static bool usable(const char *term)
{
    int what = 0;
    if (!term || !*term || setupterm((char *)term, STDOUT_FILENO, &what) != OK)
        return false;
    const char *move_to = tigetstr("cup");
    bool ok = move_to && (intptr_t)move_to != -1;
    (void)del_curterm(cur_term);
    return ok;
}

static const char *choose_term(struct screen_info *info)
{
    static const char *const known[] = {"xterm-256color", "xterm", "vt100", "ansi"};
    const char *asked = getenv("TERM");
    if (usable(asked))
        return asked;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (usable(known[i])) {
            snprintf(info->warning, sizeof info->warning, "TERM=%.40s is %s: using %s", asked ? asked : "",
                     asked && *asked ? "unknown or too simple here" : "not set", known[i]);
            (void)setenv("TERM", known[i], 1);
            return known[i];
        }
    return NULL;
}

/* TERM's own description with millions of colours, where COLORTERM says that the terminal has them and such a
 * description is installed ("xterm-256color" -> "xterm-direct"); else NULL. Redefining the 256 would do
 * without one, but would change the colours of the user's shell, too, after a kill. Fresh memory. */
static char *direct_term(const char *term)
{
    const char *has = getenv("COLORTERM");
    int what;
    if (!has || (strcmp(has, "truecolor") != 0 && strcmp(has, "24bit") != 0))
        return NULL;
    char *name = xasprintf("%.*s-direct", (int)strcspn(term, "-"), term);
    bool ok = setupterm(name, STDOUT_FILENO, &what) == OK;
    if (ok) {
        ok = tigetflag("RGB") == 1 && tigetnum("colors") >= THEME_TRUE_COLOUR;
        (void)del_curterm(cur_term);
    }
    if (ok)
        return name;
    free(name);
    return NULL;
}

static void set_modes(void)
{
    struct termios t;
    (void)cbreak();
    (void)noecho();
    (void)nonl();
    (void)keypad(stdscr, TRUE);
    (void)nodelay(stdscr, TRUE);
    (void)intrflush(stdscr, FALSE);
    (void)curs_set(0);
    /* Ctrl-S would stop our writing, and with it every key. Ctrl-Z comes as a key: ncurses ignores the signal
     * while it paints, and `make` would be stopped before the terminal is given back. */
    if (!tcgetattr(term_state.keys_fd, &t)) {
        t.c_iflag &= ~(tcflag_t)IXON;
        t.c_cc[VSUSP] = _POSIX_VDISABLE;
        (void)tcsetattr(term_state.keys_fd, TCSANOW, &t);
        (void)def_prog_mode();
    }
}

/* Standard input's terminal, or /dev/tty where standard input is a pipe with data. It is opened anew, so that
 * reading it never blocks: ncurses reads on to the end of a mouse report, and one that never ends (cut by a
 * slow line, or sent while the mouse was being given back) would stop the screen until the next key. Setting
 * that on standard input itself would set it for the shell, too. */
static bool find_keys(void)
{
    char name[64] = "/dev/tty";
    bool own = isatty(STDIN_FILENO);
    if (own && ttyname_r(STDIN_FILENO, name, sizeof name))
        return true;
    int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    term_state.keys = fd >= 0 ? fdopen(fd, "re") : NULL;
    if (!term_state.keys) {
        if (fd >= 0)
            close(fd);
        return own;
    }
    term_state.keys_fd = fd;
    return true;
}

int screen_open(struct screen_info *info, bool want_ascii, char *err, size_t err_cap)
{
    memset(info, 0, sizeof *info);
    if (!isatty(STDOUT_FILENO) || !find_keys()) {
        snprintf(err, err_cap, "there is no terminal to show the screen on and to take keys from");
        return -1;
    }
    info->only_ascii = !unicode_locale(info);
    const char *term = choose_term(info);
    if (!term) {
        snprintf(err, err_cap, "no terminal description is installed (package ncurses-base), TERM=%s",
                 getenv("TERM") ? getenv("TERM") : "");
        screen_close();
        return -1;
    }
    /* The console's fonts have no eighth blocks and no heavy lines. */
    if (!strcmp(term, "linux"))
        info->only_ascii = true;
    info->ascii = info->only_ascii || want_ascii;
    if (info->warning[0])
        fprintf(stderr, "sfcrime-tui: %s\n", info->warning);
    term_state.have_before = tcgetattr(term_state.keys_fd, &term_state.before) == 0;
    if (!getenv("ESCDELAY"))
        (void)set_escdelay(25);
    screen_signals_early();
    char *direct = direct_term(term);
    term_state.curses =
        newterm(direct ? direct : (char *)term, stdout, term_state.keys ? term_state.keys : stdin);
    free(direct);
    if (!term_state.curses) {
        snprintf(err, err_cap, "the terminal of TERM=%.60s cannot be set up", term);
        screen_close();
        return -1;
    }
    frame_open();
    atomic_store(&term_state.up, true);
    if (has_colors() && start_color() == OK) {
        info->has_default = use_default_colors() == OK;
        info->colours = COLORS;
    }
    set_modes();
    mark_pastes(true);
    prepare_asking();
    prepare_mouse();
    prepare_farewell();
    catch_stderr();
    if (screen_signals_open(err, err_cap)) {
        screen_close();
        return -1;
    }
    return 0;
}

/* ---- the linear mode ---- */

void screen_by_line(bool by_line)
{
    struct termios t;
    term_state.by_line = by_line;
    if (!term_state.have_before || tcgetattr(term_state.keys_fd, &t))
        return;
    if (by_line) {
        t.c_lflag |= ICANON | ECHO;
    } else {
        t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        t.c_cc[VMIN] = 1;
        t.c_cc[VTIME] = 0;
    }
    t.c_lflag |= ISIG;
    t.c_iflag |= ICRNL;
    t.c_iflag &= ~(tcflag_t)IXON; /* Ctrl-S would stop our writing, and with it every key */
    t.c_cc[VSUSP] = _POSIX_VDISABLE;
    (void)tcsetattr(term_state.keys_fd, TCSADRAIN, &t);
}

/* ncurses draws to nowhere: what it has drawn is read back cell by cell. Without any terminal description
 * there is no picture. */
static void open_memory_screen(void)
{
    static const char *const known[] = {"xterm", "vt100", "ansi", "linux"};
    term_state.null_in = fopen("/dev/null", "re");
    term_state.null_out = fopen("/dev/null", "we");
    for (size_t i = 0; term_state.null_in && term_state.null_out && i < sizeof known / sizeof *known; i++)
        if (usable(known[i])) {
            term_state.curses = newterm((char *)known[i], term_state.null_out, term_state.null_in);
            return;
        }
}

int screen_open_lines(struct screen_info *info, bool want_ascii, char *err, size_t err_cap)
{
    memset(info, 0, sizeof *info);
    if (!isatty(STDOUT_FILENO) || !find_keys()) {
        snprintf(err, err_cap, "there is no terminal to print to and to take keys from");
        return -1;
    }
    info->only_ascii = !unicode_locale(info);
    info->ascii = info->only_ascii || want_ascii;
    term_state.have_before = tcgetattr(term_state.keys_fd, &term_state.before) == 0;
    term_state.farewell_len = 0;
    screen_signals_early();
    open_memory_screen();
    atomic_store(&term_state.up, true);
    if (screen_signals_open(err, err_cap)) {
        screen_close();
        return -1;
    }
    screen_by_line(false);
    return 0;
}

void screen_lines_suspend(bool job)
{
    if (term_state.have_before)
        (void)tcsetattr(term_state.keys_fd, TCSADRAIN, &term_state.before);
    screen_signals_stop_here(job);
    screen_lines_reclaim();
}

void screen_lines_reclaim(void)
{
    screen_by_line(term_state.by_line);
}

/* ---- while it is up ---- */

int screen_keys_fd(void)
{
    return term_state.keys_fd;
}

void screen_suspend(bool job)
{
    await_answer();
    mark_pastes(false);
    screen_mouse(false);
    (void)endwin();
    screen_signals_stop_here(job);
    screen_reclaim();
}

void screen_reclaim(void)
{
    frame_direct();
    term_state.mouse = false; /* whoever had the terminal meanwhile may have taken it */
    (void)reset_prog_mode();
    (void)curs_set(0);
    (void)keypad(stdscr, TRUE); /* the shell may have switched the terminal's keys back */
    mark_pastes(true);
    (void)clearok(curscr, TRUE);
    (void)refresh();
}

void screen_resize(int *h, int *w)
{
    struct winsize size = {0};
    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row > 0 && size.ws_col > 0 &&
        (size.ws_row != LINES || size.ws_col != COLS))
        (void)resizeterm(size.ws_row, size.ws_col);
    trim_caught();
    *h = LINES;
    *w = COLS;
}

void screen_mouse(bool on)
{
    if (term_state.has_mouse) {
        if (on != term_state.mouse) {
            (void)putp(on ? MOUSE_ON : MOUSE_OFF);
            (void)fflush(stdout);
        }
        term_state.mouse = on;
        return;
    }
    (void)mouseinterval(0); /* a press is a click at once */
    (void)mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}
