/* Settings: every mistake is answered with one line that names the place, what is allowed, and what was
 * meant. */
#include "options_fixture.h"

static void a_mistake_in_the_file_names_file_line_key_value_and_what_is_allowed(void **state)
{
    (void)state;
    write_text(config, "; hello\n[query]\n\ndistinct = globl\n");
    FAILS("options-test", "-r", "1");
    FAILS("config.ini:4: [query] distinct = globl: expected off, global or within-watermark; did you mean "
          "'global'?",
          "-r", "1");
    write_text(config, "[kafka]\ntopik = x\n");
    FAILS("config.ini:2: [kafka] topik = x: no such key in [kafka]; did you mean 'topic'?", "-r", "1");
    write_text(config, "[kafak]\ntopic = x\n");
    FAILS("config.ini:2: [kafak] topic = x: no such section; did you mean [kafka]?", "-r", "1");
    write_text(config, "[banana]\ntopic = x\n");
    FAILS("no such section; there are kafka, data, replay, query, spark, checkpoint, sink, ui", "-r", "1");
    write_text(config, "[query]\nrate = 5\n");
    FAILS("no such key in [query]; it belongs to [replay]", "-r", "1");
    write_text(config, "topic = x\n");
    FAILS("config.ini:1: [] topic = x: a key must stand below a [section]", "-r", "1");
    write_text(config, "[replay]\nrate = 10 # fast\n");
    FAILS("a comment after a value begins with ';'", "-r", "1");
}

static void looking_only_needs_a_real_kafka_and_no_sink_in_it(void **state)
{
    (void)state;
    write_text(config, "");
    struct options o;
    char *alone[] = {"sfcrime-tui", "--read-only", NULL};
    fails_with(&o, read_args(&o, alone), "read-only is for looking at a real Kafka");
    char *sink[] = {"sfcrime-tui", "--read-only", "-b", "h:1", "-S", "sink.kafka-topic=t", NULL};
    fails_with(&o, read_args(&o, sink), "read-only writes nothing to Kafka");
    char *good[] = {"sfcrime-tui", "--read-only", "-b", "h:1", NULL};
    assert_int_equal(read_args(&o, good), 0);
    assert_true(o.kafka.read_only && o.replay.no_replay);
    options_free(&o);
}

static void the_first_mistake_of_a_file_is_the_one_that_is_told(void **state)
{
    (void)state;
    write_text(config, "[query]\nwindow\nwatermark = 5\n");
    FAILS("config.ini:2: the line is neither", "-r", "1");
    write_text(config, "[query]\nwatermark = 5\nwindow\n");
    FAILS("config.ini:2: [query] watermark = 5: expected a duration", "-r", "1");
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    struct options o;
    char *argv[] = {"sfcrime-tui", "-c", "/nonexistent/x.ini", NULL};
    fails_with(&o, read_args(&o, argv), "/nonexistent/x.ini: No such file or directory");
    char *directory[] = {"sfcrime-tui", "--config=/tmp", NULL};
    fails_with(&o, read_args(&o, directory), "/tmp: Is a directory");
    char *endless[] = {"sfcrime-tui", "--config=/dev/zero", NULL};
    fails_with(&o, read_args(&o, endless), "/dev/zero:1: the line holds a NUL byte");
    FILE *f = fopen(config, "w");
    assert_non_null(f);
    fwrite("[ui]\n\0x", 1, 7, f);
    fclose(f);
    FAILS(":2: the line holds a NUL byte", "-r", "1");
}

static void foreign_bytes_do_not_get_into_an_error(void **state)
{
    (void)state;
    write_text(config, "[ui]\ntheme = \x1b[31mred\n");
    FAILS("theme = \xef\xbf\xbd[31mred", "-r", "1");
    write_text(config, "");
    FAILS("\xef\xbf\xbd", "--the\x1bme=x");
    FAILS("\xef\xbf\xbd", "-S", "query.\x1b=x");
}

static void a_mistake_on_the_command_line_names_the_option_and_the_nearest(void **state)
{
    (void)state;
    FAILS("command line: --brokrs: no such option; did you mean --brokers?", "--brokrs=x");
    FAILS("command line: --frobnicate: no such option; --help lists them", "--frobnicate");
    FAILS("command line: --che: it could be --checkpoint, --check-config", "--che");
    FAILS("command line: --loop takes no value", "--loop=yes");
    FAILS("command line: -r needs N|max", "-r");
    FAILS("command line: --data needs FILE", "--data");
    FAILS("command line: -z: no such option", "-z");
    FAILS("'calls.json' belongs to no option; a data file is given as -d FILE", "calls.json");
    FAILS("command line: --rate=fast: expected a number of at least 0.1 (messages a second), max, or auto",
          "--rate=fast");
    FAILS("command line: -r 0.05: expected", "-r", "0.05");
    FAILS("command line: -S replay.rat=3: no such key in [replay]; did you mean 'rate'?", "-S",
          "replay.rat=3");
    FAILS("command line: -S rate=3: expected SECTION.KEY=VALUE", "-S", "rate=3");
    FAILS("--export=t.txt: expected a path that ends in .csv or .json", "--export", "t.txt");
    FAILS("--max-batches=0: expected a whole number of at least 1", "--max-batches", "0");
    FAILS("[data] sfpd-calls = /no/such.json: No such file", "-d", "/no/such.json");
}

