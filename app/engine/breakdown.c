#include "engine/breakdown.h"

#include "base/xalloc.h"
#include "query/hash.h"
#include "query/row.h"
#include "query/scan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Dispositions of their own, by order of first sight in the query; rows of further ones are counted as
 * others. Real data have some twenty. */
#define PARTS_MOST 512

#define HOUR_MS   INT64_C(3600000)
#define DAY_HOURS 24
#define SECOND_NS INT64_C(1000000000)

struct call {
    int64_t event_ms;
    int64_t offset;
    int32_t partition;
    uint32_t disposition;
};

typedef char address[sizeof((struct detail_call){0}.address)];

/* One key's rows. Starts as zeros. 512 bytes where a pointer has 8, so that finding a key's takes a shift. */
struct tally {
    int64_t *parts; /* by the disposition's id */
    uint32_t parts_cap;
    uint16_t next;  /* place of the next call */
    uint16_t known; /* a bit a place: its address is in addresses */
    int64_t hours[DAY_HOURS];
    struct call calls[DETAIL_CALLS]; /* a ring */
    int64_t others;
    address *addresses; /* one a place; NULL before the first */
};
static_assert(DETAIL_CALLS <= 16, "a bit for each call");

struct breakdown {
    struct tally *keys; /* by key number; none once there are too many */
    size_t count, capacity;
    bool many;
    struct tally only; /* of the wanted key, where there are many */
    int64_t wanted;
    /* The hour of the last row, since the next is nearly always of the same. */
    int64_t hour_ms;
    unsigned hour;

    struct scanner scanner;
    int64_t per_s, allowance; /* addresses */
    int64_t filled_ns;        /* when the allowance was filled up last; 0 = never */
};

static void tally_free(struct tally *t)
{
    free(t->parts);
    free(t->addresses);
    *t = (struct tally){0};
}

static void forget_all(struct breakdown *b)
{
    for (size_t i = 0; b->keys && i < b->count; i++)
        tally_free(&b->keys[i]);
    free(b->keys);
    b->keys = NULL;
    b->count = b->capacity = 0;
    tally_free(&b->only);
}

struct breakdown *breakdown_new(int addresses_per_s)
{
    struct breakdown *b = xcalloc(1, sizeof *b);
    b->wanted = -1;
    b->per_s = addresses_per_s;
    scanner_open(&b->scanner);
    b->scanner.wanted[FIELD_ADDRESS] = true;
    return b;
}

void breakdown_free(struct breakdown *b)
{
    if (!b)
        return;
    forget_all(b);
    scanner_free(&b->scanner);
    free(b);
}

void breakdown_restart(struct breakdown *b)
{
    forget_all(b);
    b->many = false;
    b->wanted = -1;
}

void breakdown_want(struct breakdown *b, int64_t key)
{
    if (key == b->wanted)
        return;
    tally_free(&b->only);
    b->wanted = key;
}

/* There are too many keys: only the wanted one's rows stay. */
static void give_up(struct breakdown *b)
{
    struct tally kept = {0};
    if (b->keys && b->wanted >= 0 && (size_t)b->wanted < b->count) {
        kept = b->keys[b->wanted];
        b->keys[b->wanted] = (struct tally){0};
    }
    forget_all(b);
    b->many = true;
    b->only = kept;
}

/* Of a key that is not among keys. */
static struct tally *other_tally(struct breakdown *b, uint32_t key)
{
    if (!b->many && key >= BREAKDOWN_KEYS)
        give_up(b);
    if (b->many)
        return key == b->wanted ? &b->only : NULL;
    size_t before = b->capacity;
    b->keys = array_grow(b->keys, &b->capacity, (size_t)key + 1, sizeof *b->keys);
    memset(b->keys + before, 0, (b->capacity - before) * sizeof *b->keys);
    b->count = (size_t)key + 1;
    return &b->keys[key];
}

