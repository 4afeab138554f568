/* Settings: which value wins, what a value may be, and what leans on what. */
#include "options_fixture.h"

#include <locale.h>
#include <math.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "options_table.h"

static void the_defaults_are_those_of_the_reference_query(void **state)
{
    (void)state;
    struct options o;
    struct query_settings s;
    options_default(&o);
    query_settings_default(&s);
    same_query(&o.query, &s);
    assert_string_equal(o.kafka.topic, "san-francisco.police-department.calls");
    assert_null(o.kafka.brokers);
    assert_null(o.replay.calls);
    assert_null(o.checkpoint.dir);
    assert_true(isnan(o.replay.rate));
    assert_int_equal(o.kafka.embedded_brokers, 2);
    assert_int_equal(o.kafka.partitions, 2);
    assert_int_equal(o.ui.frame_rate, 60);
    assert_true(o.spark.stop_gracefully);
    assert_string_equal(o.engine, "native");
    options_free(&o);
}

static void the_file_wins_over_defaults_and_the_command_line_over_both(void **state)
{
    (void)state;
    struct options o;
    write_text(config, "[kafka]\ntopic = from-file\npartitions = 7\n");
    assert_int_equal(READ(&o, "-t", "from-line"), 0);
    assert_string_equal(o.kafka.topic, "from-line");
    assert_int_equal(o.kafka.partitions, 7);
    assert_int_equal(o.kafka.embedded_brokers, 2);
    options_free(&o);
}

static void the_last_of_two_equal_keys_counts_in_file_and_command_line(void **state)
{
    (void)state;
    struct options o;
    write_text(config, "[replay]\nrate = 1\nspeed = 7\nrate = 2\n");
    assert_int_equal(READ(&o, "-S", "replay.speed=8", "-S", "replay.speed=9"), 0);
    assert_true(o.replay.rate == 2 && o.replay.speed == 9);
    options_free(&o);
    assert_int_equal(READ(&o, "-S", "replay.rate=3", "-r", "max"), 0);
    assert_true(isinf(o.replay.rate));
    options_free(&o);
}

static void short_options_cluster_and_long_ones_take_equals_or_a_word(void **state)
{
    (void)state;
    struct options o;
    assert_int_equal(READ(&o, "-r5", "--order=time", "--theme", "mono", "--max-b", "3", "--loop"), 0);
    assert_true(o.replay.rate == 5 && o.replay.by_time && o.replay.loop && o.ui.monochrome);
    assert_int_equal(o.max_batches, 3);
    options_free(&o);
}

static void every_long_option_is_distinct_and_so_is_every_letter_and_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *a = &option_table[i];
        assert_non_null(a->help);
        assert_true(a->key || a->option);
        assert_int_equal(a->help[strlen(a->help) - 1], '.');
        for (size_t j = i + 1; j < option_count; j++) {
            const struct option_row *b = &option_table[j];
            assert_false(a->option && b->option && !strcmp(a->option, b->option));
            assert_false(a->letter && a->letter == b->letter);
            assert_false(a->key && b->key && !strcmp(a->key, b->key) && !strcmp(a->section, b->section));
        }
    }
}

static void help_and_version_work_beside_a_broken_config(void **state)
{
    (void)state;
    struct options o;
    write_text(config, "nonsense\n");
    assert_int_equal(READ(&o, "--help", "-S", "no.such=1"), 0);
    assert_int_equal(o.action, RUN_HELP);
    options_free(&o);
    assert_int_equal(READ(&o, "--print", "man"), 0);
    assert_int_equal(o.action, RUN_PRINT);
    options_free(&o);
    FAILS(":1: the line is neither 'key = value' nor '[section]'", "--check-config");
}

