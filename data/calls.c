#include "data/calls.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "data/frequencies.h"
#include "data/places.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MINUTES  1440
#define DAY_MS       INT64_C(86400000)
#define ADDRESS_SIZE 80
#define TYPE_SIZE    64

/* What is fixed of a call before the rows are written: when it happened and when its report comes in. The
 * rest is drawn from (seed, number) while writing, so that memory stays small. */
struct event {
    uint32_t minute;  /* since the start day */
    uint32_t arrival; /* minute of its report */
    uint32_t number;  /* by time, from 0 */
};

/* splitmix64: tiny, well mixed, and any start value is a good one, so every call can have a stream of its
 * own. */
struct dice {
    uint64_t state;
};

static uint64_t dice_next(struct dice *d)
{
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static struct dice dice_of(uint64_t seed, uint64_t purpose, uint64_t number)
{
    struct dice d = {seed};
    d.state = dice_next(&d) ^ (purpose << 56);
    d.state = dice_next(&d) ^ number;
    (void)dice_next(&d);
    return d;
}

/* 0..below-1. The bias of the short multiply is under 2^-32 times below: nothing here can see it. */
static uint32_t dice_roll(struct dice *d, uint32_t below)
{
    return (uint32_t)(((dice_next(d) >> 32) * below) >> 32);
}

static bool dice_one_in(struct dice *d, uint32_t n)
{
    return dice_roll(d, n) == 0;
}

static size_t pick_count(struct dice *d, const uint16_t *counts, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += counts[i];
    uint32_t roll = dice_roll(d, sum);
    for (size_t i = 0; i < n; i++) {
        if (roll < counts[i])
            return i;
        roll -= counts[i];
    }
    return n - 1;
}

static enum disposition pick_from(struct dice *d, const struct disposition_frequency *list)
{
    uint32_t sum = 0;
    for (const struct disposition_frequency *f = list; f->count; f++)
        sum += f->count;
    uint32_t roll = dice_roll(d, sum);
    for (; roll >= list->count; list++)
        roll -= list->count;
    return (enum disposition)list->disposition;
}

static const struct type_frequency *pick_type(struct dice *d)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < TYPE_COUNT; i++)
        sum += types[i].count;
    uint32_t roll = dice_roll(d, sum);
    size_t i = 0;
    for (; roll >= types[i].count; i++)
        roll -= types[i].count;
    return &types[i];
}

static enum disposition pick_disposition(struct dice *d, const struct type_frequency *type)
{
    if (dice_one_in(d, 150))
        return pick_from(d, rare_dispositions);
    return pick_from(d, type->dispositions[0].count ? type->dispositions : pooled_dispositions);
}

static const struct street *pick_street(struct dice *d)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < STREET_COUNT; i++)
        sum += streets[i].weight;
    uint32_t roll = dice_roll(d, sum);
    size_t i = 0;
    for (; roll >= streets[i].weight; i++)
        roll -= streets[i].weight;
    return &streets[i];
}

static const struct street *pick_other_street(struct dice *d, const struct street *than)
{
    const struct street *s;
    do
        s = pick_street(d);
    while (s == than);
    return s;
}

static int pick_block(struct dice *d, const struct street *s)
{
    return (int)dice_roll(d, s->blocks + 1u) * 100;
}

/* Text typed by hand, where the street is not in the dispatcher's list: many forms. */
static void write_geo_address(struct dice *d, char *out, size_t cap)
{
    static const uint16_t forms[] = {14, 9, 2, 2, 1, 1};
    const struct street *a = pick_street(d), *b = pick_other_street(d, a);
    switch (pick_count(d, forms, 6)) {
    case 0: snprintf(out, cap, "%d Blk %s", pick_block(d, a), a->name); break;
    case 1: snprintf(out, cap, "%s", places[dice_roll(d, PLACE_COUNT)]); break;
    case 2: {
        int hundred = pick_block(d, a);
        snprintf(out, cap, "%d %s", hundred + 1 + (int)dice_roll(d, 99), a->name);
        break;
    }
    case 3: snprintf(out, cap, "%s/%s", a->name, b->name); break;
    case 4: snprintf(out, cap, "%s & %s", a->name, b->name); break;
    default: snprintf(out, cap, "%s And %s", a->name, b->name); break;
    }
}

