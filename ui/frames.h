/* When the next frame may go out, so that a slow line never holds a queue of old frames and what is written a
 * second stays bounded. Between us and the terminal may lie a network that takes in everything at once, so
 * that the kernel's own queue says nothing: the terminal itself is asked, behind a frame, whether it is there
 * (as vt100s could be: CSI 5 n), and its answer says that the frame has been drawn. Pure. */
#ifndef UI_FRAMES_H
#define UI_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes a second that frames may take which no key asked for. */
#define FRAMES_BYTES_A_SECOND 32768

struct frames {
    bool asks;          /* the terminal can be asked */
    bool answers;       /* and has answered before */
    bool asked;         /* a question is on its way */
    int64_t painted_ms; /* the last frame; 0 = none */
    int64_t asked_ms, first_asked_ms, answered_ms, probed_ms;
    int64_t last_bytes;               /* of the last frame */
    int64_t covered, behind;          /* bytes under way before the question and after it */
    int64_t round_ms, round_least_ms; /* from question to answer: the last, the shortest */
    double bytes_s;                   /* what the line has carried */
};

/* by_key: a key waits for it; gap_ms: what the frame rate asks for at least. The earliest moment for the next
 * frame; INT64_MAX: when the terminal has answered. */
int64_t frames_earliest(const struct frames *f, int64_t now_ms, bool by_key, int64_t gap_ms);
/* A frame of so many bytes has gone out. True: ask the terminal now. */
bool frames_painted(struct frames *f, int64_t now_ms, int64_t bytes);
/* The terminal has answered. True: ask again, as more has gone out since. */
bool frames_answered(struct frames *f, int64_t now_ms);

#endif
