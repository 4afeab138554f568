/* What the figures on the screen mean, in plain words: a list for each pane, and one of words that all of
 * them use. Constant texts; the help screen shows them. Any thread may read them. */
#ifndef UI_EXPLAIN_H
#define UI_EXPLAIN_H

/* A list of these ends where word is NULL. */
struct explain {
    const char *word; /* as it stands on the screen */
    const char *text; /* a sentence or two, ending with '.' */
};

/* The panes', by the pane's name. */
extern const struct explain explain_aggregates[], explain_replay[], explain_offsets[], explain_progress[],
    explain_log[], explain_windows[], explain_batches[], explain_pipeline[], explain_rejects[],
    explain_nodes[], explain_advice[], explain_caption[], explain_headline[], explain_spark[];

/* What anybody has to know of streaming to read the screen. */
extern const struct explain explain_glossary[];

#endif
