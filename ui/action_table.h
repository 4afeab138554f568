/* The rows behind ui/action.h, for action.c alone: who wants to know of an action asks there. Constant. */
#ifndef UI_ACTION_TABLE_H
#define UI_ACTION_TABLE_H

#include "ui/action.h"

extern const struct action action_table[];
extern const size_t action_table_count;

#endif