/* Where a key's rows are collected; NULL where they are not. */
static inline struct tally *tally_of(struct breakdown *b, uint32_t key)
{
    return key < b->count ? &b->keys[key] : other_tally(b, key);
}

static void next_hour(struct breakdown *b, int64_t event_ms)
{
    int64_t hours = event_ms / HOUR_MS - (event_ms % HOUR_MS < 0);
    b->hour_ms = hours * HOUR_MS;
    b->hour = (unsigned)((hours % DAY_HOURS + DAY_HOURS) % DAY_HOURS);
}

static inline unsigned hour_of(struct breakdown *b, int64_t event_ms)
{
    if ((uint64_t)event_ms - (uint64_t)b->hour_ms >= (uint64_t)HOUR_MS)
        next_hour(b, event_ms);
    return b->hour;
}

/* A disposition that the key has no place for yet. */
static void new_part(struct tally *t, uint32_t disposition)
{
    enum { AT_FIRST = 32 }; /* doubled it comes to PARTS_MOST and not past it */
    if (disposition >= PARTS_MOST) {
        t->others++;
        return;
    }
    uint32_t wanted = t->parts_cap > 0 ? t->parts_cap : AT_FIRST;
    while (wanted <= disposition)
        wanted *= 2;
    t->parts = xreallocarray(t->parts, wanted, sizeof *t->parts);
    memset(t->parts + t->parts_cap, 0, (wanted - t->parts_cap) * sizeof *t->parts);
    t->parts_cap = wanted;
    t->parts[disposition]++;
}

static inline void count_row(struct breakdown *b, struct tally *t, const struct row *row)
{
    uint32_t disposition = row->ids[COLUMN_DISPOSITION], place = t->next;
    t->hours[hour_of(b, row->event_ms)]++;
    if (disposition < t->parts_cap)
        t->parts[disposition]++;
    else
        new_part(t, disposition);
    t->calls[place] = (struct call){.event_ms = row->event_ms,
                                    .offset = row->message->offset,
                                    .partition = row->message->partition,
                                    .disposition = disposition};
    t->known &= (uint16_t) ~(1u << place);
    t->next = (uint16_t)(place + 1 < DETAIL_CALLS ? place + 1 : 0);
}

/* ---- addresses ---- */

/* The allowance is that of one second at most, so that idle time is no right to a burst. */
static void fill_allowance(struct breakdown *b)
{
    int64_t now_ns = clock_mono_ns(), passed_ns = now_ns - b->filled_ns;
    if (b->filled_ns == 0 || passed_ns >= SECOND_NS) {
        b->allowance = b->per_s;
        b->filled_ns = now_ns;
        return;
    }
    int64_t more = passed_ns * b->per_s / SECOND_NS;
    if (more == 0)
        return; /* the fraction is not lost: the time counts on */
    b->allowance = b->allowance + more < b->per_s ? b->allowance + more : b->per_s;
    b->filled_ns = now_ns;
}

/* The message was read by the query before, so it is a call. */
static void take_address(struct breakdown *b, struct tally *t, uint32_t place, const struct message *m)
{
    b->allowance--;
    if (scan_message(&b->scanner, m->value, m->value_len) != SCAN_OK)
        return;
    if (!t->addresses)
        t->addresses = xcalloc(DETAIL_CALLS, sizeof *t->addresses);
    struct text text = b->scanner.fields[FIELD_ADDRESS];
    text_clean(t->addresses[place], sizeof t->addresses[place], text.p ? text.p : "", text.len, false);
    t->known |= (uint16_t)(1u << place);
}

/* Calls come too fast for all their addresses: the latest ones of the wanted key come first. */
static void take_wanted_addresses(struct breakdown *b, const struct row_block *rows)
{
    struct tally *t = b->wanted < 0 || b->wanted > UINT32_MAX ? NULL : tally_of(b, (uint32_t)b->wanted);
    uint32_t place = t ? t->next : 0;
    for (size_t i = rows->count, found = 0; t && i-- > 0 && found < DETAIL_CALLS && b->allowance > 0;) {
        const struct row *row = row_at(rows, i);
        if (row->key != b->wanted)
            continue;
        found++;
        place = (place > 0 ? place : DETAIL_CALLS) - 1;
        take_address(b, t, place, row->message);
    }
}

