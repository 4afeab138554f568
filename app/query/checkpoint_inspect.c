/* Tells people what a checkpoint holds and whether each file of it is sound. It takes no lock and changes
 * nothing, so that it may look at a checkpoint while a query writes it: a file that goes away meanwhile is no
 * damage. */
#include "query/checkpoint_internal.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct inspect {
    struct ckpt_folder folder;
    struct ckpt_meta meta;
    struct ckpt_listing list;
    struct ckpt_offsets last;
    struct ckpt_commit commit;
    int64_t begun, committed;
    FILE *out;
    bool damaged;
    char err[CKPT_ERR_MAX];
};

static void say_damaged(struct inspect *i)
{
    i->damaged = true;
    fprintf(i->out, "DAMAGED: %s\n", i->err);
}

/* A running query lists differently from one moment to the next: only what stays wrong is wrong. */
static int list_settled(struct inspect *i)
{
    for (int attempt = 0;; attempt++) {
        struct ckpt_states chain = {0};
        if (ckpt_list(&i->folder, false, &i->list, i->err, sizeof i->err) != 0)
            return -1;
        const struct ckpt_numbers *o = &i->list.offsets, *c = &i->list.commits;
        i->begun = o->count ? o->v[o->count - 1] : -1;
        i->committed = c->count ? c->v[c->count - 1] : -1;
        int rc = ckpt_check_order(&i->folder, &i->list, i->err, sizeof i->err);
        if (rc == 0)
            rc = ckpt_choose(&i->folder, &i->list.states, i->begun, i->committed, &chain, i->err,
                             sizeof i->err);
        free(chain.v);
        if (rc == 0 || attempt == 5)
            return rc;
        ckpt_listing_clear(&i->list);
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    }
}

static void show_settings(struct inspect *i)
{
    fprintf(i->out, "%-12s %s\n", "query id", i->meta.id);
    for (enum ckpt_setting s = CKPT_SET_TOPIC; s < CKPT_SETTINGS; s++) {
        char word[300];
        text_clean(word, sizeof word, i->meta.setting[s], strlen(i->meta.setting[s]), false);
        fprintf(i->out, "%-12s %s\n", ckpt_setting_name(s), word);
    }
}

static void show_newest(struct inspect *i)
{
    char time_text[ISO_MAX] = "-", rows[40], bytes[40];
    if (i->committed >= 0 &&
        ckpt_commit_read(&i->folder, &i->meta, i->committed, &i->commit, i->err, sizeof i->err) == 0) {
        if (i->commit.next_watermark_ms != UNKNOWN)
            iso_format_ms(time_text, i->commit.next_watermark_ms, 'Z');
        fprintf(i->out, "%-12s %" PRId64 " committed\n", "batch", i->committed);
        fprintf(i->out, "%-12s %s\n", "watermark", time_text);
        fprintf(i->out, "%-12s %s rows, %s in memory\n", "state",
                text_count(rows, sizeof rows, i->commit.state_rows),
                text_bytes(bytes, sizeof bytes, i->commit.state_bytes));
    } else {
        fprintf(i->out, "%-12s none committed\n", "batch");
    }
    bool known = i->begun >= 0 &&
                 ckpt_offsets_read(&i->folder, &i->meta, i->begun, &i->last, i->err, sizeof i->err) == 0;
    if (known && i->committed < 0 && ckpt_offsets_only_begin(&i->last)) {
        fprintf(i->out, "%-12s where the query begins:", "offsets");
        for (int p = 0; p < i->last.partitions; p++)
            fprintf(i->out, "%s partition %d at %s", p ? "," : "", p,
                    text_count(rows, sizeof rows, i->last.start[p]));
        fprintf(i->out, "\n");
        return;
    }
    if (i->begun > i->committed)
        fprintf(i->out, "%-12s batch %" PRId64 " was begun and not committed: it will run again\n", "",
                i->begun);
    if (!known)
        return;
    fprintf(i->out, "%-12s of batch %" PRId64 ":", "offsets", i->begun);
    for (int p = 0; p < i->last.partitions; p++) {
        char start[40], end[40];
        fprintf(i->out, "%s partition %d from %s to %s", p ? "," : "", p,
                text_count(start, sizeof start, i->last.start[p]),
                text_count(end, sizeof end, i->last.end[p]));
    }
    fprintf(i->out, "\n");
}

/* Ends the line of a file. failed: i->err says why. */
static void show_verdict(struct inspect *i, enum ckpt_dir d, const char *name, const char *shown, bool failed,
                         const char *note)
{
    struct stat st;
    char bytes[40] = "-";
    bool there = fstatat(i->folder.fd[d], name, &st, 0) == 0;
    if (there)
        text_bytes(bytes, sizeof bytes, st.st_size);
    fprintf(i->out, "  %-28s %10s  ", shown, bytes);
    if (!failed)
        fprintf(i->out, "sound%s%s\n", note[0] ? ", " : "", note);
    else if (!there)
        fprintf(i->out, "removed meanwhile by a running query\n");
    else
        say_damaged(i);
}