static void a_file_may_be_indented_commented_and_have_long_lines(void **state)
{
    (void)state;
    struct options o;
    struct strbuf text = {0};
    strbuf_puts(&text,
                "\xef\xbb\xbf[kafka]\n   topic = a ; not b\n   partitions=3\r\n# x\nexternal-servers = h0:1");
    for (int i = 1; i < 100; i++)
        strbuf_printf(&text, ",host%d:9092", i);
    strbuf_puts(&text, "   ; all of them\n");
    write_text(config, text.data);
    assert_int_equal(READ(&o, "-r", "1"), 0);
    assert_string_equal(o.kafka.topic, "a");
    assert_int_equal(o.kafka.partitions, 3);
    assert_true(strlen(o.kafka.brokers) > 1000);
    assert_string_equal(strrchr(o.kafka.brokers, ','), ",host99:9092");
    options_free(&o);
    strbuf_free(&text);
}

static void each_type_takes_what_it_should(void **state)
{
    (void)state;
    struct options o;
    assert_int_equal(READ(&o, "-S", "kafka.external-servers=[::1]:9092, b.example", "-S", "replay.late=5%",
                          "-S", "replay.loop=ON", "-S", "replay.seed=18446744073709551615", "-S",
                          "query.group-by=city , call_dttm", "-S", "query.trigger=10 seconds", "-S",
                          "query.join=radio-codes", "-S", "query.window=1h", "-S", "query.slide=15m", "-S",
                          "spark.starting-offset=2018-12-31T21:00:00Z", "-S", "sink.csv=~/t.csv"),
                     0);
    assert_string_equal(o.kafka.brokers, "[::1]:9092, b.example");
    assert_true(fabs(o.replay.late - 0.05) < 1e-12 && o.replay.loop);
    assert_true(o.replay.seed == UINT64_MAX);
    assert_int_equal(o.query.group_by_count, 2);
    assert_int_equal(o.query.group_by[1], FIELD_CALL_DATE_TIME);
    assert_int_equal(o.query.trigger, TRIGGER_INTERVAL);
    assert_int_equal(o.query.trigger_ms, 10000);
    assert_int_equal(o.query.slide_ms, 15 * 60 * 1000);
    assert_true(o.query.join_codes);
    assert_int_equal(o.start.kind, START_TIMESTAMP);
    assert_int_equal(o.start.timestamp_ms, 1546290000000);
    char *expected = xasprintf("%s/t.csv", folder);
    assert_string_equal(o.sink.csv, expected);
    free(expected);
    options_free(&o);
}

static void sizes_have_units_of_1024(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t bytes;
    } sizes[] = {
        {"sink.dead-letters-limit=100 MB", INT64_C(104857600)},
        {"sink.dead-letters-limit=512kb", 524288},
        {"sink.dead-letters-limit=1.5 GB", INT64_C(1610612736)},
        {"sink.dead-letters-limit=5000", 5000},
        {"sink.dead-letters-limit=5000 B", 5000},
        {"sink.dead-letters-limit=1TB", INT64_C(1099511627776)},
        {"sink.dead-letters-limit=unlimited", 0},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct options o;
        assert_int_equal(READ(&o, "-S", (char *)sizes[i].text), 0);
        assert_int_equal(o.sink.dead_letters_limit, sizes[i].bytes);
        options_free(&o);
    }
}

static void the_decimal_point_is_a_point_in_every_locale(void **state)
{
    (void)state;
    static const char *const with_comma[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "C.UTF-8"};
    for (size_t i = 0; i < 4 && !setlocale(LC_NUMERIC, with_comma[i]); i++)
        continue;
    struct options o;
    assert_int_equal(READ(&o, "-r", "0.5"), 0);
    assert_true(o.replay.rate == 0.5);
    options_free(&o);
    setlocale(LC_NUMERIC, "C");
}

static void the_slide_follows_the_window_unless_it_is_given(void **state)
{
    (void)state;
    struct options o;
    assert_int_equal(READ(&o, "-S", "query.window=30 minutes"), 0);
    assert_int_equal(o.query.slide_ms, 30 * 60 * 1000);
    options_free(&o);
    write_text(config, "[query]\nslide = 10 minutes\n");
    assert_int_equal(READ(&o, "-S", "query.window=none"), 0);
    assert_true(o.query.window_ms == 0 && o.query.slide_ms == 0);
    options_free(&o);
    FAILS("slide must be at most window", "-S", "query.slide=2h");
}