static void write_address(struct dice *d, enum address_type kind, char *out, size_t cap)
{
    const struct street *a = pick_street(d);
    if (kind == ADDRESS_GEO) {
        write_geo_address(d, out, cap);
    } else if (kind == ADDRESS_INTERSECTION) {
        const struct street *b = pick_other_street(d, a);
        /* The city's title case only knows blanks: after a slash the letter stays small. */
        snprintf(out, cap, "%s/%c%s", a->name, tolower((unsigned char)b->name[0]), b->name + 1);
    } else {
        snprintf(out, cap, "%d Block Of %s", pick_block(d, a), a->name);
    }
}

static void write_place(struct dice *d, char *out, size_t cap)
{
    /* One throw a statement: the order of two in one call is the compiler's choice. */
    const char *place = places[dice_roll(d, PLACE_COUNT)];
    snprintf(out, cap, "%s%s", place, dice_roll(d, 100) < 78 ? ", Sf" : "");
}

/* A slip of the pen: two neighbours exchanged, or one letter lost. */
static void misspell(struct dice *d, char *name)
{
    size_t len = strlen(name);
    if (len < 5)
        return;
    size_t at = 1 + dice_roll(d, (uint32_t)len - 2);
    if (name[at] == name[at + 1] || dice_one_in(d, 2)) {
        memmove(name + at, name + at + 1, len - at);
    } else {
        char c = name[at];
        name[at] = name[at + 1];
        name[at + 1] = c;
    }
}

/* When the calls happen, ascending: an hour by its frequency, then any minute of it. */
static int compare_minute(const void *a, const void *b)
{
    uint32_t x = ((const struct event *)a)->minute, y = ((const struct event *)b)->minute;
    return (x > y) - (x < y);
}

static int compare_arrival(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->arrival != y->arrival)
        return x->arrival < y->arrival ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Most reports come in within the minute, one in sixteen a few minutes later (behind its neighbours, but
 * within a watermark of five minutes), one in two hundred so late that a watermark has passed it. */
static uint32_t draw_delay(struct dice *d)
{
    uint32_t roll = dice_roll(d, 1000);
    if (roll < 5)
        return 65 + dice_roll(d, 60);
    return roll < 65 ? 1 + dice_roll(d, 4) : 0;
}

/* True when call number i repeats the one before it: same time, type and disposition, another id and address.
 */
static bool repeats_previous(uint64_t seed, uint32_t i)
{
    struct dice d = dice_of(seed, 2, i);
    return i > 0 && dice_one_in(&d, 80);
}

static struct event *draw_events(const struct calls_request *r)
{
    size_t n = (size_t)r->calls;
    uint32_t days = (uint32_t)(r->end_day - r->start_day + 1);
    struct event *events = xreallocarray(NULL, n, sizeof *events);
    struct dice when = dice_of(r->seed, 1, 0);
    for (size_t i = 0; i < n; i++) {
        uint32_t day = dice_roll(&when, days);
        uint32_t hour = (uint32_t)pick_count(&when, hour_counts, 24);
        events[i].minute = day * DAY_MINUTES + hour * 60 + dice_roll(&when, 60);
    }
    /* Equal keys are equal altogether here, so an unstable sort cannot differ between machines. */
    qsort(events, n, sizeof *events, compare_minute);
    for (size_t i = 0; i < n; i++) {
        struct dice delay = dice_of(r->seed, 3, i);
        events[i].number = (uint32_t)i;
        if (repeats_previous(r->seed, (uint32_t)i))
            events[i].minute = events[i - 1].minute;
        events[i].arrival = events[i].minute + draw_delay(&delay);
    }
    return events;
}

/* Serial numbers within each day, ascending with gaps, as the city's ids have: yyDDDnnnn. A day of more than
 * 9,999 calls simply has longer numbers. */
