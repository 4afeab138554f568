#include "ui/layout.h"

#include <string.h>

enum {
    FRAMED_MIN_H =
        12, /* a border costs two lines: below this the lines are worth more than the lines around them */
    COLUMNS_MIN_W = 72,
    COLUMN_MIN_W = 26, /* of two columns, however the user divides them */
    STACK_MIN_W = 44,  /* panes one above the other */
    BOTTOM_MIN_BODY_H = 28,
    SUMMARY_MIN_H = 8
};

bool rect_has(struct rect r, int y, int x)
{
    return y >= r.y && y < r.y + r.h && x >= r.x && x < r.x + r.w;
}

struct rect rect_inside(struct rect r)
{
    struct rect in = {.y = r.y + 1, .x = r.x + 1, .h = r.h - 2, .w = r.w - 2};
    if (in.h <= 0 || in.w <= 0)
        return (struct rect){0};
    return in;
}

/* Gives the lines of area to the chosen items, top to bottom: the least first, then what the user asked for,
 * then wishes in order, then the rest by weight (to the last one that the user has not sized when none has a
 * weight). */
static void share_lines(struct layout *out, struct rect area, const struct layout_item *items,
                        const size_t *chosen, size_t count)
{
    int lines[LAYOUT_PANES], left = area.h, weights = 0;
    size_t last = count - 1;
    for (size_t i = 0; i < count; i++) {
        lines[i] = items[chosen[i]].min_h;
        left -= lines[i];
        weights += items[chosen[i]].weight;
        if (!items[chosen[i]].lines)
            last = i;
    }
    for (int asked = 1; asked >= 0; asked--)
        for (size_t i = 0; i < count && left > 0; i++) {
            if ((items[chosen[i]].lines > 0) != asked)
                continue;
            int more = items[chosen[i]].wish_h - lines[i];
            more = more < 0 ? 0 : more > left ? left : more;
            lines[i] += more;
            left -= more;
        }
    const int spare = left;
    for (size_t i = 0; i < count && weights > 0; i++) {
        int more = spare * items[chosen[i]].weight / weights;
        lines[i] += more;
        left -= more;
    }
    lines[last] += left;
    int y = area.y;
    for (size_t i = 0; i < count; i++) {
        out->pane[chosen[i]] = (struct rect){.y = y, .x = area.x, .h = lines[i], .w = area.w};
        y += lines[i];
    }
}

/* What the user asked for stands for the pane's own wishes. Among others in one column the main panes would
 * be squeezed to their least: one gets two fifths, several a third each. */
static void settle(struct layout_item *item, int area_h, int mains)
{
    const int share = mains > 1 ? area_h / 3 : area_h * 2 / 5;
    if (item->lines) {
        item->min_h = item->lines < item->min_h ? item->lines : item->min_h;
        item->wish_h = item->lines;
        item->weight = 0;
    } else if (item->place == PLACE_MAIN && item->weight > 0 && item->min_h < share) {
        item->min_h = share;
    }
}

/* Takes the panes in by rank, each that still fits; so the highest ranks fold away, but a low pane may stay
 * where a taller one of a lower rank had to go. */
static void choose(const struct layout_item *items, size_t n, int lines, bool *in)
{
    bool asked[LAYOUT_PANES];
    memcpy(asked, in, n * sizeof *asked);
    memset(in, 0, n * sizeof *in);
    for (;;) {
        size_t best = n;
        for (size_t i = 0; i < n; i++)
            if (asked[i] && (best == n || items[i].rank < items[best].rank ||
                             (items[i].rank == items[best].rank && items[i].order < items[best].order)))
                best = i;
        if (best == n)
            return;
        asked[best] = false;
        in[best] = items[best].min_h <= lines;
        lines -= in[best] ? items[best].min_h : 0;
    }
}

/* Stacks the panes of the given places in area, as many as fit. */
static void stack(struct layout *out, struct rect area, const struct layout_item *asked, size_t n,
                  unsigned places)
{
    struct layout_item items[LAYOUT_PANES];
    size_t chosen[LAYOUT_PANES], count = 0;
    bool in[LAYOUT_PANES] = {false};
    int mains = 0;
    memcpy(items, asked, n * sizeof *items);
    for (size_t i = 0; i < n; i++) {
        in[i] = places & 1u << items[i].place;
        mains += in[i] && items[i].place == PLACE_MAIN && items[i].weight > 0;
    }
    for (size_t i = 0; i < n; i++)
        settle(&items[i], area.h, mains);
    choose(items, n, area.h, in);
    for (size_t i = 0; i < n; i++) {
        if (!in[i])
            continue;
        size_t at = count++;
        for (; at > 0 && items[chosen[at - 1]].order > items[i].order; at--)
            chosen[at] = chosen[at - 1];
        chosen[at] = i;
    }
    if (count)
        share_lines(out, area, items, chosen, count);
}

