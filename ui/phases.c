#include "ui/phases.h"

#include "ui/chart.h"

#include <string.h>

enum { LEAST_W = 8 };

static const struct {
    char letter;
    const char *word, *meaning;
    enum style style;
} phases[PHASE_COUNT] = {
    [PHASE_LATEST_OFFSET] = {'l', "latest", "asked Kafka where its partitions end", ST_TEXT},
    [PHASE_QUERY_PLANNING] = {'p', "plan", "decided how far this batch reads", ST_DIM},
    [PHASE_WAL_COMMIT] = {'w', "wal", "wrote that decision down first, so that a crash cannot count twice",
                          ST_MARK},
    [PHASE_GET_BATCH] = {'g', "get", "fetched the messages", ST_ACCENT},
    [PHASE_ADD_BATCH] = {'a', "add", "ran them through the operators and put the result out", ST_GRAPH},
    [PHASE_COMMIT_OFFSETS] = {'c', "commit", "noted that the batch is done", ST_VALUE},
};

char phase_letter(enum phase p)
{
    return phases[p].letter;
}

const char *phase_word(enum phase p)
{
    return phases[p].word;
}

const char *phase_meaning(enum phase p)
{
    return phases[p].meaning;
}

enum style phase_style(enum phase p)
{
    return phases[p].style;
}

void phases_bar(const struct canvas *c, int y, int x, int w, const double phase_ms[PHASE_COUNT])
{
    static const enum style looks[] = {ST_GRAPH, ST_ACCENT};
    int ends[PHASE_COUNT], at = 0;
    if (w < LEAST_W || !chart_shares(ends, phase_ms, PHASE_COUNT, w))
        return;
    for (int i = 0, shown = 0; i < PHASE_COUNT; i++) {
        int room = ends[i] - at, word = (int)strlen(phases[i].word);
        if (room <= 0)
            continue;
        bool odd = shown++ % 2;
        for (int k = at; k < ends[i]; k++)
            (void)draw_text(c, y, x + k, looks[odd], GLYPH(c, odd ? "▒" : "█", odd ? "-" : "="));
        const char letter[2] = {phases[i].letter, '\0'};
        if (room > 1)
            (void)draw_text(c, y, x + at, looks[odd], room > word ? phases[i].word : letter);
        at = ends[i];
    }
}