static void the_query_section_wins_over_sparks_max_offset(void **state)
{
    (void)state;
    struct options o;
    write_text(config, "[query]\nmax-offsets-per-trigger = 5\n[spark]\nmax-offset = 9\n");
    assert_int_equal(READ(&o, "-r", "1"), 0);
    assert_int_equal(o.query.max_offsets_per_trigger, 5);
    options_free(&o);
    assert_int_equal(READ(&o, "-S", "spark.max-offset=8"), 0);
    assert_int_equal(o.query.max_offsets_per_trigger, 8);
    options_free(&o);
    write_text(config, "[spark]\nmax-offset = 9\n[query]\nmax-offsets-per-trigger = 5\n");
    assert_int_equal(READ(&o, "-S", "spark.max-offset=8", "-S", "query.max-offsets-per-trigger=all"), 0);
    assert_int_equal(o.query.max_offsets_per_trigger, 0);
    options_free(&o);
    write_text(config, "[spark]\nmax-offset = many\n[query]\nmax-offsets-per-trigger = 5\n");
    FAILS("[spark] max-offset = many: expected", "-r", "1");
}

static void available_now_and_no_checkpoint_are_short_for_their_keys(void **state)
{
    (void)state;
    struct options o;
    write_text(config, "[checkpoint]\ndir = /tmp/x\n");
    assert_int_equal(READ(&o, "--available-now", "--no-checkpoint"), 0);
    assert_true(o.available_now);
    assert_int_equal(o.query.trigger, TRIGGER_AVAILABLE_NOW);
    assert_null(o.checkpoint.dir);
    options_free(&o);
    assert_int_equal(READ(&o, "--available-now", "-S", "query.trigger=asap"), 0);
    assert_false(o.available_now);
    assert_string_equal(o.checkpoint.dir, "/tmp/x");
    options_free(&o);
}

static void properties_are_kept_in_order_with_whom_they_are_for(void **state)
{
    (void)state;
    struct options o;
    assert_int_equal(READ(&o, "-X", "linger.ms=1", "-Xconsumer.fetch.wait.max.ms=2", "--property",
                          "producer.sasl.oauthbearer.config=a=b"),
                     0);
    assert_int_equal(o.kafka.property_count, 3);
    const struct kafka_property *p = o.kafka.properties;
    assert_string_equal(p[0].name, "linger.ms");
    assert_true(p[0].to_consumer && p[0].to_producer);
    assert_string_equal(p[1].name, "fetch.wait.max.ms");
    assert_true(p[1].to_consumer && !p[1].to_producer);
    assert_string_equal(p[2].value, "a=b");
    assert_true(!p[2].to_consumer && p[2].to_producer);
    options_free(&o);
    FAILS("-X linger.ms: expected PROPERTY=VALUE", "-X", "linger.ms");
    FAILS("-X ling er: a property's name", "-X", "ling er=1");
}

static void properties_may_stand_in_the_file_and_the_command_line_comes_after_them(void **state)
{
    (void)state;
    struct options o;
    setenv("OPTIONS_TEST_SECRET", "from the environment", 1);
    write_text(config, "[librdkafka]\nproducer.linger.ms = 1\nsasl.password = env:OPTIONS_TEST_SECRET\n");
    assert_int_equal(READ(&o, "-X", "linger.ms=2", "-S", "librdkafka.consumer.fetch.wait.max.ms=3"), 0);
    const struct kafka_property *p = o.kafka.properties;
    assert_int_equal(o.kafka.property_count, 4);
    assert_string_equal(p[0].name, "linger.ms");
    assert_true(!p[0].to_consumer && p[0].to_producer);
    assert_int_equal(p[0].line, 2);
    assert_string_equal(p[0].file, config);
    assert_string_equal(p[1].value, "from the environment");
    assert_string_equal(p[2].value, "2");
    assert_int_equal(p[2].line, 0);
    assert_string_equal(p[3].name, "fetch.wait.max.ms");
    assert_true(p[3].to_consumer && !p[3].to_producer);
    options_free(&o);
    write_text(config, "[librdkafka]\nsasl.password = env:NOT_THERE\n");
    FAILS("config.ini:2: [librdkafka] sasl.password: the environment has no variable NOT_THERE", "-r", "1");
}

