#include "query/codes.h"

#include "base/xalloc.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODES_FILE_MAX (4 * 1024 * 1024)

struct code {
    struct text code, description;
};

struct codes {
    struct code *list; /* by code */
    size_t count;
};

static int compare_text(struct text a, struct text b)
{
    int order = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_codes(const void *a, const void *b)
{
    return compare_text(((const struct code *)a)->code, ((const struct code *)b)->code);
}

static struct text copy_text(const char *p, size_t len)
{
    char *copy = xmalloc(len + 1);

    memcpy(copy, p, len);
    copy[len] = '\0';
    return (struct text){copy, len};
}

/* The whole file, or NULL with a sentence. */
static bool read_file(const char *path, struct strbuf *out, char *err, size_t err_cap)
{
    char block[8192];
    size_t n;
    FILE *f = fopen(path, "rb");

    if (f == NULL) {
        snprintf(err, err_cap, "cannot read the radio codes %s: %s", path, strerror(errno));
        return false;
    }
    while ((n = fread(block, 1, sizeof(block), f)) > 0 && out->len <= CODES_FILE_MAX)
        strbuf_add(out, block, n);
    bool failed = ferror(f) != 0;
    if (fclose(f) != 0 || failed) {
        snprintf(err, err_cap, "cannot read the radio codes %s: %s", path, strerror(errno));
        return false;
    }
    if (out->len > CODES_FILE_MAX) {
        snprintf(err, err_cap, "the radio codes %s are larger than %d bytes", path, CODES_FILE_MAX);
        return false;
    }
    return true;
}

static json_object *parse(const char *path, const struct strbuf *file, char *err, size_t err_cap)
{
    struct json_tokener *tokener = json_tokener_new();
    json_object *root = NULL;
    size_t line = 1;

    if (tokener == NULL)
        abort();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    if (file->len > 0)
        root = json_tokener_parse_ex(tokener, file->data, (int)file->len + 1); /* with the end of the text */
    enum json_tokener_error error = json_tokener_get_error(tokener);
    if (error != json_tokener_success || root == NULL) {
        size_t at = json_tokener_get_parse_end(tokener);
        for (size_t i = 0; i < at && i < file->len; i++)
            line += file->data[i] == '\n';
        snprintf(err, err_cap, "%s, line %zu: not JSON (%s)", path, line,
                 file->len == 0 ? "the file is empty" : json_tokener_error_desc(error));
        json_object_put(root);
        root = NULL;
    }
    json_tokener_free(tokener);
    return root;
}

static bool add_code(struct codes *c, json_object *entry, const char *path, size_t number, char *err,
                     size_t err_cap)
{
    json_object *code, *description;

    if (!json_object_is_type(entry, json_type_object) ||
        !json_object_object_get_ex(entry, "disposition_code", &code) ||
        !json_object_object_get_ex(entry, "description", &description) ||
        !json_object_is_type(code, json_type_string) || !json_object_is_type(description, json_type_string)) {
        snprintf(err, err_cap,
                 "%s: entry %zu is not {\"disposition_code\": \"...\", \"description\": \"...\"}", path,
                 number);
        return false;
    }
    struct code *added = &c->list[c->count++];
    added->code = copy_text(json_object_get_string(code), (size_t)json_object_get_string_len(code));
    added->description =
        copy_text(json_object_get_string(description), (size_t)json_object_get_string_len(description));
    return true;
}

static bool sort_codes(struct codes *c, const char *path, char *err, size_t err_cap)
{
    char shown[64];

    qsort(c->list, c->count, sizeof(*c->list), compare_codes);
    for (size_t i = 1; i < c->count; i++) {
        if (compare_codes(&c->list[i - 1], &c->list[i]) != 0)
            continue;
        text_clean(shown, sizeof(shown), c->list[i].code.p, c->list[i].code.len, false);
        snprintf(err, err_cap, "%s: the code \"%s\" is there twice", path, shown);
        return false;
    }
    return true;
}

struct codes *codes_read(const char *path, char *err, size_t err_cap)
{
    struct strbuf file = {0};
    struct codes *c = NULL;
    json_object *root = NULL;

    if (!read_file(path, &file, err, err_cap) || (root = parse(path, &file, err, err_cap)) == NULL)
        goto out;
    if (!json_object_is_type(root, json_type_array)) {
        snprintf(err, err_cap, "%s: the radio codes must be a JSON array", path);
        goto out;
    }
    size_t count = json_object_array_length(root);
    c = xcalloc(1, sizeof(*c));
    c->list = xcalloc(count, sizeof(*c->list));
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = add_code(c, json_object_array_get_idx(root, i), path, i + 1, err, err_cap);
    if (!good || !sort_codes(c, path, err, err_cap)) {
        codes_free(c);
        c = NULL;
    }
out:
    json_object_put(root);
    strbuf_free(&file);
    return c;
}

struct codes *codes_copy(const struct codes *c)
{
    struct codes *copy = xcalloc(1, sizeof(*copy));

    copy->list = xcalloc(c->count, sizeof(*copy->list));
    copy->count = c->count;
    for (size_t i = 0; i < c->count; i++) {
        copy->list[i].code = copy_text(c->list[i].code.p, c->list[i].code.len);
        copy->list[i].description = copy_text(c->list[i].description.p, c->list[i].description.len);
    }
    return copy;
}

void codes_free(struct codes *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->count; i++) {
        free((char *)c->list[i].code.p);
        free((char *)c->list[i].description.p);
    }
    free(c->list);
    free(c);
}

size_t codes_count(const struct codes *c)
{
    return c->count;
}

struct text codes_find(const struct codes *c, struct text code)
{
    struct code wanted = {.code = code};

    if (code.p == NULL || c->count == 0)
        return (struct text){NULL, 0};
    const struct code *found = bsearch(&wanted, c->list, c->count, sizeof(*c->list), compare_codes);
    return found != NULL ? found->description : (struct text){NULL, 0};
}
