/* The batches pane's table: a line a batch, the newest first. */
#include "ui/batches.h"

#include "base/text.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>

enum column {
    ID,
    AT,
    ROWS,
    INPUT,
    PROCESSED,
    TOOK,
    LATE,
    PHASE_FIRST,
    PHASE_LAST = PHASE_FIRST + PHASE_COUNT - 1,
    EVENT_FROM,
    EVENT_TO,
    MARK,
    NEXT_MARK,
    GAP,
    ORDER,
    DUPLICATES,
    NULLS,
    BAD,
    UPDATED,
    STATE,
    MEMORY,
    REMOVED,
    THREE_PHASES, /* only beside the charts, where there is no room for all */
    COLUMNS
};

static const struct {
    const char *heading;
    int w;
} columns[COLUMNS] = {
    [ID] = {"batch", 8},
    [AT] = {"at", 10},
    [ROWS] = {"rows", 9},
    [INPUT] = {"in/s", 8},
    [PROCESSED] = {"done/s", 8},
    [TOOK] = {"took", 9},
    [LATE] = {"late", 7},
    [PHASE_FIRST + PHASE_LATEST_OFFSET] = {"latest ms", 10},
    [PHASE_FIRST + PHASE_QUERY_PLANNING] = {"plan ms", 9},
    [PHASE_FIRST + PHASE_WAL_COMMIT] = {"wal ms", 8},
    [PHASE_FIRST + PHASE_GET_BATCH] = {"get ms", 8},
    [PHASE_FIRST + PHASE_ADD_BATCH] = {"add ms", 9},
    [PHASE_FIRST + PHASE_COMMIT_OFFSETS] = {"commit ms", 10},
    [EVENT_FROM] = {"event from", 13},
    [EVENT_TO] = {"event to", 13},
    [MARK] = {"watermark", 13},
    [NEXT_MARK] = {"next mark", 13},
    [GAP] = {"gap", 12},
    [ORDER] = {"order", 7},
    [DUPLICATES] = {"twice", 7},
    [NULLS] = {"null", 6},
    [BAD] = {"bad", 6},
    [UPDATED] = {"updated", 9},
    [STATE] = {"state", 10},
    [MEMORY] = {"memory", 9},
    [REMOVED] = {"closed", 8},
    [THREE_PHASES] = {"get/add/wal ms", 18},
};

/* Beside the charts, by importance: those that do not fit are left out from the end. */
static const enum column important[] = {ID,    ROWS,       TOOK,    LATE,  AT,   PROCESSED,
                                        INPUT, DUPLICATES, REMOVED, STATE, MARK, THREE_PHASES};

static char *time_cell(char out[FIGURE_TEXT], int64_t ms)
{
    return words_time(out, FIGURE_TEXT, known_watermark_ms(ms), UNKNOWN, false);
}

static char *phase_cell(char out[FIGURE_TEXT], double ms)
{
    if (isnan(ms) || ms < 0)
        snprintf(out, FIGURE_TEXT, "-");
    else
        snprintf(out, FIGURE_TEXT, ms < 100 ? "%.1f" : "%.0f", ms);
    return out;
}

static char *cell(char out[FIGURE_TEXT], enum column k, const struct batch_sample *s)
{
    if (k >= PHASE_FIRST && k <= PHASE_LAST)
        return phase_cell(out, s->phase_ms[k - PHASE_FIRST]);
    switch (k) {
    case ID: return text_count(out, FIGURE_TEXT, s->batch_id);
    case AT: return batch_clock(out, s->wall_ms);
    case ROWS: return text_count(out, FIGURE_TEXT, s->rows_in);
    case INPUT: return text_rate(out, FIGURE_TEXT, s->input_per_s);
    case PROCESSED: return text_rate(out, FIGURE_TEXT, s->processed_per_s);
    case TOOK: return words_span(out, FIGURE_TEXT, s->total_ms / 1000);
    case EVENT_FROM: return time_cell(out, s->event_min_ms);
    case EVENT_TO: return time_cell(out, s->event_max_ms);
    case MARK: return time_cell(out, s->watermark_ms);
    case NEXT_MARK: return time_cell(out, s->next_watermark_ms);
    case GAP: return batch_figure_short(out, UNIT_SECONDS, batch_gap_s(s));
    case LATE: return text_count(out, FIGURE_TEXT, s->rows_late);
    case ORDER: return text_count(out, FIGURE_TEXT, s->rows_out_of_order);
    case DUPLICATES: return text_count(out, FIGURE_TEXT, s->rows_duplicate);
    case NULLS: return text_count(out, FIGURE_TEXT, s->rows_null);
    case BAD: return text_count(out, FIGURE_TEXT, s->rows_bad);
    case UPDATED: return text_count(out, FIGURE_TEXT, s->state_updated);
    case STATE: return text_count(out, FIGURE_TEXT, s->state_rows);
    case MEMORY: return text_bytes(out, FIGURE_TEXT, s->state_bytes);
    case REMOVED: return text_count(out, FIGURE_TEXT, s->state_removed);
    case THREE_PHASES:
        snprintf(out, FIGURE_TEXT, "%.1f/%.1f/%.1f", s->phase_ms[PHASE_GET_BATCH],
                 s->phase_ms[PHASE_ADD_BATCH], s->phase_ms[PHASE_WAL_COMMIT]);
        return out;
    default: break;
    }
    out[0] = '\0';
    return out;
}

