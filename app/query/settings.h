/* What is asked of the stream: the query's settings, as plain values. Filled by options, changed by the
 * screen's commands, read by everyone else; it owns nothing, so it is copied by assignment. */
#ifndef QUERY_SETTINGS_H
#define QUERY_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

/* The 14 text fields of a call in the order of the data, and the description that the join adds. */
enum field {
    FIELD_CRIME_ID,
    FIELD_TYPE, /* original_crime_type_name (the portal also says original_crimetype_name) */
    FIELD_REPORT_DATE,
    FIELD_CALL_DATE,
    FIELD_OFFENSE_DATE,
    FIELD_CALL_TIME,
    FIELD_CALL_DATE_TIME, /* the event time (the portal also says call_dttm) */
    FIELD_DISPOSITION,
    FIELD_ADDRESS,
    FIELD_CITY,
    FIELD_STATE,
    FIELD_AGENCY_ID,
    FIELD_ADDRESS_TYPE,
    FIELD_COMMON_LOCATION,
    FIELD_DISPOSITION_DESCRIPTION, /* not in the message: comes from the radio codes */
    FIELD_COUNT
};

enum distinct_mode { DISTINCT_OFF, DISTINCT_GLOBAL, DISTINCT_WITHIN_WATERMARK };
enum output_mode { OUTPUT_COMPLETE, OUTPUT_UPDATE, OUTPUT_APPEND };
enum trigger_kind { TRIGGER_ASAP, TRIGGER_INTERVAL, TRIGGER_AVAILABLE_NOW };

struct query_settings {
    enum distinct_mode distinct;
    int64_t watermark_ms; /* the delay, >= 0 */
    int64_t window_ms;    /* 0 = no window */
    int64_t slide_ms;     /* == window_ms for tumbling; <= window_ms */
    enum field group_by[FIELD_COUNT];
    int group_by_count; /* >= 1, no field twice */
    bool join_codes;    /* left outer join of radio_code.json on disposition */
    enum output_mode output_mode;
    int64_t max_offsets_per_trigger; /* rows over all partitions; 0 = all that wait */
    int64_t max_rate_per_partition;  /* rows a second of one partition; 0 = no limit */
    enum trigger_kind trigger;
    int64_t trigger_ms; /* for TRIGGER_INTERVAL */
    int parallelism;    /* parse and state shards, >= 1; the result is the same for every value */
    bool fail_on_data_loss;
};

/* The reference query of the design's section 4, with hourly windows. */
void query_settings_default(struct query_settings *s);

/* The standard name of a field ("original_crime_type_name"), never NULL. */
const char *field_name(enum field f);

/* The field of a name; the portal's other names are known too. FIELD_COUNT when there is none. */
enum field field_of(const char *name, int64_t len);

/* NULL when the settings fit together; else one static sentence that says what does not. */
const char *query_settings_check(const struct query_settings *s);

#endif
