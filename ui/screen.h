/* The terminal itself: set up so that every terminal and locale works somehow, put back as it was whatever
 * happens. There is one terminal in a process, so this part keeps its state in statics. Main thread only,
 * except screen_restore. While the screen is up, standard error goes to memory and is shown afterwards. */
#ifndef UI_SCREEN_H
#define UI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

struct screen_info {
    bool only_ascii;   /* the locale or the terminal cannot show Unicode */
    bool ascii;        /* that, or the user asked for ASCII */
    int colours;       /* 0 = none */
    bool has_default;  /* can show its own default colours */
    char warning[200]; /* what was wrong with TERM or locale; empty when nothing was */
};

/* 0; or -1 with a sentence when no terminal can be used. */
int screen_open(struct screen_info *info, bool want_ascii, char *err, size_t err_cap);
/* The terminal as it was; what went to standard error meanwhile is written there now. Idempotent. */
void screen_close(void);
/* The least that a fatal signal's handler may do: modes and screen back, caught errors shown. Idempotent,
 * async-signal-safe, any thread. */
void screen_restore(void);

/* For the linear mode: keys come one by one, nothing but lines goes out; no screen is set up and standard
 * error is left alone. A picture can still be composed in memory, where ncurses knows any terminal at all. 0,
 * or -1 with a sentence. screen_close and screen_restore end this, too. */
int screen_open_lines(struct screen_info *info, bool want_ascii, char *err, size_t err_cap);
/* While that is up: the terminal edits, shows and sends whole lines, or gives single keys again. */
void screen_by_line(bool by_line);
/* As screen_suspend and screen_reclaim. */
void screen_lines_suspend(bool job);
void screen_lines_reclaim(void);

/* Where keys come from: standard input, or /dev/tty where that is something else. */
int screen_keys_fd(void);

/* Readable when a signal of the terminal came; screen_signals reads them all. */
int screen_signal_fd(void);
enum { SCREEN_RESIZED = 1, SCREEN_STOP = 2, SCREEN_CONTINUED = 4 };
unsigned screen_signals(void);

/* Leaves the screen, stops the process (job: with all of its process group, as Ctrl-Z does elsewhere), comes
 * back when it is continued. */
void screen_suspend(bool job);
/* After a continue that we did not stop for: takes the terminal's modes again. */
void screen_reclaim(void);
/* Asks the terminal for its size and tells ncurses. */
void screen_resize(int *h, int *w);

/* Asks the terminal whether it is there: it answers by the key KEY_ANSWER when it has drawn all before. Only
 * where screen_asks says that it can be asked. */
bool screen_asks(void);
void screen_ask(void);
enum { KEY_ANSWER = 0x7F0 }; /* a code of ours for ncurses, beyond those that it gives out */
/* The answer came: leaving the screen need not wait for it. */
void screen_told(void);

/* Reports wheel and clicks, or leaves the mouse to the terminal (so that text can be selected). */
void screen_mouse(bool on);

#endif
