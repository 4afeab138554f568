#include "term.h"

#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define KEEPER_TICK_MS 5

struct term {
    VTerm *vt;
    VTermScreen *screen;
    int rows, cols;
    int master;    /* -1 after a hang-up */
    int keeper_fd; /* reports come from here, 'c' (continue) goes there */
    pid_t keeper;  /* child process, reaped by term_end */
    pid_t program; /* in a process group of its own; 0 before the keeper told us */
    enum term_life life;
    int wait_status;
    struct termios before; /* line discipline before the program started */
    bool alternate, cursor_hidden;
    int mouse;
    struct term_bytes bytes;
};

/* Keeper to test: the program's process and what waitpid said of it (-1 = it has just started). */
struct report {
    pid_t program;
    int wait_status;
};

static void tell(int fd, pid_t program, int wait_status)
{
    struct report r = {.program = program, .wait_status = wait_status};
    if (send(fd, &r, sizeof r, MSG_NOSIGNAL) != (ssize_t)sizeof r)
        _exit(1); /* the test is gone */
}

static void keeper_exec(char *const *argv, char *const *envp)
{
    sigset_t none;

    if (setpgid(0, 0) != 0 || tcsetpgrp(STDIN_FILENO, getpid()) != 0)
        _exit(126);
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(argv[0], argv, envp);
    fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

/* The shell's part, in a process of its own: it must belong to the terminal's session, or the kernel would
 * not stop the program on SIGTSTP (its process group would be an orphan). Never returns. */
static void keeper_main(int fd, char *const *argv, char *const *envp)
{
    /* Both sides may hand over the terminal while in the background. */
    signal(SIGTTOU, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGTSTP, SIG_IGN);

    /* The test first notes how the fresh terminal is set. */
    char go;
    if (read(fd, &go, 1) != 1)
        _exit(1);
    pid_t program = fork();
    if (program < 0)
        _exit(125);
    if (program == 0) {
        close(fd);
        keeper_exec(argv, envp);
    }
    setpgid(program, program); /* fails harmlessly when the program did it first */
    tell(fd, program, -1);

    for (bool gone = false;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int status;
        char order;

        if (!gone && waitpid(program, &status, WNOHANG | WUNTRACED) == program) {
            gone = !WIFSTOPPED(status);
            tcsetpgrp(STDIN_FILENO, getpgrp());
            tell(fd, program, status);
        }
        if (poll(&p, 1, gone ? -1 : KEEPER_TICK_MS) <= 0)
            continue;
        if (read(fd, &order, 1) != 1) { /* the test has ended, or was killed */
            if (!gone)
                kill(-program, SIGKILL);
            _exit(0);
        }
        if (order == 'c') {
            tcsetpgrp(STDIN_FILENO, program);
            kill(-program, SIGCONT);
        }
    }
}

static int on_prop(VTermProp prop, VTermValue *value, void *user)
{
    struct term *t = user;

    if (prop == VTERM_PROP_ALTSCREEN)
        t->alternate = value->boolean;
    else if (prop == VTERM_PROP_CURSORVISIBLE)
        t->cursor_hidden = !value->boolean;
    else if (prop == VTERM_PROP_MOUSE)
        t->mouse = value->number;
    return 1;
}

static const VTermScreenCallbacks screen_callbacks = {.settermprop = on_prop};

/* What the emulator says to the program: keys, and answers to its questions. */
static void on_output(const char *s, size_t len, void *user)
{
    struct term *t = user;
    term_type(t, s, len);
}

static void emulator_open(struct term *t)
{
    t->vt = vterm_new(t->rows, t->cols);
    vterm_set_utf8(t->vt, 1);
    vterm_output_set_callback(t->vt, on_output, t);
    t->screen = vterm_obtain_screen(t->vt);
    vterm_screen_set_callbacks(t->screen, &screen_callbacks, t);
    vterm_screen_enable_altscreen(t->screen, 1);
    vterm_screen_reset(t->screen, 1);
}

struct term *term_start(int rows, int cols, char *const *argv, char *const *envp, char *err, size_t err_cap)
{
    struct term *t = xcalloc(1, sizeof *t);
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    int fds[2] = {-1, -1};

    t->rows = rows;
    t->cols = cols;
    t->master = t->keeper_fd = -1;
    emulator_open(t);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        snprintf(err, err_cap, "socketpair: %s", strerror(errno));
        goto fail;
    }
    t->keeper = forkpty(&t->master, NULL, NULL, &size);
    if (t->keeper < 0) {
        snprintf(err, err_cap, "forkpty: %s", strerror(errno));
        goto fail;
    }
    if (t->keeper == 0) {
        close(fds[0]);
        keeper_main(fds[1], argv, envp);
    }
    close(fds[1]);
    t->keeper_fd = fds[0];
    if (tcgetattr(t->master, &t->before) != 0 || fcntl(t->master, F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(t->master, F_SETFD, FD_CLOEXEC) != 0 || send(t->keeper_fd, "g", 1, MSG_NOSIGNAL) != 1) {
        snprintf(err, err_cap, "pseudo-terminal: %s", strerror(errno));
        term_end(t);
        return NULL;
    }
    return t;
fail:
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    vterm_free(t->vt);
    free(t);
    return NULL;
}

void term_end(struct term *t)
{
    if (!t)
        return;
    /* The keeper kills the program when its socket closes. */
    close(t->keeper_fd);
    while (waitpid(t->keeper, NULL, 0) < 0 && errno == EINTR)
        ;
    if (t->master >= 0)
        close(t->master);
    vterm_free(t->vt);
    free(t);
}

static void take_report(struct term *t)
{
    struct report r;

    if (recv(t->keeper_fd, &r, sizeof r, MSG_WAITALL) != (ssize_t)sizeof r) {
        t->life = TERM_EXITED; /* the keeper itself failed: no status is known */
        t->wait_status = 125 << 8;
        return;
    }
    t->program = r.program;
    if (r.wait_status == -1)
        return;
    t->wait_status = r.wait_status;
    t->life = WIFSTOPPED(r.wait_status) ? TERM_STOPPED : TERM_EXITED;
}

/* True when bytes came. */
static bool take_output(struct term *t)
{
    char buf[16384];
    bool any = false;
    ssize_t n;

    /* Bounded, so that a program that never stops writing cannot keep a deadline from being seen. */
    for (int i = 0; i < 16 && (n = read(t->master, buf, sizeof buf)) > 0; i++) {
        term_bytes_feed(&t->bytes, buf, (size_t)n);
        vterm_input_write(t->vt, buf, (size_t)n);
        any = true;
    }
    return any;
}

bool term_pump(struct term *t, int timeout_ms)
{
    /* After the exit the keeper says no more; its socket stays open until we close it. */
    struct pollfd p[2] = {{.fd = t->master, .events = POLLIN}, {.fd = t->keeper_fd, .events = POLLIN}};
    bool any = false;

    if (t->life == TERM_EXITED)
        p[1].fd = -1;
    if (poll(p, 2, timeout_ms) <= 0)
        return false;
    if (t->master >= 0 && p[0].revents)
        any = take_output(t);
    if (p[1].revents) {
        take_report(t);
        any = true;
    }
    return any;
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)((0xf00 >> n & 0xff) | c);
    return n;
}

