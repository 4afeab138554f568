/* A setting's value and what is allowed for it, in words. */
#include "options_value.h"

#include "base/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static void number_show(struct strbuf *out, double value)
{
    char digits[64];
    snprintf(digits, sizeof digits, "%.15g", value);
    for (char *p = digits; *p; p++)
        if (*p == ',')
            *p = '.';
    strbuf_puts(out, digits);
}

static void show_duration(struct strbuf *out, int64_t ms)
{
    char words[80];
    duration_format_ms(words, sizeof words, ms);
    strbuf_puts(out, words);
}

static void show_query(const struct query_settings *q, const struct option_row *row, struct strbuf *out)
{
    if (row->type == OPTION_FIELDS) {
        for (int i = 0; i < q->group_by_count; i++)
            strbuf_printf(out, "%s%s", i ? "," : "", field_name(q->group_by[i]));
    } else if (q->trigger == TRIGGER_INTERVAL) {
        show_duration(out, q->trigger_ms);
    } else {
        strbuf_puts(out, q->trigger == TRIGGER_ASAP ? "asap" : "available-now");
    }
}

/* In the largest unit that says it exactly, so that it reads back as the same number. */
static void show_bytes(struct strbuf *out, int64_t bytes)
{
    static const char *const units[] = {"", " KB", " MB", " GB", " TB"};
    size_t i = 0;
    for (; bytes != 0 && bytes % 1024 == 0 && i + 1 < sizeof units / sizeof units[0]; i++)
        bytes /= 1024;
    strbuf_printf(out, "%" PRId64 "%s", bytes, units[i]);
}

static void show_start(const struct options *o, struct strbuf *out)
{
    char iso[ISO_MAX];
    switch (o->start.kind) {
    case START_EARLIEST: strbuf_puts(out, "earliest"); break;
    case START_LATEST: strbuf_puts(out, "latest"); break;
    case START_OFFSETS: strbuf_puts(out, o->start.offsets); break;
    case START_TIMESTAMP:
        iso_format_ms(iso, o->start.timestamp_ms, 'Z');
        strbuf_puts(out, iso);
        break;
    }
}

static void show_none(const struct option_row *row, struct strbuf *out)
{
    strbuf_puts(out, row->none ? row->none : "");
}

void option_show(const struct options *o, const struct option_row *row, struct strbuf *out)
{
    const void *at = (const char *)o + row->at;
    double number = 0;
    switch (row->type) {
    case OPTION_BOOL: strbuf_puts(out, *(const bool *)at ? "true" : "false"); break;
    case OPTION_INT: strbuf_printf(out, "%d", *(const int *)at); break;
    case OPTION_SEED: strbuf_printf(out, "%" PRIu64, *(const uint64_t *)at); break;
    case OPTION_COUNT:
        if (*(const int64_t *)at == 0)
            show_none(row, out);
        else
            strbuf_printf(out, "%" PRId64, *(const int64_t *)at);
        break;
    case OPTION_BYTES:
        if (*(const int64_t *)at == 0)
            show_none(row, out);
        else
            show_bytes(out, *(const int64_t *)at);
        break;
    case OPTION_NUMBER:
    case OPTION_SHARE: number_show(out, *(const double *)at); break;
    case OPTION_RATE:
        number = *(const double *)at;
        if (isnan(number))
            show_none(row, out);
        else if (isinf(number))
            strbuf_puts(out, "max");
        else
            number_show(out, number);
        break;
    case OPTION_DURATION:
        if (row->none && *(const int64_t *)at == 0)
            show_none(row, out);
        else
            show_duration(out, *(const int64_t *)at);
        break;
    case OPTION_CHOICE: strbuf_puts(out, row->choices[*(const int *)at]); break;
    case OPTION_EITHER: strbuf_puts(out, row->choices[*(const bool *)at ? 1 : 0]); break;
    case OPTION_FIELDS:
    case OPTION_TRIGGER: show_query(&o->query, row, out); break;
    case OPTION_START: show_start(o, out); break;
    case OPTION_WORD:
    case OPTION_TEXT:
    case OPTION_PATH:
    case OPTION_REPORT:
    case OPTION_SERVERS:
    case OPTION_TOPIC:
        if (*(char *const *)at)
            strbuf_puts(out, *(char *const *)at);
        else
            show_none(row, out);
        break;
    case OPTION_PROPERTY:
    case OPTION_SETTING:
    case OPTION_ACTION: break;
    }
}

