/* The result table: groups (a window of a key, or the key alone) and keys (the group-by values), with their
 * counts. Numbers are given in order of first sight and never change; a closed group stays, since users of
 * the result still hold it. The aggregate operator fills it, the query's result functions read it, on the
 * engine thread. */
#ifndef QUERY_GROUPS_H
#define QUERY_GROUPS_H

#include "query/intern.h"
#include "query/timeline.h"

struct group {
    int64_t start_ms; /* the window's start, or the key's event time, or 0 where groups have no time */
    int64_t count;
    int64_t before; /* count before the batch `touched` */
    uint32_t key;
    uint32_t touched; /* serial of the last batch that changed it */
    uint32_t next;    /* next group of the same start, + 1; 0 = the last */
    bool closed;
};

struct group_key {
    const struct text *fields;
    int64_t rows, before;
    uint32_t touched;
    uint32_t last_group; /* + 1: the group its newest row went to, tried first */
};

struct numbers {
    uint32_t *at;
    size_t count, capacity;
};

struct groups {
    struct group *list;
    size_t count, capacity;
    struct hash_index index;
    size_t open; /* groups that are not closed */

    struct group_key *keys;
    uint32_t *key_ids; /* id_count of each key */
    size_t key_count, key_capacity, key_ids_capacity;
    struct hash_index key_index;
    struct arena texts;
    int id_count;

    struct timeline waiting; /* open groups by start, only where groups can close */
    bool closes;

    /* Of the last batch: its serial, what it changed and closed. */
    uint32_t serial;
    size_t key_mark, group_mark; /* how many there were before it: what a delta takes as known */
    struct numbers changed, changed_keys, closed;
    struct numbers all; /* 0..count-1, grown when asked for */
};

void groups_open(struct groups *g, int id_count, bool closes);
void groups_free(struct groups *g);
/* Forgets the lists of the batch before. */
void groups_begin(struct groups *g, uint32_t serial);
/* The number of a key; `columns` and `ids` (one of each a group-by field) tell its texts when it is new. */
uint32_t groups_key(struct groups *g, const struct intern *const *columns, const uint32_t *ids);
void groups_count_row(struct groups *g, uint32_t key); /* a row of this key was counted */
uint32_t groups_add(struct groups *g, uint32_t key, int64_t start_ms,
                    int64_t rows); /* returns the group's number */
/* Closes the groups that start at or before limit_ms; returns how many there were. */
size_t groups_close(struct groups *g, int64_t limit_ms);
size_t groups_bytes(const struct groups *g);
void numbers_add(struct numbers *n, uint32_t number);

#endif
