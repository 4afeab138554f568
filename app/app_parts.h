/* The parts of a run that main makes and hands to the others: borrowed pointers, valid until main has stopped
 * every thread. */
#ifndef APP_PARTS_H
#define APP_PARTS_H

#include "command.h"
#include "options.h"
#include "snapshot.h"

struct embedded;

struct app_parts {
    const struct options *options;
    struct hub *hub;
    struct command_box *to_replay, *to_engine;
    struct command_box *to_watch;      /* NULL: nothing can be asked of the watcher */
    struct embedded *embedded_cluster; /* NULL on a real Kafka */
    const char *bootstrap;             /* brokers to connect to: the user's or the embedded cluster's */
    bool embedded;
};

#endif