static void on_counted(void *arg, const struct row_block *rows)
{
    struct breakdown *b = arg;
    fill_allowance(b);
    bool addresses = (int64_t)rows->count <= b->allowance;
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = row_at(rows, i);
        struct tally *t = tally_of(b, row->key);
        if (!t)
            continue;
        uint32_t place = t->next;
        count_row(b, t, row);
        if (addresses)
            take_address(b, t, place, row->message);
    }
    if (!addresses)
        take_wanted_addresses(b, rows);
}

void breakdown_listen(struct breakdown *b, struct query_listener *listener)
{
    listener->counted = on_counted;
    listener->counted_arg = b;
}

/* ---- for the view ---- */

static void clean_disposition(char *out, size_t cap, const struct query *q, uint32_t id)
{
    struct text text = query_disposition(q, id);
    text_clean(out, cap, text.p ? text.p : "", text.len, false);
}

struct part {
    uint32_t id;
    int64_t rows;
};

/* Most rows first; of equal ones the one that came first. */
static int compare_parts(const void *left, const void *right)
{
    const struct part *a = left, *b = right;
    return a->rows != b->rows ? (a->rows < b->rows) - (a->rows > b->rows) : (a->id > b->id) - (a->id < b->id);
}

static void fill_parts(struct view_detail *d, const struct tally *t, const struct query *q)
{
    struct part all[PARTS_MOST];
    size_t count = 0;
    for (uint32_t id = 0; id < t->parts_cap; id++)
        if (t->parts[id] > 0)
            all[count++] = (struct part){.id = id, .rows = t->parts[id]};
    qsort(all, count, sizeof *all, compare_parts);
    d->rows_other = t->others;
    for (size_t i = 0; i < count; i++) {
        if (i >= DETAIL_PARTS) {
            d->rows_other += all[i].rows;
            continue;
        }
        struct detail_part *p = &d->part[d->parts++];
        p->rows = all[i].rows;
        p->null = !query_disposition(q, all[i].id).p;
        clean_disposition(p->disposition, sizeof p->disposition, q, all[i].id);
    }
}

static void fill_calls(struct view_detail *d, const struct tally *t, const struct query *q)
{
    d->calls = d->rows < DETAIL_CALLS ? (size_t)d->rows : DETAIL_CALLS;
    for (size_t i = 0; i < d->calls; i++) {
        size_t place = (t->next + DETAIL_CALLS - d->calls + i) % DETAIL_CALLS;
        const struct call *from = &t->calls[place];
        struct detail_call *c = &d->call[i];
        c->event_ms = from->event_ms;
        c->offset = from->offset;
        c->partition = from->partition;
        clean_disposition(c->disposition, sizeof c->disposition, q, from->disposition);
        c->address_known = (t->known >> place & 1) != 0;
        if (c->address_known)
            memcpy(c->address, t->addresses[place], sizeof c->address);
    }
}

struct view_detail *breakdown_detail(const struct breakdown *b, const struct query *q)
{
    static const struct tally nothing = {0};
    if (b->wanted < 0 || (size_t)b->wanted >= query_key_count(q))
        return NULL;
    const struct tally *t = b->many                        ? &b->only
                            : (size_t)b->wanted < b->count ? &b->keys[b->wanted]
                                                           : &nothing;
    struct view_detail *d = xcalloc(1, sizeof *d);
    struct query_key key;
    query_key(q, (uint32_t)b->wanted, &key);
    d->key = (uint32_t)b->wanted;
    for (int h = 0; h < DAY_HOURS; h++) {
        d->hours[h] = t->hours[h];
        d->rows += t->hours[h];
    }
    d->complete = d->rows == key.rows;
    fill_parts(d, t, q);
    fill_calls(d, t, q);
    return d;
}
