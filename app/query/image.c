#include "query/image.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECTION_NAME_BYTES (IMAGE_NAME_MAX + 1)

int image_flush(struct image_out *o)
{
    if (o->result == 0 && o->used > 0)
        o->result = o->write(o->arg, o->buffer, o->used) == 0 ? 0 : -1;
    o->used = 0;
    return o->result;
}

void image_put(struct image_out *o, const void *bytes, size_t len)
{
    if (len > sizeof(o->buffer) - o->used)
        image_flush(o);
    if (o->result != 0 || len == 0)
        return;
    if (len > sizeof(o->buffer)) {
        o->result = o->write(o->arg, bytes, len) == 0 ? 0 : -1;
        return;
    }
    memcpy(o->buffer + o->used, bytes, len);
    o->used += len;
}

void image_put_u32(struct image_out *o, uint32_t v)
{
    image_put(o, &v, sizeof(v));
}

void image_put_i64(struct image_out *o, int64_t v)
{
    image_put(o, &v, sizeof(v));
}

void image_put_text(struct image_out *o, struct text t)
{
    image_put_u32(o, (uint32_t)t.len);
    image_put(o, t.p, t.len);
}

void image_section(struct image_out *o, const char *name, uint64_t len)
{
    char padded[SECTION_NAME_BYTES] = {0};

    memcpy(padded, name, strnlen(name, IMAGE_NAME_MAX));
    image_put(o, padded, sizeof(padded));
    image_put(o, &len, sizeof(len));
}

bool image_fail(struct image_in *in, const char *fmt, ...)
{
    va_list args;

    if (in->err_cap > 0) {
        va_start(args, fmt);
        vsnprintf(in->err, in->err_cap, fmt, args);
        va_end(args);
    }
    return false;
}

bool image_get(struct image_in *in, void *out, size_t len)
{
    if (len > (size_t)(in->end - in->at))
        return image_fail(in, "the state image is damaged: it ends too early");
    memcpy(out, in->at, len);
    in->at += len;
    return true;
}

bool image_get_u32(struct image_in *in, uint32_t *v)
{
    return image_get(in, v, sizeof(*v));
}

bool image_get_i64(struct image_in *in, int64_t *v)
{
    return image_get(in, v, sizeof(*v));
}

bool image_get_time(struct image_in *in, int64_t *ms)
{
    if (!image_get_i64(in, ms))
        return false;
    if (*ms < -IMAGE_TIME_MAX || *ms > IMAGE_TIME_MAX)
        return image_fail(in, "the state image is damaged: a time is out of range");
    return true;
}

bool image_get_count(struct image_in *in, int64_t *n)
{
    if (!image_get_i64(in, n))
        return false;
    if (*n < 0 || *n > INT64_C(1) << 53)
        return image_fail(in, "the state image is damaged: a count is out of range");
    return true;
}

bool image_get_text(struct image_in *in, struct text *t)
{
    uint32_t len = 0;

    if (!image_get_u32(in, &len))
        return false;
    if (len > (size_t)(in->end - in->at))
        return image_fail(in, "the state image is damaged: a text is longer than its section");
    *t = (struct text){in->at, len};
    in->at += len;
    return true;
}

bool image_enter(struct image_in *in, const char *name)
{
    char found[SECTION_NAME_BYTES] = {0};
    uint64_t len = 0;

    in->end = in->image_end;
    if (!image_get(in, found, sizeof(found)) || !image_get(in, &len, sizeof(len)))
        return false;
    if (found[IMAGE_NAME_MAX] != '\0' || strcmp(found, name) != 0)
        return image_fail(in, "the state image is damaged: section \"%s\" is not where it belongs", name);
    if (len > (uint64_t)(in->end - in->at))
        return image_fail(in, "the state image is damaged: section \"%s\" is longer than the image", name);
    in->end = in->at + len;
    return true;
}

bool image_leave(struct image_in *in, const char *name)
{
    if (in->at != in->end)
        return image_fail(in, "the state image is damaged: section \"%s\" has bytes that mean nothing", name);
    in->end = in->image_end;
    return true;
}
