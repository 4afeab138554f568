/* A frame goes to the terminal in one piece. ncurses writes each time the cursor jumps, some ten bytes a
 * time: the terminal would be woken, and shown half of the frame, hundreds of times a second. Main thread
 * only. */
#ifndef UI_SCREEN_FRAME_H
#define UI_SCREEN_FRAME_H

/* Once the terminal is up; where it fails, frames go out as ncurses writes them. */
void frame_open(void);
void frame_close(void);

/* The terminal itself, whatever standard output is at this instant: for the handler of a fatal signal.
 * Async-signal-safe. */
int frame_terminal(void);

/* What ncurses has to change becomes bytes, and all of them one write. */
void frame_update(void);
/* The bytes of the last frame; -1 where they were not counted. */
long long frame_bytes(void);
/* The next frame goes out as ncurses writes it: it sets the terminal's modes as well (after a suspend). */
void frame_direct(void);

#endif
