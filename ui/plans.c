#include "ui/plans.h"

#include "ui/pane.h"

#include <string.h>

const struct plan plans[] = {
    {.name = "overview",
     .help = "the table, the replay, offsets, progress, the log",
     .show = {{.pane = "aggregates"},
              {.pane = "replay"},
              {.pane = "offsets"},
              {.pane = "progress"},
              {.pane = "log"}}},
    {.name = "query",
     .help = "watermark and windows, batches, progress, late rows, the pipeline",
     .show = {{.pane = "windows", .room = {.place = PLACE_MAIN, .min_h = 8, .wish_h = 12, .weight = 1}},
              {.pane = "batches",
               .room = {.place = PLACE_MAIN, .min_h = 9, .wish_h = 12, .weight = 1, .rank = 3}},
              {.pane = "progress",
               .room = {.place = PLACE_SIDE, .min_h = 6, .wish_h = 12, .weight = 1, .rank = 1}},
              {.pane = "rejects", .room = {.place = PLACE_SIDE, .min_h = 6, .wish_h = 8, .rank = 2}},
              {.pane = "pipeline", .room = {.place = PLACE_BOTTOM, .min_h = 5, .wish_h = 5, .rank = 4}}}},
    {.name = "cluster",
     .help = "offsets and lag by partition, brokers, advice, the replay, batches, the log",
     .show = {{.pane = "offsets", .room = {.place = PLACE_MAIN, .min_h = 6, .wish_h = 8}},
              {.pane = "batches",
               .room = {.place = PLACE_MAIN, .min_h = 7, .wish_h = 10, .weight = 1, .rank = 2}},
              {.pane = "nodes", .room = {.place = PLACE_SIDE, .min_h = 6, .wish_h = 6, .rank = 2}},
              {.pane = "replay", .room = {.place = PLACE_SIDE, .min_h = 5, .wish_h = 9, .rank = 1}},
              {.pane = "advice",
               .room = {.place = PLACE_SIDE, .min_h = 6, .wish_h = 8, .weight = 1, .rank = 3}},
              {.pane = "log"}}},
    {.name = "presenter",
     .help = "the table with room around it, the watermark, and what just happened in one sentence",
     .show = {{.pane = "aggregates", .room = {.place = PLACE_MAIN, .min_h = 7, .wish_h = 7, .weight = 1}},
              {.pane = "windows",
               .room = {.place = PLACE_MAIN, .min_h = 10, .wish_h = 12, .weight = 1, .rank = 5}},
              {.pane = "caption", .room = {.place = PLACE_MAIN, .min_h = 4, .wish_h = 4, .rank = 1}}},
     .spacious = true},
};
const size_t plan_count = sizeof plans / sizeof *plans;

void plan_items(const struct plan *plan, struct layout_item items[LAYOUT_PANES])
{
    for (size_t i = 0; i < pane_count; i++) {
        items[i] = panes[i]->room;
        items[i].place = PLACE_NONE;
        for (size_t k = 0; k < PLAN_PANES && plan->show[k].pane; k++)
            if (!strcmp(panes[i]->name, plan->show[k].pane))
                items[i] = plan->show[k].room.min_h ? plan->show[k].room : panes[i]->room;
    }
}