static const char *generation_note(const struct inspect *i, int64_t generation)
{
    return generation < i->meta.generation ? "left over from before a restart of the query" : "";
}

static void show_texts(struct inspect *i, enum ckpt_dir d, const char *folder, const struct ckpt_numbers *n)
{
    for (size_t k = 0; k < n->count; k++) {
        char name[CKPT_NAME_MAX], shown[CKPT_NAME_MAX + 16];
        struct ckpt_offsets o = {0};
        struct ckpt_commit c = {0};
        bool failed;
        if (d == CKPT_OFFSETS)
            failed = ckpt_offsets_read(&i->folder, &i->meta, n->v[k], &o, i->err, sizeof i->err) != 0;
        else
            failed = ckpt_commit_read(&i->folder, &i->meta, n->v[k], &c, i->err, sizeof i->err) != 0;
        int64_t generation = d == CKPT_OFFSETS ? o.generation : c.generation;
        snprintf(name, sizeof name, "%" PRId64, n->v[k]);
        snprintf(shown, sizeof shown, "%s/%s", folder, name);
        show_verdict(i, d, name, shown, failed, failed ? "" : generation_note(i, generation));
        ckpt_offsets_clear(&o);
    }
}

static int read_through(struct inspect *i, const struct ckpt_state_file *file, int64_t *generation)
{
    struct ckpt_state_in in;
    unsigned char *image;
    size_t len;
    int64_t batch;
    int rc;
    if (ckpt_state_in_open(&i->folder, &i->meta, file, &in, i->err, sizeof i->err) != 0)
        return -1;
    *generation = in.file.generation;
    while ((rc = ckpt_state_in_next(&i->folder, &in, &batch, &image, &len, i->err, sizeof i->err)) > 0)
        free(image);
    ckpt_state_in_close(&in);
    return rc;
}

static void show_states(struct inspect *i)
{
    for (size_t k = 0; k < i->list.states.count; k++) {
        const struct ckpt_state_file *file = &i->list.states.v[k];
        char name[CKPT_NAME_MAX], shown[CKPT_NAME_MAX + 16], note[100] = "";
        int64_t generation = i->meta.generation;
        ckpt_state_name(file, name);
        snprintf(shown, sizeof shown, "state/%s", name);
        bool failed = read_through(i, file, &generation) != 0;
        const char *left = generation_note(i, generation);
        if (left[0])
            snprintf(note, sizeof note, "%s", left);
        else if (file->kind == CKPT_FULL)
            snprintf(note, sizeof note, "the whole state after batch %" PRId64, file->last);
        else if (file->last > i->committed)
            snprintf(note, sizeof note, "of a batch that was not committed");
        else if (file->first < file->last)
            snprintf(note, sizeof note, "changes of %" PRId64 " batches", file->last - file->first + 1);
        show_verdict(i, CKPT_STATE, name, shown, failed, note);
    }
}

static void inspect_all(struct inspect *i)
{
    bool has_metadata = false;
    if (ckpt_folder_open(&i->folder, false, i->err, sizeof i->err) != 0 ||
        ckpt_check_foreign(&i->folder, &has_metadata, i->err, sizeof i->err) != 0) {
        i->damaged = true;
        fprintf(i->out, "%s\n", i->err);
        return;
    }
    char path[400];
    fprintf(i->out, "checkpoint   %s\n", ckpt_path(&i->folder, CKPT_TOP, "", path, sizeof path));
    if (!has_metadata) {
        fprintf(i->out, "empty: no query has used it yet\n");
        return;
    }
    if (ckpt_meta_read(&i->folder, &i->meta, i->err, sizeof i->err) != 0 ||
        ckpt_folder_open_parts(&i->folder, false, i->err, sizeof i->err) != 0) {
        say_damaged(i);
        return;
    }
    show_settings(i);
    if (list_settled(i) != 0)
        say_damaged(i);
    show_newest(i);
    fprintf(i->out, "files\n");
    show_verdict(i, CKPT_TOP, "metadata", "metadata", false, "");
    show_texts(i, CKPT_OFFSETS, "offsets", &i->list.offsets);
    show_texts(i, CKPT_COMMITS, "commits", &i->list.commits);
    show_states(i);
    if (i->list.strangers > 0)
        fprintf(i->out, "  and %d whose names are not ours: left alone\n", i->list.strangers);
}

int checkpoint_inspect(const char *dir, FILE *out)
{
    struct inspect i = {.out = out, .begun = -1, .committed = -1};
    ckpt_folder_init(&i.folder, dir, NULL);
    inspect_all(&i);
    ckpt_offsets_clear(&i.last);
    ckpt_listing_clear(&i.list);
    ckpt_meta_clear(&i.meta);
    ckpt_folder_close(&i.folder);
    return i.damaged ? 1 : 0;
}
