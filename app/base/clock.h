/* Time, of three kinds that are never mixed: the monotonic clock (rates, ages, deadlines), the wall clock
 * (log lines, report timestamps) and event time (what a call says about itself). All are int64 counts whose
 * names carry the unit. Times without a zone are UTC (the design's section 4). Any thread may call all of it.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "No such figure": shown as '-', never as a number. Also used for counts and offsets. */
#define UNKNOWN INT64_MIN

/* Large enough for "2018-12-31T23:57:00.000Z" and for years beyond 9999. */
#define ISO_MAX 40

/* A sum or difference with an unknown part is unknown. */
static inline int64_t known_sum(int64_t a, int64_t b)
{
    return a == UNKNOWN || b == UNKNOWN ? UNKNOWN : a + b;
}
static inline int64_t known_less(int64_t a, int64_t b)
{
    return a == UNKNOWN || b == UNKNOWN ? UNKNOWN : a - b;
}

int64_t clock_mono_ns(void);
int64_t clock_mono_ms(void);
int64_t clock_wall_ms(void);

/* Reads YYYY-MM-DD, or YYYY-MM-DD{T or space}HH:MM[:SS[.fff...]] with an optional Z or +HH:MM zone; digits
 * beyond milliseconds are cut. False, and *ms untouched, when the text is anything else or no real date. */
bool iso_parse_ms(const char *s, size_t len, int64_t *ms);

/* "2018-12-31T23:57:00.000Z" (zone 'Z') or the data's own form without the zone letter (zone 0). */
void iso_format_ms(char out[ISO_MAX], int64_t ms, char zone);

/* "5 minutes", "90s", "1 hour 30 minutes", "2 weeks", "500 ms"; plain digits are refused (no unit).
 * Units: ms, s, m(in), h, d, w and their words. False when the text is not a duration or overflows. */
bool duration_parse_ms(const char *s, int64_t *ms);

/* The shortest exact words: "5 minutes", "1 hour", "90 seconds", "1500 ms"; 0 gives "0 seconds". */
void duration_format_ms(char *out, size_t cap, int64_t ms);

#endif