void term_row(const struct term *t, int row, char out[TERM_LINE])
{
    size_t len = 0, last = 0;

    for (int col = 0; col < t->cols && len + 4 * VTERM_MAX_CHARS_PER_CELL < TERM_LINE;) {
        VTermScreenCell cell;
        if (!vterm_screen_get_cell(t->screen, (VTermPos){.row = row, .col = col}, &cell))
            break;
        if (cell.chars[0] == 0) {
            out[len++] = ' ';
        } else {
            for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++)
                len += put_utf8(out + len, cell.chars[i]);
            if (cell.chars[0] != ' ')
                last = len;
        }
        col += cell.width > 1 ? cell.width : 1;
    }
    out[last] = '\0';
}

uint32_t term_cell(const struct term *t, int row, int col)
{
    VTermScreenCell cell;

    if (!vterm_screen_get_cell(t->screen, (VTermPos){.row = row, .col = col}, &cell) ||
        cell.chars[0] == (uint32_t)-1)
        return 0;
    return cell.chars[0];
}

void term_size(const struct term *t, int *rows, int *cols)
{
    *rows = t->rows;
    *cols = t->cols;
}

const struct term_bytes *term_bytes(const struct term *t)
{
    return &t->bytes;
}

void term_key(struct term *t, VTermKey key, VTermModifier modifier)
{
    vterm_keyboard_key(t->vt, key, modifier);
}

void term_type(struct term *t, const char *bytes, size_t len)
{
    /* A program that is gone or does not read loses keys; the step that waits for its screen will say so. */
    for (int tries = 0; len > 0 && t->master >= 0 && tries < 100;) {
        ssize_t n = write(t->master, bytes, len);
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd p = {.fd = t->master, .events = POLLOUT};
            poll(&p, 1, 10);
            tries++;
        } else if (errno != EINTR) {
            return;
        }
    }
}

void term_resize(struct term *t, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

    t->rows = rows;
    t->cols = cols;
    vterm_set_size(t->vt, rows, cols);
    if (t->master >= 0 && ioctl(t->master, TIOCSWINSZ, &size) != 0)
        perror("# TIOCSWINSZ");
}

void term_signal(struct term *t, int signal_number)
{
    if (t->program > 0 && t->life != TERM_EXITED)
        kill(-t->program, signal_number);
}

void term_continue(struct term *t)
{
    t->life = TERM_RUNNING;
    if (send(t->keeper_fd, "c", 1, MSG_NOSIGNAL) != 1)
        perror("# keeper");
}

void term_hangup(struct term *t)
{
    close(t->master);
    t->master = -1;
}

enum term_life term_life(const struct term *t, int *wait_status)
{
    *wait_status = t->wait_status;
    return t->life;
}

pid_t term_pid(const struct term *t)
{
    return t->program;
}

bool term_restored(const struct term *t, char *why, size_t why_cap)
{
    struct termios now;

    if (t->master < 0)
        return true; /* there is no terminal any more */
    if (t->alternate)
        snprintf(why, why_cap, "the alternate screen was not left");
    else if (t->cursor_hidden)
        snprintf(why, why_cap, "the cursor was left hidden");
    else if (t->mouse != VTERM_PROP_MOUSE_NONE)
        snprintf(why, why_cap, "mouse reporting was left on");
    else if (tcgetattr(t->master, &now) != 0)
        snprintf(why, why_cap, "tcgetattr: %s", strerror(errno));
    else if (now.c_lflag != t->before.c_lflag || now.c_iflag != t->before.c_iflag ||
             now.c_oflag != t->before.c_oflag)
        snprintf(why, why_cap, "the line discipline was left changed (echo %s, line mode %s)",
                 now.c_lflag & ECHO ? "on" : "off", now.c_lflag & ICANON ? "on" : "off");
    else
        return term_bytes_restored(&t->bytes, why, why_cap);
    return false;
}
