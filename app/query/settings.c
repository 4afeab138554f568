#include "settings.h"

#include "base/clock.h"

#include <string.h>

/* A row of a sliding window lands in window/slide groups; beyond this a typing mistake would eat the memory.
 */
#define WINDOWS_A_ROW_MAX 10000

static const char *const field_names[FIELD_COUNT] = {
    [FIELD_CRIME_ID] = "crime_id",
    [FIELD_TYPE] = "original_crime_type_name",
    [FIELD_REPORT_DATE] = "report_date",
    [FIELD_CALL_DATE] = "call_date",
    [FIELD_OFFENSE_DATE] = "offense_date",
    [FIELD_CALL_TIME] = "call_time",
    [FIELD_CALL_DATE_TIME] = "call_date_time",
    [FIELD_DISPOSITION] = "disposition",
    [FIELD_ADDRESS] = "address",
    [FIELD_CITY] = "city",
    [FIELD_STATE] = "state",
    [FIELD_AGENCY_ID] = "agency_id",
    [FIELD_ADDRESS_TYPE] = "address_type",
    [FIELD_COMMON_LOCATION] = "common_location",
    [FIELD_DISPOSITION_DESCRIPTION] = "disposition_description",
};

static const struct {
    const char *name;
    enum field field;
} portal_names[] = {
    {"original_crimetype_name", FIELD_TYPE},
    {"call_dttm", FIELD_CALL_DATE_TIME},
};

void query_settings_default(struct query_settings *s)
{
    *s = (struct query_settings){
        .distinct = DISTINCT_GLOBAL,
        .watermark_ms = 5 * 60 * 1000,
        .window_ms = 60 * 60 * 1000,
        .slide_ms = 60 * 60 * 1000,
        .group_by = {FIELD_TYPE},
        .group_by_count = 1,
        .output_mode = OUTPUT_COMPLETE,
        .trigger = TRIGGER_ASAP,
        .parallelism = 1,
        .fail_on_data_loss = true,
    };
}

const char *field_name(enum field f)
{
    return (unsigned)f < FIELD_COUNT ? field_names[f] : "?";
}

static bool same(const char *name, const char *given, int64_t len)
{
    return (int64_t)strlen(name) == len && memcmp(name, given, (size_t)len) == 0;
}

enum field field_of(const char *name, int64_t len)
{
    if (len <= 0)
        return FIELD_COUNT;
    for (int f = 0; f < FIELD_COUNT; f++)
        if (same(field_names[f], name, len))
            return (enum field)f;
    for (size_t i = 0; i < sizeof portal_names / sizeof portal_names[0]; i++)
        if (same(portal_names[i].name, name, len))
            return portal_names[i].field;
    return FIELD_COUNT;
}

static const char *check_window(const struct query_settings *s)
{
    if (s->window_ms < 0 || s->slide_ms < 0)
        return "window and slide cannot be negative";
    if (s->window_ms == 0)
        return s->slide_ms ? "slide needs a window: set window to a duration, or slide to none" : NULL;
    if (s->slide_ms == 0)
        return "slide must be more than zero where there is a window";
    if (s->slide_ms > s->window_ms)
        return "slide must be at most window: a longer one would leave rows between two windows uncounted";
    if (s->window_ms / s->slide_ms > WINDOWS_A_ROW_MAX)
        return "slide is too small for window: a row would be in more than 10,000 windows";
    return NULL;
}

static const char *check_group_by(const struct query_settings *s)
{
    if (s->group_by_count < 1 || s->group_by_count > FIELD_COUNT)
        return "group-by needs at least one field";
    bool seen[FIELD_COUNT] = {false};
    for (int i = 0; i < s->group_by_count; i++) {
        enum field f = s->group_by[i];
        if ((unsigned)f >= FIELD_COUNT)
            return "group-by names a field that does not exist";
        if (seen[f])
            return "group-by names a field twice";
        seen[f] = true;
    }
    if (seen[FIELD_DISPOSITION_DESCRIPTION] && !s->join_codes)
        return "group-by disposition_description needs join = radio-codes, which is where it comes from";
    return NULL;
}

const char *query_settings_check(const struct query_settings *s)
{
    const char *wrong = check_window(s);
    if (!wrong)
        wrong = check_group_by(s);
    if (wrong)
        return wrong;
    if (s->watermark_ms < 0)
        return "watermark cannot be negative";
    if (s->output_mode == OUTPUT_APPEND && s->window_ms == 0)
        return "output-mode append needs a window: without one no group is ever final (Spark refuses it too)";
    if (s->trigger == TRIGGER_INTERVAL && s->trigger_ms <= 0)
        return "trigger needs an interval of more than zero";
    if (s->max_offsets_per_trigger < 0)
        return "max-offsets-per-trigger cannot be negative";
    if (s->max_rate_per_partition < 0)
        return "max-rate-per-partition cannot be negative";
    if (s->parallelism < 1)
        return "parallelism must be at least 1";
    return NULL;
}