/* The columns that are shown in w cells; returns how many. */
static size_t choose(enum column out[COLUMNS], int w, int first)
{
    size_t n = 0;
    int x = 1 + columns[ID].w;
    out[n++] = ID;
    if (first < 0) {
        for (size_t i = 1; i < sizeof important / sizeof *important; i++) {
            if ((x += columns[important[i]].w) > w)
                break;
            out[n++] = important[i];
        }
        return n;
    }
    for (int k = 1 + first; k < THREE_PHASES && (x += columns[k].w) <= w; k++)
        out[n++] = (enum column)k;
    return n;
}

size_t batches_last_column(int w)
{
    int x = 1 + columns[ID].w, k = THREE_PHASES;
    while (k > 1 && (x += columns[k - 1].w) <= w)
        k--;
    return k > 1 ? (size_t)k - 1 : 0;
}

char *batches_row_text(char *out, size_t cap, const struct batch_sample *s)
{
    char text[FIGURE_TEXT];
    size_t at = 0;
    out[0] = '\0';
    for (int k = 0; k < THREE_PHASES && at + 1 < cap; k++) {
        int n = snprintf(out + at, cap - at, "%s ", cell(text, (enum column)k, s));
        at += n > 0 ? (size_t)n : 0;
    }
    return out;
}

static void draw_row(const struct canvas *c, int y, const struct batch_sample *s, const enum column *shown,
                     size_t n, enum style style)
{
    char text[FIGURE_TEXT];
    int x = 1;
    if (style != ST_TEXT)
        draw_fill_line(c, y, style);
    for (size_t i = 0; i < n; i++) {
        bool warn = (shown[i] == LATE && s->rows_late > 0) || (shown[i] == BAD && s->rows_bad > 0);
        draw_cell(c, y, x, columns[shown[i]].w, RIGHT, style == ST_TEXT && warn ? ST_WARN : style,
                  cell(text, shown[i], s));
        x += columns[shown[i]].w;
    }
}

void batches_draw_table(const struct batches_pane *p, const struct pane_env *env, const struct canvas *c,
                        int y, int first)
{
    enum column shown[COLUMNS];
    size_t n = choose(shown, c->r.w, first);
    int x = 1;
    draw_fill_line(c, y, ST_HEAD);
    for (size_t i = 0; i < n; i++) {
        draw_cell(c, y, x, columns[shown[i]].w, RIGHT, ST_HEAD, columns[shown[i]].heading);
        x += columns[shown[i]].w;
    }
    if (first > 0)
        (void)draw_text(c, y, 0, ST_HEAD, GLYPH(c, "◀", "<"));
    if (first >= 0 && (size_t)first < batches_last_column(c->r.w))
        (void)draw_text(c, y, c->r.w - 1, ST_HEAD, GLYPH(c, "▶", ">"));
    y++;
    if (!p->list.count)
        draw_lines(c, y, 1, ST_DIM, "No batch fits what you look for; [Esc] shows all.");
    for (size_t i = p->list.top; i < p->list.count && y < c->r.h; i++, y++)
        draw_row(c, y, batches_nth(env->query, p->rows[i]), shown, n,
                 i != p->list.selected ? ST_TEXT
                 : env->focused        ? ST_SELECT
                                       : ST_SELECT_IDLE);
}
