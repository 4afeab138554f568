#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static int64_t read_clock_ns(clockid_t id)
{
    struct timespec ts;
    /* Cannot fail for these two clocks on Linux; a zero time would only spoil an age. */
    if (clock_gettime(id, &ts) != 0)
        return 0;
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t clock_mono_ns(void)
{
    return read_clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
    return read_clock_ns(CLOCK_MONOTONIC) / 1000000;
}

int64_t clock_wall_ms(void)
{
    return read_clock_ns(CLOCK_REALTIME) / 1000000;
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar: counts whole 400-year eras, with the year made to
 * start in March so that the leap day is a year's last. */
static int64_t days_from_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* Reads exactly n digits. */
static bool digits(const char **s, const char *end, int n, int *value)
{
    int v = 0;
    if (end - *s < n)
        return false;
    for (int i = 0; i < n; i++) {
        unsigned d = (unsigned)((*s)[i] - '0');
        if (d > 9)
            return false;
        v = v * 10 + (int)d;
    }
    *s += n;
    *value = v;
    return true;
}

static bool literal(const char **s, const char *end, char c)
{
    if (*s == end || **s != c)
        return false;
    ++*s;
    return true;
}

static int month_days(int year, int month)
{
    static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* "Z", "+08:00", "-0800" or nothing. */
static bool parse_zone(const char **s, const char *end, int *offset_min)
{
    *offset_min = 0;
    if (*s == end || literal(s, end, 'Z'))
        return true;
    int sign = **s == '-' ? -1 : **s == '+' ? 1 : 0;
    int hours, minutes;
    if (!sign)
        return false;
    ++*s;
    if (!digits(s, end, 2, &hours))
        return false;
    (void)literal(s, end, ':');
    if (!digits(s, end, 2, &minutes) || hours > 18 || minutes > 59)
        return false;
    *offset_min = sign * (hours * 60 + minutes);
    return true;
}

static bool parse_fraction(const char **s, const char *end, int *ms)
{
    int scale = 100;
    *ms = 0;
    if (!literal(s, end, '.'))
        return true;
    const char *first = *s;
    while (*s < end && **s >= '0' && **s <= '9') {
        *ms += (**s - '0') * scale;
        scale /= 10;
        ++*s;
    }
    return *s > first;
}

static bool parse_time(const char **s, const char *end, int64_t *day_ms)
{
    int hour, minute, second = 0, ms = 0;
    if (!digits(s, end, 2, &hour) || !literal(s, end, ':') || !digits(s, end, 2, &minute))
        return false;
    if (literal(s, end, ':') && (!digits(s, end, 2, &second) || !parse_fraction(s, end, &ms)))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *day_ms = ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + ms;
    return true;
}

bool iso_parse_ms(const char *s, size_t len, int64_t *ms)
{
    const char *end = s + len;
    int year, month, day, zone_min = 0;
    int64_t day_ms = 0;
    if (!digits(&s, end, 4, &year) || !literal(&s, end, '-') || !digits(&s, end, 2, &month) ||
        !literal(&s, end, '-') || !digits(&s, end, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    if (s < end) {
        if (!literal(&s, end, 'T') && !literal(&s, end, ' '))
            return false;
        if (!parse_time(&s, end, &day_ms) || !parse_zone(&s, end, &zone_min) || s != end)
            return false;
    }
    *ms = days_from_date(year, month, day) * INT64_C(86400000) + day_ms - zone_min * INT64_C(60000);
    return true;
}

/* value as `width` digits, with leading zeros; returns what stands behind them. */
static char *put_digits(char *to, int value, int width)
{
    for (int i = width - 1; i >= 0; i--, value /= 10)
        to[i] = (char)('0' + value % 10);
    return to + width;
}

static char *put_char(char *to, char c)
{
    *to = c;
    return to + 1;
}

/* By hand: where rows are grouped by their time, every row passes here, and printf takes ten times as long.
 */
void iso_format_ms(char out[ISO_MAX], int64_t ms, char zone)
{
    if (ms == UNKNOWN) {
        memcpy(out, "-", 2);
        return;
    }
    int64_t days = ms / 86400000, rest_ms = ms % 86400000, year;
    int month, day;
    if (rest_ms < 0) {
        rest_ms += 86400000;
        days--;
    }
    date_from_days(days, &year, &month, &day);
    int rest = (int)rest_ms;
    char *to = year >= 0 && year <= 9999 ? put_digits(out, (int)year, 4)
                                         : out + snprintf(out, ISO_MAX, "%04lld", (long long)year);
    to = put_digits(put_char(to, '-'), month, 2);
    to = put_digits(put_char(to, '-'), day, 2);
    to = put_digits(put_char(to, 'T'), rest / 3600000, 2);
    to = put_digits(put_char(to, ':'), rest / 60000 % 60, 2);
    to = put_digits(put_char(to, ':'), rest / 1000 % 60, 2);
    to = put_digits(put_char(to, '.'), rest % 1000, 3);
    to = put_char(to, zone);
    *to = '\0'; /* a zone of 0 has ended it already */
}

struct unit {
    const char *word, *plural, *brief;
    int64_t ms;
};

static const struct unit units[] = {
    {"week", "weeks", "w", INT64_C(604800000)},
    {"day", "days", "d", 86400000},
    {"hour", "hours", "h", 3600000},
    {"minute", "minutes", "m", 60000},
    {"second", "seconds", "s", 1000},
    {"millisecond", "milliseconds", "ms", 1},
    {"min", "mins", "min", 60000},
    {"sec", "secs", "sec", 1000},
};

static const struct unit *find_unit(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        const char *names[] = {units[i].word, units[i].plural, units[i].brief};
        for (size_t n = 0; n < 3; n++)
            if (strlen(names[n]) == len && strncasecmp(names[n], word, len) == 0)
                return &units[i];
    }
    return NULL;
}

bool duration_parse_ms(const char *s, int64_t *ms)
{
    int64_t total = 0;
    bool any = false;
    for (;;) {
        while (isspace((unsigned char)*s))
            s++;
        if (!*s)
            break;
        int64_t amount = 0, part;
        const char *first = s;
        for (; *s >= '0' && *s <= '9'; s++)
            if (__builtin_mul_overflow(amount, 10, &amount) ||
                __builtin_add_overflow(amount, *s - '0', &amount))
                return false;
        if (s == first)
            return false;
        while (isspace((unsigned char)*s))
            s++;
        const char *word = s;
        while (isalpha((unsigned char)*s))
            s++;
        const struct unit *unit = find_unit(word, (size_t)(s - word));
        if (!unit || __builtin_mul_overflow(amount, unit->ms, &part) ||
            __builtin_add_overflow(total, part, &total))
            return false;
        any = true;
    }
    if (any)
        *ms = total;
    return any;
}

void duration_format_ms(char *out, size_t cap, int64_t ms)
{
    /* The largest of weeks to seconds that divides the time exactly; weeks and days only by their own counts,
     * so that 24 hours reads "1 day". */
    for (size_t i = 0; i < 5; i++) {
        int64_t n = ms / units[i].ms;
        if (ms > 0 && ms % units[i].ms == 0) {
            snprintf(out, cap, "%lld %s", (long long)n, n == 1 ? units[i].word : units[i].plural);
            return;
        }
    }
    if (ms == 0)
        snprintf(out, cap, "0 seconds");
    else
        snprintf(out, cap, "%lld ms", (long long)ms);
}
