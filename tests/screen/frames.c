#include "frames.h"

#include <stdio.h>

/* The light set and the heavy one: corners, across, down. */
static const struct style {
    uint32_t top_left, top_right, bottom_left, bottom_right, across, down;
} styles[] = {{0x256D, 0x256E, 0x2570, 0x256F, 0x2500, 0x2502},
              {0x250F, 0x2513, 0x2517, 0x251B, 0x2501, 0x2503}};

static uint32_t at(const struct grid *g, int row, int col)
{
    return g->cell[(size_t)row * (size_t)g->cols + (size_t)col];
}

static bool broken(const struct frame *f, const char *what, int row, int col, char *why, size_t cap)
{
    snprintf(why, cap, "the frame at row %d column %d %s at row %d column %d", f->top + 1, f->left + 1, what,
             row + 1, col + 1);
    return false;
}

/* Follows the frame that begins at f->top, f->left. */
static bool follow(const struct grid *g, struct frame *f, char *why, size_t cap)
{
    const struct style *s = &styles[f->heavy];

    for (f->right = f->left + 1; f->right < g->cols && at(g, f->top, f->right) != s->top_right; f->right++) {
        uint32_t c = at(g, f->top, f->right);
        if (c == styles[0].top_left || c == styles[1].top_left)
            return broken(f, "is cut by another one", f->top, f->right, why, cap);
    }
    if (f->right == g->cols)
        return broken(f, "has no right corner", f->top, g->cols - 1, why, cap);
    for (f->bottom = f->top + 1; f->bottom < g->rows && at(g, f->bottom, f->left) != s->bottom_left;
         f->bottom++) {
        if (at(g, f->bottom, f->left) != s->down)
            return broken(f, "has a hole in its left side", f->bottom, f->left, why, cap);
        if (at(g, f->bottom, f->right) != s->down)
            return broken(f, "has a hole in its right side", f->bottom, f->right, why, cap);
    }
    if (f->bottom == g->rows)
        return broken(f, "does not end", g->rows - 1, f->left, why, cap);
    if (at(g, f->bottom, f->right) != s->bottom_right)
        return broken(f, "has no lower right corner", f->bottom, f->right, why, cap);
    for (int col = f->left + 1; col < f->right; col++)
        if (at(g, f->bottom, col) != s->across)
            return broken(f, "has a hole in its bottom", f->bottom, col, why, cap);
    return true;
}

static bool is_corner_of(const struct frames *all, int row, int col)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct frame *f = &all->frame[i];
        if ((row == f->top || row == f->bottom) && (col == f->left || col == f->right))
            return true;
    }
    return false;
}

static bool apart(const struct frame *a, const struct frame *b)
{
    bool beside = a->right < b->left || b->right < a->left || a->bottom < b->top || b->bottom < a->top;
    bool inside = (b->top > a->top && b->bottom < a->bottom && b->left > a->left && b->right < a->right) ||
                  (a->top > b->top && a->bottom < b->bottom && a->left > b->left && a->right < b->right);
    return beside || inside;
}

/* What stands within a frame is a pane's own drawing: a line in a plot has corners, too. */
static bool is_within(const struct frames *all, int row, int col)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct frame *f = &all->frame[i];
        if (row > f->top && row < f->bottom && col > f->left && col < f->right)
            return true;
    }
    return false;
}

static bool is_corner(uint32_t c)
{
    for (int s = 0; s < 2; s++)
        if (c == styles[s].top_left || c == styles[s].top_right || c == styles[s].bottom_left ||
            c == styles[s].bottom_right)
            return true;
    return false;
}

static bool nothing_left_over(const struct grid *g, const struct frames *all, char *why, size_t cap)
{
    for (int row = 0; row < g->rows; row++)
        for (int col = 0; col < g->cols; col++)
            if (is_corner(at(g, row, col)) && !is_corner_of(all, row, col) && !is_within(all, row, col)) {
                snprintf(why, cap, "a corner without a frame at row %d column %d", row + 1, col + 1);
                return false;
            }
    for (size_t a = 0; a < all->count; a++)
        for (size_t b = a + 1; b < all->count; b++)
            if (!apart(&all->frame[a], &all->frame[b]))
                return broken(&all->frame[a], "crosses another one", all->frame[b].top, all->frame[b].left,
                              why, cap);
    return true;
}

bool frames_whole(const struct grid *g, bool boxes_over, struct frames *found, char *why, size_t cap)
{
    found->count = 0;
    for (int row = 0; row < g->rows; row++)
        for (int col = 0; col < g->cols; col++) {
            struct frame f = {.top = row, .left = col, .heavy = at(g, row, col) == styles[1].top_left};
            if ((!f.heavy && at(g, row, col) != styles[0].top_left) || found->count == FRAMES_MOST ||
                (!boxes_over && is_within(found, row, col)))
                continue;
            if (follow(g, &f, why, cap))
                found->frame[found->count++] = f;
            else if (!boxes_over)
                return false;
        }
    if (!boxes_over)
        return nothing_left_over(g, found, why, cap);
    for (size_t i = 0; i < found->count; i++)
        if (found->frame[i].heavy)
            return true;
    snprintf(why, cap, "the box over the panes is not whole");
    return false;
}
