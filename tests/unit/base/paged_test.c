/* A table's versions: each stays what it was when it was kept, whatever is changed, added, given up, or read
 * by another thread afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/paged.h"
#include "base/xalloc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct row {
    int64_t number, value;
    uint32_t more;
};

enum { VERSIONS = 12, ROWS_MOST = 40000 };

static uint32_t next_random(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % below;
}

static void add_row(struct paged *t, int64_t value)
{
    struct row *r = paged_add(t);
    assert_int_equal(r->value, 0);
    *r = (struct row){.number = (int64_t)t->count - 1, .value = value, .more = 7};
}

static void a_new_row_is_zero_and_old_ones_stay(void **state)
{
    struct paged t;
    (void)state;
    paged_open(&t, sizeof(struct row));
    for (int i = 0; i < 20000; i++)
        add_row(&t, i * 3);
    assert_int_equal(t.count, 20000);
    for (size_t i = 0; i < t.count; i++) {
        const struct row *r = paged_row(&t, i);
        assert_int_equal(r->number, i);
        assert_int_equal(r->value, i * 3);
    }
    paged_clear(&t);
    assert_int_equal(t.count, 0);
    add_row(&t, 1);
    assert_int_equal(t.count, 1);
    paged_clear(&t);
}

/* A plain copy of each version stands beside it. */
struct kept {
    struct paged table;
    struct row *copy;
};

static void keep(struct kept *k, const struct paged *t)
{
    paged_keep(&k->table, t);
    k->copy = xcalloc(t->count, sizeof *k->copy);
    for (size_t i = 0; i < t->count; i++)
        k->copy[i] = *(const struct row *)paged_row(t, i);
}

static void give_up(struct kept *k)
{
    for (size_t i = 0; i < k->table.count; i++)
        assert_memory_equal(paged_row(&k->table, i), &k->copy[i], sizeof *k->copy);
    paged_clear(&k->table);
    free(k->copy);
    k->copy = NULL;
}

static void versions_stay_what_they_were(void **state)
{
    struct kept kept[VERSIONS] = {0};
    uint32_t seed = 5;
    struct paged t;
    (void)state;
    paged_open(&t, sizeof(struct row));
    for (int turn = 0; turn < 400; turn++) {
        for (uint32_t n = next_random(&seed, turn % 7 ? 20 : 1500); n > 0 && t.count < ROWS_MOST; n--)
            add_row(&t, turn);
        for (uint32_t n = next_random(&seed, 60); n > 0 && t.count > 0; n--) {
            struct row *r = paged_edit(&t, next_random(&seed, (uint32_t)t.count));
            r->value += turn + 1;
        }
        struct kept *k = &kept[next_random(&seed, VERSIONS)];
        if (k->copy)
            give_up(k);
        else
            keep(k, &t);
    }
    /* The newest may go before the others. */
    paged_clear(&t);
    for (int i = 0; i < VERSIONS; i++)
        if (kept[i].copy)
            give_up(&kept[i]);
}

/* A version in a slot, for the other thread to take, as the screen takes views. */
struct shared {
    _Atomic(struct paged *) slot;
    _Atomic bool stop;
    int64_t taken, wrong;
};

static void look(struct shared *s, struct paged *t)
{
    const struct row *first = paged_row(t, 0);
    for (size_t i = 0; i < t->count; i++) {
        const struct row *r = paged_row(t, i);
        /* The writer sets all rows to the same before it keeps a version. */
        s->wrong += r->number != (int64_t)i || r->value != first->value;
    }
    s->taken++;
    paged_clear(t);
    free(t);
}

static void *reader(void *arg)
{
    struct shared *s = arg;
    for (;;) {
        bool last = atomic_load(&s->stop);
        struct paged *t = atomic_exchange(&s->slot, NULL);
        if (t)
            look(s, t);
        else if (last)
            return NULL;
    }
}

static void another_thread_reads_and_gives_up_versions(void **state)
{
    struct shared s = {.slot = NULL};
    struct paged t;
    pthread_t thread;
    (void)state;
    paged_open(&t, sizeof(struct row));
    for (int i = 0; i < 3000; i++)
        add_row(&t, 0);
    assert_int_equal(pthread_create(&thread, NULL, reader, &s), 0);
    for (int turn = 1; turn <= 300; turn++) {
        for (size_t i = 0; i < t.count; i++)
            ((struct row *)paged_edit(&t, i))->value = turn;
        add_row(&t, turn);
        struct paged *v = xcalloc(1, sizeof *v);
        paged_keep(v, &t);
        struct paged *untaken = atomic_exchange(&s.slot, v);
        if (untaken)
            paged_clear(untaken);
        free(untaken);
    }
    atomic_store(&s.stop, true);
    pthread_join(thread, NULL);
    paged_clear(&t);
    assert_true(s.taken > 0);
    assert_int_equal(s.wrong, 0);
}

static void texts_stay_until_the_last_user_is_gone(void **state)
{
    struct texts *t = texts_new(), *also = texts_share(t);
    char *first = texts_take(t, 4, false);
    (void)state;
    memcpy(first, "one", 4);
    for (int i = 0; i < 3000; i++) {
        const char **list = texts_take(t, 3 * sizeof *list, true);
        list[0] = list[2] = first;
        memset(texts_take(t, 1 + (size_t)i % 50, false), 'x', 1 + (size_t)i % 50);
    }
    memset(texts_take(t, 300000, false), 'y', 300000);
    texts_release(t);
    assert_string_equal(first, "one");
    texts_release(also);
    texts_release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_row_is_zero_and_old_ones_stay),
        cmocka_unit_test(versions_stay_what_they_were),
        cmocka_unit_test(another_thread_reads_and_gives_up_versions),
        cmocka_unit_test(texts_stay_until_the_last_user_is_gone),
    };
    return cmocka_run_group_tests_name("paged table", tests, NULL, NULL);
}
