#include "engine/native.h"

#include "base/xalloc.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { ASK_MS = 10000, FROM_LATEST = -1, FROM_EARLIEST = -2 };

void start_uuid(char out[40])
{
    unsigned char b[16];
    size_t have = 0;
    while (have < sizeof b) {
        ssize_t n = getrandom(b + have, sizeof b - have, 0);
        if (n > 0)
            have += (size_t)n;
        else if (errno != EINTR)
            break; /* a kernel without it: the bytes on the stack are random enough for a label */
    }
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    snprintf(out, 40, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* {"topic":{"0":23,"1":-2}}: -2 = earliest, -1 = latest; a partition that is not named begins at the
 * earliest. */
static int from_json(const struct source *s, const char *text, const int64_t *low, const int64_t *high,
                     int64_t *offset, char *err, size_t err_cap)
{
    int rc = -1;
    struct json_object *root = json_tokener_parse(text), *parts = NULL;
    if (!root || !json_object_object_get_ex(root, s->topic, &parts) ||
        !json_object_is_type(parts, json_type_object)) {
        snprintf(err, err_cap, "starting-offset names another topic than %s", s->topic);
        goto out;
    }
    memcpy(offset, low, (size_t)s->partitions * sizeof *offset);
    json_object_object_foreach(parts, name, value)
    {
        char *end;
        long p = strtol(name, &end, 10);
        if (*end || p < 0 || p >= s->partitions) {
            snprintf(err, err_cap,
                     "starting-offset names partition %.20s, but the topic has partitions 0 to %d", name,
                     s->partitions - 1);
            goto out;
        }
        int64_t v = json_object_get_int64(value);
        offset[p] = v == FROM_LATEST ? high[p] : v == FROM_EARLIEST ? low[p] : v;
        if (offset[p] < low[p] || offset[p] > high[p]) {
            snprintf(err, err_cap,
                     "starting-offset %" PRId64 " of partition %ld is not in Kafka: it keeps %" PRId64
                     " to %" PRId64,
                     offset[p], p, low[p], high[p]);
            goto out;
        }
    }
    rc = 0;
out:
    json_object_put(root);
    return rc;
}

int start_offsets(struct source *s, const struct options *o, int64_t *offset, char *err, size_t err_cap)
{
    int64_t *low = xcalloc(MAX_PARTITIONS, sizeof *low);
    int64_t *high = xcalloc(MAX_PARTITIONS, sizeof *high);
    size_t bytes = (size_t)s->partitions * sizeof *offset;
    int rc = -1;
    enum source_status status = s->ops->bounds(s, low, high, ASK_MS);
    if (status == SOURCE_OK && o->start.kind == START_TIMESTAMP)
        status = s->ops->offsets_at(s, o->start.timestamp_ms, offset, ASK_MS);
    if (status == SOURCE_TIMEOUT)
        snprintf(err, err_cap, "Kafka did not say the offsets of %.80s within %d s: %s", s->topic,
                 ASK_MS / 1000, s->error);
    else if (status != SOURCE_OK)
        snprintf(err, err_cap, "%s", s->error);
    else if (o->start.kind == START_OFFSETS)
        rc = from_json(s, o->start.offsets, low, high, offset, err, err_cap);
    else
        rc = 0;
    if (rc == 0 && o->start.kind == START_EARLIEST)
        memcpy(offset, low, bytes);
    if (rc == 0 && o->start.kind == START_LATEST)
        memcpy(offset, high, bytes);
    free(low);
    free(high);
    return rc;
}