static void a_job_on_spark_needs_what_it_can_reach(void **state)
{
    (void)state;
    write_text(config, "");
    struct options o;
    char *embedded[] = {"sfcrime-tui", "--engine", "spark", NULL};
    fails_with(&o, read_args(&o, embedded), "--engine spark needs a real Kafka");
    char *other[] = {"sfcrime-tui", "--engine", "flink", NULL};
    fails_with(&o, read_args(&o, other), "--engine=flink: expected native or spark");
    char *native[] = {"sfcrime-tui", "--engine=spark", "-b", "h:1", "--checkpoint", "/tmp/x", NULL};
    fails_with(&o, read_args(&o, native), "[spark] checkpoint");
    char *letters[] = {"sfcrime-tui", "--engine=spark", "-b", "h:1", "--dead-letters", "/tmp/x", NULL};
    fails_with(&o, read_args(&o, letters), "dead-letters-topic");
    char *looks[] = {"sfcrime-tui", "--engine=spark", "-b", "h:1", "--read-only", NULL};
    fails_with(&o, read_args(&o, looks), "add --spark-attach");
    char *alone[] = {"sfcrime-tui", "--spark-attach", NULL};
    fails_with(&o, read_args(&o, alone), "attach is for --engine spark");
    char *good[] = {"sfcrime-tui", "--engine=spark", "-b", "h:1", "--read-only", "--spark-attach", NULL};
    assert_int_equal(read_args(&o, good), 0);
    assert_string_equal(o.engine, "spark");
    assert_true(o.spark.attach);
    options_free(&o);
}

static void what_does_not_work_yet_is_not_an_option(void **state)
{
    (void)state;
    FAILS("--demo: no such option", "--demo=x");
    FAILS("--record: no such option", "--record=x");
}

static void each_type_refuses_what_it_cannot_take(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "kafka.partitions=0",
        "kafka.partitions=1025",
        "kafka.partitions=2x",
        "kafka.partitions=",
        "kafka.topic=a/b",
        "kafka.topic=..",
        "kafka.topic=",
        "kafka.client-id=",
        "kafka.external-servers=,",
        "kafka.external-servers=:1",
        "replay.late=1.1",
        "replay.late=110%",
        "replay.late=-1",
        "replay.late=nan",
        "replay.seed=-1",
        "replay.seed=99999999999999999999",
        "replay.speed=0.5",
        "replay.loop=maybe",
        "replay.order=random",
        "query.watermark=5",
        "query.watermark=-5s",
        "query.window=10 ms",
        "query.window=0s",
        "query.group-by=",
        "query.group-by=city,",
        "query.group-by=city,city",
        "query.trigger=soon",
        "query.trigger=0s",
        "query.parallelism=65",
        "spark.ui-port=70000",
        "spark.starting-offset=noon",
        "query.max-offsets-per-trigger=-1",
        "ui.frame-rate=61",
        "ui.theme=pink",
        "query.join=left",
        "spark.starting-offset={}",
        "spark.starting-offset={\"t\":1}",
        "spark.starting-offset={\"t\":{\"x\":1}}",
        "spark.starting-offset={\"t\":{\"0\":-3}}",
        "spark.starting-offset={\"t\"",
        "checkpoint.keep-batches=1",
        "sink.dead-letters-limit=MB",
        "sink.dead-letters-limit=10 apples",
        "sink.dead-letters-limit=10",
        "sink.dead-letters-limit=-1 MB",
        "sink.dead-letters-limit=1e400",
        "sink.dead-letters-topic=a b",
        "query.max-rate-per-partition=-1",
        "query.max-rate-per-partition=1.5",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct options o;
        int status = READ(&o, "-S", (char *)wrong[i]);
        if (status != 2 || !strstr(err, wrong[i]) || !strstr(err, "expected "))
            fail_msg("-S %s: status %d, '%s'", wrong[i], status, err);
        options_free(&o);
    }
}

static void settings_that_do_not_fit_together_are_named_with_their_places(void **state)
{
    (void)state;
    write_text(config, "[query]\noutput-mode = append\n");
    FAILS("output-mode append needs a window", "-S", "query.window=none");
    has(err, "[query] window = none from command line, [query] output-mode = append from ");
    has(err, "config.ini:2)");
    write_text(config, "");
    FAILS("never ends while loop", "--available-now", "--loop");
    FAILS("replication-factor must be at most embedded-brokers", "-S", "kafka.replication-factor=3");
    FAILS("--inspect needs --checkpoint DIR", "--inspect");
    FAILS("needs join = radio-codes", "-S", "query.group-by=disposition_description");
    FAILS("are not of the topic 'mine'", "-t", "mine", "-S", "spark.starting-offset={\"other\":{\"0\":1}}");
    struct options o;
    assert_int_equal(READ(&o, "-b", "h:1", "-S", "kafka.replication-factor=3"), 0);
    options_free(&o);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, empty_config)
    const struct CMUnitTest tests[] = {
        TEST(a_mistake_in_the_file_names_file_line_key_value_and_what_is_allowed),
        TEST(the_first_mistake_of_a_file_is_the_one_that_is_told),
        TEST(looking_only_needs_a_real_kafka_and_no_sink_in_it),
        TEST(a_file_that_cannot_be_read_is_named),
        TEST(foreign_bytes_do_not_get_into_an_error),
        TEST(a_mistake_on_the_command_line_names_the_option_and_the_nearest),
        TEST(a_job_on_spark_needs_what_it_can_reach),
        TEST(what_does_not_work_yet_is_not_an_option),
        TEST(each_type_refuses_what_it_cannot_take),
        TEST(settings_that_do_not_fit_together_are_named_with_their_places),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