static void a_secret_in_the_wrong_place_is_not_shown(void **state)
{
    (void)state;
    FAILS("-S kafka.sasl.password=***", "-S", "kafka.sasl.password=hunter2");
    FAILS("'sasl.password=***' belongs to no option", "sasl.password=hunter2");
    assert_null(strstr(err, "hunter2"));
    write_text(config, "[librdkafak]\nsasl.password = hunter2\n");
    FAILS("did you mean [librdkafka]?", "-r", "1");
    assert_null(strstr(err, "hunter2"));
}

static void secrets_may_come_from_the_environment_or_a_file(void **state)
{
    (void)state;
    struct options o;
    char path[80], from_file[128];
    snprintf(path, sizeof path, "%s/secret", folder);
    snprintf(from_file, sizeof from_file, "ssl.key.password=file:%s", path);
    write_text(path, "from the file\n");
    setenv("OPTIONS_TEST_SECRET", "from the environment", 1);
    assert_int_equal(READ(&o, "-X", "sasl.password=env:OPTIONS_TEST_SECRET", "-X", from_file, "-X",
                          "client.rack=env:OPTIONS_TEST_SECRET", "-X", "sasl.password=plain"),
                     0);
    assert_string_equal(o.kafka.properties[0].value, "from the environment");
    assert_string_equal(o.kafka.properties[1].value, "from the file");
    assert_string_equal(o.kafka.properties[2].value, "env:OPTIONS_TEST_SECRET");
    assert_string_equal(o.kafka.properties[3].value, "plain");
    options_free(&o);
    unlink(path);
    FAILS("-X ssl.key.password: ", "-X", from_file);
    FAILS("the environment has no variable NOT_THERE", "-X", "sasl.password=env:NOT_THERE");
    FAILS("-X sasl.pass word: a property's name", "-X", "sasl.pass word=hunter2");
    assert_null(strstr(err, "hunter2"));
}

static void secrets_are_known_by_their_names(void **state)
{
    (void)state;
    assert_true(options_secret("sasl.password") && options_secret("ssl.key.pem"));
    assert_true(options_secret("sasl.oauthbearer.client.secret") && options_secret("SASL.JAAS.config"));
    assert_false(options_secret("sasl.username") || options_secret("ssl.ca.location"));
    assert_false(options_secret("linger.ms") || options_secret("message.key.max"));
}

static void secrets_are_taken_off_the_command_line_that_others_see(void **state)
{
    (void)state;
    char words[][60] = {"the-program",
                        "-X",
                        "sasl.password=hunter2",
                        "-Xssl.key.password=a=b",
                        "--set=librdkafka.sasl.jaas.config=x y",
                        "sasl.password=env:PASSWORD",
                        "sasl.password=file:/run/password",
                        "sasl.username=me",
                        "sasl.password="};
    char *argv[sizeof words / sizeof *words];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        argv[i] = words[i];
    options_hide_secrets((int)(sizeof words / sizeof *words), argv);
    assert_string_equal(words[2], "sasl.password=*******");
    assert_string_equal(words[3], "-Xssl.key.password=***");
    assert_string_equal(words[4], "--set=librdkafka.sasl.jaas.config=***");
    assert_string_equal(words[5], "sasl.password=env:PASSWORD");
    assert_string_equal(words[6], "sasl.password=file:/run/password");
    assert_string_equal(words[7], "sasl.username=me");
    assert_string_equal(words[8], "sasl.password=");
}