static bool has_place(const struct layout_item *items, size_t n, enum place place)
{
    for (size_t i = 0; i < n; i++)
        if (items[i].place == place)
            return true;
    return false;
}

/* The lines of the bottom strip: its panes' least, and of the wishes at most a quarter of the body, or nearly
 * half of it where the user asked for lines. */
static int bottom_lines(const struct layout_item *items, size_t n, int body_h)
{
    int least = 0, wish = 0, most = body_h / 4;
    for (size_t i = 0; i < n; i++) {
        const struct layout_item *item = &items[i];
        if (item->place != PLACE_BOTTOM)
            continue;
        least += item->lines && item->lines < item->min_h ? item->lines : item->min_h;
        wish += item->lines ? item->lines : item->wish_h > item->min_h ? item->wish_h : item->min_h;
        if (item->lines)
            most = body_h / 2 - 1;
    }
    int lines = wish < most ? wish : most;
    return lines > least ? lines : least;
}

/* The side column has figures of a fixed width; the main one gains from room (trends, long names). */
static int main_columns(int w, int share)
{
    int side = w < 84 ? w - 42 : w < 110 ? 40 : w / 5 + 20;
    int columns = share ? w * share / 1000 : w - (side > 64 ? 64 : side);
    if (columns > w - COLUMN_MIN_W)
        columns = w - COLUMN_MIN_W;
    return columns < COLUMN_MIN_W ? COLUMN_MIN_W : columns;
}

static void tile(struct layout *out, const struct layout_ask *ask)
{
    const struct layout_item *items = ask->items;
    const size_t n = ask->n;
    struct rect area = out->body;
    bool sides = has_place(items, n, PLACE_SIDE), mains = has_place(items, n, PLACE_MAIN);
    if (area.w < COLUMNS_MIN_W || (!sides && !mains)) {
        stack(out, area, items, n, 1u << PLACE_MAIN | 1u << PLACE_SIDE | 1u << PLACE_BOTTOM);
        return;
    }
    if (area.h >= BOTTOM_MIN_BODY_H && has_place(items, n, PLACE_BOTTOM)) {
        int lines = bottom_lines(items, n, area.h);
        if (lines < area.h / 2) {
            area.h -= lines;
            struct rect strip = {.y = area.y + area.h, .x = area.x, .h = lines, .w = area.w};
            stack(out, strip, items, n, 1u << PLACE_BOTTOM);
        }
    }
    struct rect left = area, right = area;
    if (sides && mains) {
        left.w = out->main_w = main_columns(area.w, ask->main_share);
        right.w = area.w - left.w;
        right.x = area.x + left.w;
    }
    if (mains)
        stack(out, left, items, n, 1u << PLACE_MAIN);
    if (sides)
        stack(out, right, items, n, 1u << PLACE_SIDE);
}

void layout_compute(struct layout *out, int h, int w, const struct layout_ask *ask)
{
    const size_t focus = ask->focus;
    memset(out, 0, sizeof *out);
    if (h < LAYOUT_MIN_H || w < LAYOUT_MIN_W) {
        out->too_small = true;
        return;
    }
    out->header = (struct rect){.y = 0, .x = 0, .h = 1, .w = w};
    out->footer = (struct rect){.y = h - 1, .x = 0, .h = 1, .w = w};
    out->body = (struct rect){.y = 1, .x = 0, .h = h - 2, .w = w};
    out->framed = out->body.h >= FRAMED_MIN_H && w >= STACK_MIN_W;
    if (!ask->zoom && out->framed)
        tile(out, ask);
    if (focus < ask->n && out->pane[focus].h == 0) {
        memset(out->pane, 0, sizeof out->pane);
        out->single = true;
        out->main_w = 0;
        if (!out->framed && h >= SUMMARY_MIN_H) {
            out->body.h--;
            out->summary = (struct rect){.y = h - 2, .x = 0, .h = 1, .w = w};
        }
        out->pane[focus] = out->body;
    }
}

void layout_bare(struct layout *out, int h, int w, size_t pane)
{
    if (out->too_small)
        return;
    memset(out, 0, sizeof *out);
    out->single = true;
    out->footer = (struct rect){.y = h - 1, .x = 0, .h = 1, .w = w};
    out->body = (struct rect){.y = 0, .x = 0, .h = h - 1, .w = w};
    out->pane[pane] = out->body;
}
