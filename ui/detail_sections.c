#include "ui/detail_sections.h"

#include "base/text.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDE_W = 60, COUNT_W = 9, SHARE_W = 7, CODE_W = 13, HOURS = 24, EIGHTHS = 8 };

const char *detail_section_name(enum detail_section s)
{
    static const char *const names[DETAIL_SECTIONS] = {
        [SECTION_DISPOSITIONS] = "dispositions",
        [SECTION_HOURS] = "hours",
        [SECTION_WINDOWS] = "windows",
        [SECTION_CALLS] = "latest calls",
    };
    return names[s];
}

/* ---- dispositions ---- */

size_t detail_parts_count(const struct view_detail *d)
{
    return d ? d->parts + (d->rows_other > 0) : 0;
}

static const char *meaning_of(const struct detail_part *p, const struct codes *codes, char *out, size_t cap)
{
    if (p->null)
        return "the call has none yet";
    if (!p->disposition[0])
        return "left empty";
    struct text found = {0};
    if (codes)
        found = codes_find(codes, (struct text){.p = p->disposition, .len = strlen(p->disposition)});
    if (!found.p)
        return codes ? "no such code" : "meaning unknown";
    (void)text_clean(out, cap, found.p, found.len, false);
    return out;
}

struct part_columns {
    int code, meaning, count, share, bar;
};

static struct part_columns part_columns(int w)
{
    const bool wide = w >= WIDE_W;
    struct part_columns k = {
        .code = wide ? CODE_W : 9, .count = wide ? COUNT_W : 8, .share = wide ? SHARE_W : 6};
    int rest = w - 1 - k.code - k.count - k.share;
    k.meaning = rest > 8 ? rest : 0;
    if (k.meaning > 40) { /* longer than any meaning there is */
        k.bar = k.meaning - 28 > 40 ? 40 : k.meaning - 28;
        k.meaning -= k.bar;
    }
    return k;
}

static void draw_part(const struct view_detail *d, const struct codes *codes, const struct part_columns *k,
                      size_t row, int y, const struct canvas *c)
{
    char meaning[120], text[40], bar[CHART_TEXT], code[48];
    bool others = row >= d->parts;
    const struct detail_part *p = &d->part[others ? 0 : row];
    int64_t rows = others ? d->rows_other : p->rows;
    double share = d->rows > 0 ? (double)rows / (double)d->rows : NAN;
    snprintf(code, sizeof code, "%s",
             others              ? "others"
             : p->null           ? "(null)"
             : p->disposition[0] ? p->disposition
                                 : "\"\"");
    int x = 1;
    draw_cell(c, y, x, k->code - 1, LEFT, ST_VALUE, code);
    x += k->code;
    draw_cell(c, y, x, k->meaning, LEFT, ST_TEXT,
              others ? "" : meaning_of(p, codes, meaning, sizeof meaning));
    x += k->meaning;
    draw_cell(c, y, x, k->count, RIGHT, ST_VALUE, text_count(text, sizeof text, rows));
    x += k->count;
    if (!isnan(share))
        snprintf(text, sizeof text, "%.1f", 100 * share);
    draw_cell(c, y, x, k->share, RIGHT, ST_TEXT, isnan(share) ? "-" : text);
    x += k->share;
    if (k->bar > 2 && !isnan(share))
        (void)draw_text(c, y, x + 2, ST_GRAPH, chart_length(bar, k->bar - 3, share, c->ascii));
}

void detail_parts_draw(const struct view_detail *d, const struct codes *codes, const struct list *list,
                       const struct canvas *c)
{
    struct part_columns k = part_columns(c->r.w);
    int x = 1;
    draw_cell(c, 0, x, k.code, LEFT, ST_HEAD, k.code == CODE_W ? "disposition" : "disp.");
    draw_cell(c, 0, x + k.code, k.meaning, LEFT, ST_HEAD, "what it means");
    x += k.code + k.meaning;
    draw_cell(c, 0, x, k.count, RIGHT, ST_HEAD, "calls");
    draw_cell(c, 0, x + k.count, k.share, RIGHT, ST_HEAD, "%");
    for (int y = 1; y < c->r.h; y++) {
        size_t row = list->top + (size_t)(y - 1);
        if (row >= detail_parts_count(d))
            break;
        draw_part(d, codes, &k, row, y, c);
    }
}

/* ---- hours ---- */