static void allowed_choices(const struct option_row *row, struct strbuf *out)
{
    for (int i = 0; row->choices[i]; i++)
        strbuf_printf(out, "%s%s", i == 0 ? "" : row->choices[i + 1] ? ", " : " or ", row->choices[i]);
}

static void allowed_range(const struct option_row *row, const char *what, struct strbuf *out)
{
    strbuf_puts(out, what);
    if (row->max >= 1e15) {
        strbuf_puts(out, " of at least ");
        number_show(out, row->min);
    } else {
        strbuf_puts(out, " from ");
        number_show(out, row->min);
        strbuf_puts(out, " to ");
        number_show(out, row->max);
    }
    if (row->unit)
        strbuf_printf(out, " (%s)", row->unit);
    if (row->none)
        strbuf_printf(out, ", or %s", row->none);
}

static void allowed_duration(const struct option_row *row, struct strbuf *out)
{
    strbuf_puts(out, "a duration with its unit, as in '90 seconds', '5 minutes' or '1 hour'");
    if (row->min > 0) {
        strbuf_puts(out, ", of at least ");
        show_duration(out, (int64_t)row->min);
    }
    if (row->none)
        strbuf_printf(out, ", or %s", row->none);
}

static void allowed_text(const struct option_row *row, const char *what, struct strbuf *out)
{
    strbuf_puts(out, what);
    if (row->none)
        strbuf_printf(out, ", or %s", row->none);
}

void option_allowed(const struct option_row *row, struct strbuf *out)
{
    switch (row->type) {
    case OPTION_BOOL: strbuf_puts(out, "true or false"); break;
    case OPTION_INT:
    case OPTION_COUNT: allowed_range(row, "a whole number", out); break;
    case OPTION_BYTES:
        strbuf_puts(out, "a size such as '512 KB', '100 MB' or '1 GB', of at least ");
        show_bytes(out, (int64_t)row->min);
        strbuf_printf(out, ", or %s", row->none);
        break;
    case OPTION_SEED: strbuf_puts(out, "a whole number of at least 0"); break;
    case OPTION_NUMBER: allowed_range(row, "a number", out); break;
    case OPTION_SHARE: strbuf_puts(out, "a share from 0 to 1, or a percentage such as 5%"); break;
    case OPTION_RATE:
        strbuf_puts(out, "a number of at least ");
        number_show(out, row->min);
        strbuf_printf(out, " (%s), max, or %s", row->unit, row->none);
        break;
    case OPTION_DURATION: allowed_duration(row, out); break;
    case OPTION_CHOICE:
    case OPTION_EITHER:
    case OPTION_WORD: allowed_choices(row, out); break;
    case OPTION_FIELDS:
        strbuf_puts(out, "names with commas between, of: ");
        for (int f = 0; f < FIELD_COUNT; f++)
            strbuf_printf(out, "%s%s", f ? ", " : "", field_name((enum field)f));
        break;
    case OPTION_TRIGGER: strbuf_puts(out, "asap, available-now, or a duration such as '10 seconds'"); break;
    case OPTION_START:
        strbuf_puts(out, "earliest, latest, a time such as 2018-12-31T21:00:00Z, or offsets such as "
                         "{\"TOPIC\":{\"0\":23,\"1\":-2}} (-1 = latest, -2 = earliest)");
        break;
    case OPTION_TEXT: allowed_text(row, "a text", out); break;
    case OPTION_PATH: allowed_text(row, "a path", out); break;
    case OPTION_REPORT: strbuf_puts(out, "a path that ends in .csv or .json"); break;
    case OPTION_SERVERS: allowed_text(row, "HOST:PORT, with commas between several", out); break;
    case OPTION_TOPIC:
        allowed_text(row, "1 to 249 letters, digits, dots, dashes and underscores", out);
        break;
    case OPTION_PROPERTY: strbuf_puts(out, "PROPERTY=VALUE"); break;
    case OPTION_SETTING: strbuf_puts(out, "SECTION.KEY=VALUE"); break;
    case OPTION_ACTION: break;
    }
}