static void no_color_counts_unless_a_theme_is_asked_for_on_the_command_line(void **state)
{
    (void)state;
    struct options o;
    write_text(config, "[ui]\ntheme = dark\n");
    assert_int_equal(READ(&o, "-r", "1"), 0);
    assert_false(o.ui.monochrome);
    options_free(&o);
    setenv("NO_COLOR", "", 1);
    assert_int_equal(READ(&o, "-r", "1"), 0);
    assert_false(o.ui.monochrome);
    options_free(&o);
    setenv("NO_COLOR", "1", 1);
    assert_int_equal(READ(&o, "-r", "1"), 0);
    assert_true(o.ui.monochrome);
    options_free(&o);
    assert_int_equal(READ(&o, "--theme=light"), 0);
    assert_false(o.ui.monochrome);
    options_free(&o);
    unsetenv("NO_COLOR");
    assert_int_equal(READ(&o, "--theme=mono"), 0);
    assert_true(o.ui.monochrome);
    options_free(&o);
}

static void a_query_change_from_the_screen_keeps_window_and_slide_sound(void **state)
{
    (void)state;
    struct query_settings s, before;
    query_settings_default(&s);
    assert_true(options_set_query(&s, "window", "30 minutes", err, sizeof err));
    assert_int_equal(s.slide_ms, 30 * 60 * 1000);
    assert_true(options_set_query(&s, "slide", "10 minutes", err, sizeof err));
    assert_true(options_set_query(&s, "window", "1 hour", err, sizeof err));
    assert_int_equal(s.slide_ms, 10 * 60 * 1000);
    assert_true(options_set_query(&s, "window", "5 minutes", err, sizeof err));
    assert_int_equal(s.slide_ms, 5 * 60 * 1000);
    assert_true(options_set_query(&s, "window", "none", err, sizeof err));
    assert_int_equal(s.slide_ms, 0);
    assert_null(query_settings_check(&s));
    before = s;
    assert_false(options_set_query(&s, "windows", "1 hour", err, sizeof err));
    has(err, "did you mean 'window'?");
    assert_false(options_set_query(&s, "distinct", "glob al", err, sizeof err));
    has(err, "distinct = glob al: expected off, global or within-watermark");
    same_query(&s, &before);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, empty_config)
    const struct CMUnitTest tests[] = {
        TEST(the_defaults_are_those_of_the_reference_query),
        TEST(the_file_wins_over_defaults_and_the_command_line_over_both),
        TEST(the_last_of_two_equal_keys_counts_in_file_and_command_line),
        TEST(short_options_cluster_and_long_ones_take_equals_or_a_word),
        TEST(every_long_option_is_distinct_and_so_is_every_letter_and_key),
        TEST(help_and_version_work_beside_a_broken_config),
        TEST(a_file_may_be_indented_commented_and_have_long_lines),
        TEST(each_type_takes_what_it_should),
        TEST(sizes_have_units_of_1024),
        TEST(the_decimal_point_is_a_point_in_every_locale),
        TEST(the_slide_follows_the_window_unless_it_is_given),
        TEST(the_query_section_wins_over_sparks_max_offset),
        TEST(available_now_and_no_checkpoint_are_short_for_their_keys),
        TEST(properties_are_kept_in_order_with_whom_they_are_for),
        TEST(properties_may_stand_in_the_file_and_the_command_line_comes_after_them),
        TEST(a_secret_in_the_wrong_place_is_not_shown),
        TEST(secrets_may_come_from_the_environment_or_a_file),
        TEST(secrets_are_known_by_their_names),
        TEST(secrets_are_taken_off_the_command_line_that_others_see),
        TEST(no_color_counts_unless_a_theme_is_asked_for_on_the_command_line),
        TEST(a_query_change_from_the_screen_keeps_window_and_slide_sound),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