/* The sign of one cell of a column that is `eighths` high above this cell's floor. */
static const char *cell_of(int eighths, bool ascii)
{
    static const char *const up[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    if (ascii)
        return eighths >= EIGHTHS ? "#" : eighths >= 4 ? ":" : ".";
    return up[eighths >= EIGHTHS ? EIGHTHS - 1 : eighths - 1];
}

static void draw_hour(const struct canvas *c, int x, int w, int rows, int64_t n, int64_t most)
{
    int eighths = most > 0 ? (int)((double)n / (double)most * rows * EIGHTHS) : 0;
    if (n > 0 && eighths < 1)
        eighths = 1;
    for (int line = 0; line * EIGHTHS < eighths; line++)
        for (int i = 0; i < w; i++)
            (void)draw_text(c, rows - line, x + i, n == most ? ST_MARK : ST_GRAPH,
                            cell_of(eighths - line * EIGHTHS, c->ascii));
}

static void draw_clock(const struct canvas *c, int y, int x, int each)
{
    int step = each >= 3 ? 1 : each == 2 ? 2 : 3;
    for (int hour = 0; hour < HOURS; hour += step)
        (void)draw_fmt(c, y, x + hour * each, ST_DIM, "%02d", hour);
}

void detail_hours_draw(const struct view_detail *d, const struct canvas *c)
{
    char n[40], line[120];
    int peak = 0, rows = c->r.h - 2;
    for (int hour = 1; hour < HOURS; hour++)
        if (d->hours[hour] > d->hours[peak])
            peak = hour;
    const int64_t most = d->hours[peak];
    text_many(n, sizeof n, most, "call", "calls");
    if (most)
        snprintf(line, sizeof line,
                 c->r.w < 52 ? "hours UTC: most %02d:00-%02d:00, %s"
                             : "by hour of the day (UTC): most at %02d:00-%02d:00, %s",
                 peak, (peak + 1) % HOURS, n);
    else
        snprintf(line, sizeof line, "by hour of the day (UTC): none yet");
    draw_cell(c, 0, 1, c->r.w - 1, LEFT, ST_HEAD, line);
    if (rows < 1)
        return;
    int scale = text_width(text_count(n, sizeof n, most)) + 2;
    if (c->r.w < scale + HOURS + 1)
        scale = 1;
    int each = (c->r.w - scale - 1) / HOURS;
    each = each < 1 ? 1 : each > 5 ? 5 : each;
    if (scale > 1) {
        draw_cell(c, 1, 1, scale - 2, RIGHT, ST_DIM, n);
        if (rows > 1)
            draw_cell(c, rows, 1, scale - 2, RIGHT, ST_DIM, "0");
    }
    for (int hour = 0; hour < HOURS; hour++)
        draw_hour(c, scale + hour * each, each > 1 ? each - 1 : 1, rows, d->hours[hour], most);
    draw_clock(c, rows + 1, scale, each);
}

/* ---- latest calls ---- */

struct call_columns {
    int time, code, address, where;
    bool short_time;
};

static struct call_columns call_columns(const struct view_detail *d, int w)
{
    struct call_columns k = {
        .short_time = w < 56, .code = w >= WIDE_W ? CODE_W : 7, .where = w >= 70 ? 17 : 7};
    char where[40];
    k.time = k.short_time ? 6 : 12;
    for (size_t i = 0; i < d->calls; i++) {
        int need =
            1 + snprintf(where, sizeof where, "%d:%lld", d->call[i].partition, (long long)d->call[i].offset);
        k.where = need > k.where ? need : k.where;
    }
    k.address = w - 1 - k.time - k.code - k.where;
    return k;
}

static void draw_call(const struct detail_call *call, const struct call_columns *k, int64_t day_ms, int y,
                      const struct canvas *c)
{
    char time[40], where[40];
    int x = 1;
    words_time(time, sizeof time, call->event_ms, k->short_time ? day_ms : UNKNOWN, false);
    if (k->short_time && text_width(time) > k->time - 1)
        words_time(time, sizeof time, call->event_ms, call->event_ms, false);
    draw_cell(c, y, x, k->time, LEFT, ST_TEXT, time);
    x += k->time;
    draw_cell(c, y, x, k->code - 1, LEFT, ST_VALUE, call->disposition[0] ? call->disposition : "-");
    x += k->code;
    const char *address = call->address_known ? call->address
                          : k->address < 24   ? "not kept"
                                              : "not kept at this speed";
    draw_cell(c, y, x, k->address, LEFT, call->address_known && call->address[0] ? ST_TEXT : ST_DIM,
              address[0] ? address : "no address");
    x += k->address > 0 ? k->address : 0;
    snprintf(where, sizeof where, "%d:%lld", call->partition, (long long)call->offset);
    draw_cell(c, y, x, k->where, RIGHT, ST_DIM, where);
}

void detail_calls_draw(const struct view_detail *d, const struct list *list, const struct canvas *c)
{
    struct call_columns k = call_columns(d, c->r.w);
    int x = 1;
    const bool names = k.address >= 22;
    draw_cell(c, 0, x, k.time, LEFT, ST_HEAD, "time");
    draw_cell(c, 0, x += k.time, k.code, LEFT, ST_HEAD, k.code == CODE_W ? "disposition" : "disp.");
    draw_cell(c, 0, x += k.code, k.address, LEFT, ST_HEAD, names ? "latest calls: address" : "address");
    x += k.address > 0 ? k.address : 0;
    draw_cell(c, 0, x, k.where, RIGHT, ST_HEAD, k.where >= 17 ? "partition:offset" : "p:off");
    for (int y = 1; y < c->r.h; y++) {
        size_t row = list->top + (size_t)(y - 1);
        if (row >= d->calls)
            break;
        draw_call(&d->call[d->calls - 1 - row], &k, d->call[d->calls - 1].event_ms, y, c);
    }
}
