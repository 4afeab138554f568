/* Rows about Spark that two panes share: columns that fold away when there is no room for them. Main thread.
 */
#ifndef UI_SPARK_ROWS_H
#define UI_SPARK_ROWS_H

#include "ui/pane.h"

/* Of the nodes pane: what stands below the brokers with --engine spark, headings and blanks included; 0
 * without. And one of those lines. */
size_t spark_nodes_lines(const struct pane_env *env);
void spark_nodes_draw(const struct pane_env *env, const struct canvas *c, int y, size_t line);

/* "answers in 4 ms", or what is wrong with it. */
const char *spark_source_words(char *out, size_t cap, const struct spark_source *s, int64_t now_ms);
enum style spark_source_style(const struct spark_source *s);

#endif