static uint32_t *draw_serials(const struct calls_request *r, const struct event *events)
{
    size_t n = (size_t)r->calls;
    uint32_t *serials = xreallocarray(NULL, n, sizeof *serials);
    for (size_t i = 0; i < n;) {
        uint32_t day = events[i].minute / DAY_MINUTES;
        size_t end = i;
        while (end < n && events[end].minute / DAY_MINUTES == day)
            end++;
        uint32_t spread = (uint32_t)(9990 / (end - i));
        spread = spread > 5 ? 5 : spread < 1 ? 1 : spread;
        struct dice d = dice_of(r->seed, 4, day);
        for (uint32_t serial = 0; i < end; i++)
            serials[i] = serial += 1 + dice_roll(&d, spread);
    }
    return serials;
}

/* "2018-12-31" and the day's number in its year. */
static void format_day(int64_t day, char date[ISO_MAX], int *year_day)
{
    char first[ISO_MAX];
    int64_t first_ms = 0;
    iso_format_ms(date, day * DAY_MS, 0);
    date[10] = '\0';
    snprintf(first, sizeof first, "%.4s-01-01", date);
    (void)iso_parse_ms(first, strlen(first), &first_ms);
    *year_day = (int)(day - first_ms / DAY_MS) + 1;
}

static int write_call(const struct calls_request *r, const struct event *e, uint32_t serial, FILE *out)
{
    char date[ISO_MAX], type_text[TYPE_SIZE], address[ADDRESS_SIZE], place[ADDRESS_SIZE] = "";
    int year_day, minute = (int)(e->minute % DAY_MINUTES);
    uint32_t like = e->number;
    while (repeats_previous(r->seed, like))
        like--;
    struct dice what = dice_of(r->seed, 5, like), where = dice_of(r->seed, 6, e->number);

    format_day(r->start_day + e->minute / DAY_MINUTES, date, &year_day);
    const struct type_frequency *type = pick_type(&what);
    snprintf(type_text, sizeof type_text, "%s", type->name);
    if (dice_one_in(&what, 400))
        misspell(&what, type_text);
    enum disposition disposition = pick_disposition(&what, type);
    enum address_type kind = (enum address_type)pick_count(&where, type->address_types, ADDRESS_COUNT);
    const char *city = city_names[pick_count(&where, city_counts[kind], CITY_COUNT)];
    write_address(&where, kind, address, sizeof address);
    if (kind == ADDRESS_COMMON)
        write_place(&where, place, sizeof place);

    /* No text in the tables needs escaping; a test holds that. */
    int n = fprintf(out,
                    "{\"crime_id\":\"%.2s%03d%04u\",\"original_crime_type_name\":\"%s\","
                    "\"report_date\":\"%sT00:00:00.000\",\"call_date\":\"%sT00:00:00.000\","
                    "\"offense_date\":\"%sT00:00:00.000\",\"call_time\":\"%02d:%02d\","
                    "\"call_date_time\":\"%sT%02d:%02d:00.000\",\"disposition\":\"%s\",\"address\":\"%s\","
                    "\"city\":\"%s\",\"state\":\"CA\",\"agency_id\":\"1\",\"address_type\":\"%s\","
                    "\"common_location\":\"%s\"}",
                    date + 2, year_day, (unsigned)serial, type_text, date, date, date, minute / 60,
                    minute % 60, date, minute / 60, minute % 60, disposition_names[disposition], address,
                    city, address_type_names[kind], place);
    return n < 0 ? -1 : 0;
}

int calls_write(const struct calls_request *r, FILE *out)
{
    int rc = -1;
    size_t n = (size_t)r->calls;
    struct event *events = draw_events(r);
    uint32_t *serials = draw_serials(r, events);

    if (r->order == CALLS_BY_TIME)
        qsort(events, n, sizeof *events, compare_arrival);
    if (fputs("[\n", out) == EOF)
        goto out;
    for (size_t i = 0; i < n; i++) {
        const struct event *e = &events[r->order == CALLS_BY_TIME ? i : n - 1 - i];
        if (write_call(r, e, serials[e->number], out) || fputs(i + 1 < n ? ",\n" : "\n", out) == EOF)
            goto out;
    }
    rc = fputs("]\n", out) == EOF || fflush(out) ? -1 : 0;
out:
    free(serials);
    free(events);
    return rc;
}
