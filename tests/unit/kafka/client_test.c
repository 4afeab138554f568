/* How clients are set up: our defaults, the user's properties over them, the log, and errors in words. */
#include "kafka_fixture.h"

#include <fcntl.h>
#include <unistd.h>

static const char *value_of(rd_kafka_conf_t *conf, const char *name)
{
    static char value[200];
    size_t size = sizeof value;
    if (rd_kafka_conf_get(conf, name, value, &size) != RD_KAFKA_CONF_OK)
        snprintf(value, sizeof value, "(no such property)");
    return value;
}

static void expect_setting(struct fixture *f, enum client_role role, const char *name, const char *expected)
{
    rd_kafka_conf_t *conf = client_conf(&f->parts, role, f->err, sizeof f->err);
    if (!conf)
        fail_msg("%s", f->err);
    assert_string_equal(value_of(conf, name), expected);
    rd_kafka_conf_destroy(conf);
}

static void set_property(struct fixture *f, struct kafka_property *p)
{
    f->options.kafka.properties = p;
    f->options.kafka.property_count = 1;
}

static void a_consumer_never_hides_a_loss_and_never_commits_by_itself(void **state)
{
    struct fixture *f = fixture_new(1);
    expect_setting(f, CLIENT_CONSUMER, "enable.auto.commit", "false");
    expect_setting(f, CLIENT_CONSUMER, "auto.offset.reset", "error");
    expect_setting(f, CLIENT_CONSUMER, "enable.partition.eof", "true");
    expect_setting(f, CLIENT_CONSUMER, "isolation.level", "read_committed");
    expect_setting(f, CLIENT_CONSUMER, "group.id", "test-client");
    expect_setting(f, CLIENT_PRODUCER, "enable.idempotence", "true");
    expect_setting(f, CLIENT_PRODUCER, "bootstrap.servers", f->parts.bootstrap);
    fixture_free(f);
}

static void a_property_of_the_user_wins_and_its_prefix_narrows_it(void **state)
{
    struct fixture *f = fixture_new(1);
    set_property(f, &(struct kafka_property){"fetch.wait.max.ms", "77", true, true});
    expect_setting(f, CLIENT_CONSUMER, "fetch.wait.max.ms", "77");
    set_property(f, &(struct kafka_property){"client.id", "mine", true, false});
    expect_setting(f, CLIENT_CONSUMER, "client.id", "mine");
    expect_setting(f, CLIENT_PRODUCER, "client.id", "test-client");
    set_property(f, &(struct kafka_property){"linger.ms", "33", false, true});
    expect_setting(f, CLIENT_PRODUCER, "queue.buffering.max.ms", "33");
    expect_setting(f, CLIENT_CONSUMER, "queue.buffering.max.ms", "5");
    fixture_free(f);
}

static void expect_refusal(struct fixture *f, struct kafka_property p, const char *words)
{
    set_property(f, &p);
    assert_null(client_conf(&f->parts, CLIENT_CONSUMER, f->err, sizeof f->err));
    if (!strstr(f->err, words) || !strstr(f->err, p.name))
        fail_msg("expected \"%s\" in: %s", words, f->err);
}

static void a_wrong_property_is_named_in_a_sentence_and_a_secret_is_not(void **state)
{
    struct fixture *f = fixture_new(1);
    expect_refusal(f, (struct kafka_property){"fetch.wiat.max.ms", "1", true, true},
                   "no property of this name");
    expect_refusal(f, (struct kafka_property){"fetch.wait.max.ms", "soon", true, true}, "fetch.wait.max.ms");
    expect_refusal(f, (struct kafka_property){"enable.partition.eof", "false", true, true}, "cannot be set");
    expect_refusal(f, (struct kafka_property){"auto.offset.reset", "latest", true, true}, "starting-offset");
    expect_refusal(f, (struct kafka_property){"test.mock.num.brokers", "3", true, true}, "embedded-brokers");
    fixture_free(f);
}

static void a_property_is_known_or_not(void **state)
{
    assert_true(client_knows("fetch.wait.max.ms"));
    assert_false(client_knows("fetch.wiat.max.ms"));
}

static void errors_say_what_is_wrong_and_what_to_do(void **state)
{
    static const struct {
        rd_kafka_resp_err_t code;
        const char *detail, *what, *todo;
    } cases[] = {
        {RD_KAFKA_RESP_ERR__TRANSPORT, "Connect to ipv4#127.0.0.1:1 failed: Connection refused", "refuses",
         "--brokers"},
        {RD_KAFKA_RESP_ERR__TRANSPORT, NULL, "connection", "--brokers"},
        {RD_KAFKA_RESP_ERR__RESOLVE, "Failed to resolve 'kafak:9092'", "host name is not found", "kafak"},
        {RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed", "TLS", "ssl."},
        {RD_KAFKA_RESP_ERR__AUTHENTICATION, NULL, "login", "sasl.password"},
        {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, NULL, "does not exist", "--topic"},
        {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, NULL, "may not use the topic", "granted"},
        {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, NULL, "consumer group", "client-id"},
        {RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, "in time", "reachable"},
        {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, NULL, "larger", "max.message.bytes"},
        {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, NULL, "moved", "new leader"},
        {RD_KAFKA_RESP_ERR_INVALID_RECORD, NULL, "Kafka says", "log pane"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[400];
        client_error_words(out, sizeof out, cases[i].code, cases[i].detail);
        if (!strstr(out, cases[i].what) || !strstr(out, cases[i].todo))
            fail_msg("expected \"%s\" and \"%s\" in: %s", cases[i].what, cases[i].todo, out);
    }
    char out[400];
    client_error_words(out, sizeof out, RD_KAFKA_RESP_ERR__SSL, "bad\x1b[31m\nbytes");
    assert_null(strchr(out, '\x1b'));
    assert_null(strchr(out, '\n'));
    client_error_words(out, 10, RD_KAFKA_RESP_ERR__SSL, NULL);
    assert_true(strlen(out) < 10);
    assert_true(client_error_passes(RD_KAFKA_RESP_ERR__TIMED_OUT, NULL));
    assert_false(client_error_passes(RD_KAFKA_RESP_ERR__SSL, NULL));
}

/* Codes of the library for which there are words of ours, with nothing behind them. */
static void what_to_do_fits_on_a_line_of_80_columns(void **state)
{
    int known = 0;
    for (int code = RD_KAFKA_RESP_ERR__BEGIN; code < RD_KAFKA_RESP_ERR_END_ALL; code++) {
        char out[400];
        client_error_words(out, sizeof out, (rd_kafka_resp_err_t)code, NULL);
        if (strncmp(out, "Kafka says", 10) == 0)
            continue;
        known++;
        if (strlen(out) > 78)
            fail_msg("%zu columns: %s", strlen(out), out);
    }
    assert_true(known > 30);
}

static void the_librarys_own_state_is_no_part_of_the_words(void **state)
{
    static const struct {
        rd_kafka_resp_err_t code;
        const char *detail, *expected;
    } cases[] = {
        {RD_KAFKA_RESP_ERR__TRANSPORT,
         "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state "
         "CONNECT, 1 identical error(s) suppressed)",
         "the broker refuses the connection: start Kafka there or correct --brokers (127.0.0.1:1)"},
        {RD_KAFKA_RESP_ERR__TRANSPORT,
         "sasl_ssl://kafka.example:9093/2: Disconnected (after 12ms in state APIVERSION_QUERY)",
         "no connection to a broker: start Kafka there or correct --brokers (kafka.example:9093/2: "
         "Disconnected)"},
        {RD_KAFKA_RESP_ERR__RESOLVE,
         "kafak:9092/bootstrap: Failed to resolve 'kafak:9092': Name or service not known (after 3ms in "
         "state "
         "CONNECT)",
         "the broker's host name is not found: correct the name in --brokers (kafak:9092: Failed to resolve "
         "'kafak:9092': Name or service not known)"},
        {RD_KAFKA_RESP_ERR__TRANSPORT, "1/2 brokers are down (4 identical error(s) suppressed)",
         "no connection to a broker: start Kafka there or correct --brokers (1/2 brokers are down)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[400];
        client_error_words(out, sizeof out, cases[i].code, cases[i].detail);
        assert_string_equal(out, cases[i].expected);
    }
}

/* All of them came from a real broker. */
static void what_the_library_tells_only_in_its_text_is_understood(void **state)
{
    static const struct {
        rd_kafka_resp_err_t code;
        bool passes;
        const char *detail, *expected;
    } cases[] = {
        {RD_KAFKA_RESP_ERR__TRANSPORT, true,
         "localhost:9093/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect "
         "security.protocol configuration (connecting to a SSL listener?) or broker version is < 0.10 (see "
         "api.version.request) (after 1ms in state APIVERSION_QUERY)",
         "the broker hangs up, it may want TLS: set security.protocol=ssl or sasl_ssl (-X) (localhost:9093)"},
        {RD_KAFKA_RESP_ERR__TRANSPORT, true,
         "localhost:9094/bootstrap: Disconnected: verify that security.protocol is correctly configured, "
         "broker "
         "might require SASL authentication (after 2ms in state UP)",
         "the broker hangs up, it may want a login: set security.protocol, sasl.* (-X) (localhost:9094)"},
        {RD_KAFKA_RESP_ERR__SSL, true,
         "ssl://localhost:9092/bootstrap: SSL handshake failed: error:0A000126:SSL routines::unexpected eof "
         "while reading (after 4ms in state SSL_HANDSHAKE)",
         "no TLS at this port, it seems: check security.protocol (-X) and the port (localhost:9092)"},
        {RD_KAFKA_RESP_ERR__TRANSPORT, false,
         "ssl://localhost:9095/bootstrap: Receive failed: error:0A000412:SSL routines::sslv3 alert bad "
         "certificate: SSL alert number 42 (after 8ms in state APIVERSION_QUERY)",
         "the broker wants a certificate it trusts: set ssl.certificate.location (-X) (localhost:9095)"},
        {RD_KAFKA_RESP_ERR__AUTHENTICATION, false,
         "sasl_ssl://localhost:9096/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Unsupported "
         "SASL "
         "mechanism: broker's supported mechanisms: SCRAM-SHA-512 (after 3ms in state AUTH_HANDSHAKE)",
         "the broker does not know this way to log in: set sasl.mechanism (-X) (localhost:9096: SASL PLAIN "
         "mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: "
         "SCRAM-SHA-512)"},
        {RD_KAFKA_RESP_ERR__AUTHENTICATION, false,
         "sasl_plaintext://localhost:9092/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Request "
         "not "
         "valid in current SASL state: broker's supported mechanisms:  (after 3ms in state AUTH_HANDSHAKE)",
         "this port takes no login: set security.protocol=plaintext or ssl (-X) (localhost:9092)"},
    };
    char out[400];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        client_error_words(out, sizeof out, cases[i].code, cases[i].detail);
        assert_string_equal(out, cases[i].expected);
        assert_int_equal(client_error_passes(cases[i].code, cases[i].detail), cases[i].passes);
    }
    /* OpenSSL's numbers: another host, self-signed in the chain, expired, anything else. */
    static const struct {
        int x509_error;
        const char *says;
    } certificates[] = {
        {62, "for another host"}, {19, "ssl.ca.location"}, {10, "expired"}, {34, "not trusted"}};
    assert_null(client_certificate_mark(0));
    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
        char detail[200];
        snprintf(detail, sizeof detail, "ssl://localhost:1/7: %s",
                 client_certificate_mark(certificates[i].x509_error));
        client_error_words(out, sizeof out, RD_KAFKA_RESP_ERR__SSL, detail);
        if (!strstr(out, certificates[i].says))
            fail_msg("expected \"%s\" in: %s", certificates[i].says, out);
        assert_false(client_error_passes(RD_KAFKA_RESP_ERR__SSL, detail));
    }
}

static void properties_are_checked_before_anything_starts(void **state)
{
    static const struct {
        struct kafka_property p;
        const char *says[3];
    } wrong[] = {
        {{"fetch.wiat.max.ms", "1", true, true},
         {"-X fetch.wiat.max.ms:", "fetch.wait.max.ms?", "no property"}},
        {{"linger.mss", "1", false, true}, {"-X producer.linger.mss:", "linger.ms?", "no property"}},
        {{"fetch.wait.max.ms", "soon", true, false},
         {"-X consumer.fetch.wait.max.ms=soon:", "soon", "0 .. 300000"}},
        {{"acks", "77777", true, true}, {"-X acks=77777:", "77777", "-1 .. 1000"}},
        {{"security.protocol", "tls", true, true}, {"-X security.protocol=tls:", "tls", "sasl_ssl"}},
        {{"group.id.x", "1", true, true}, {"-X group.id.x:", "no property", ""}},
        {{"bootstrap.servers", "a:1", true, true}, {"-X bootstrap.servers", "--brokers", ""}},
    };
    struct options o = {0};
    char err[600];
    assert_true(client_check_properties(&o, err, sizeof err));
    o.kafka.property_count = 1;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct kafka_property p = wrong[i].p;
        o.kafka.properties = &p;
        assert_false(client_check_properties(&o, err, sizeof err));
        for (int k = 0; k < 3; k++)
            if (!strstr(err, wrong[i].says[k]))
                fail_msg("expected \"%s\" in: %s", wrong[i].says[k], err);
    }
    struct kafka_property lost = {"ssl.ca.location", "/not/there.pem", true, true, 12, "my.ini"};
    o.kafka.properties = &lost;
    assert_false(client_check_properties(&o, err, sizeof err));
    assert_string_equal(err,
                        "my.ini:12: [librdkafka] ssl.ca.location=/not/there.pem: No such file or directory");
    struct kafka_property good = {"linger.ms", "20", true, true};
    o.kafka.properties = &good;
    assert_true(client_check_properties(&o, err, sizeof err));
    /* A secret is not repeated. */
    struct kafka_property secret = {"sasl.oauthbearer.client.secret.x", "swordfish", true, true};
    o.kafka.properties = &secret;
    assert_false(client_check_properties(&o, err, sizeof err));
    assert_null(strstr(err, "swordfish"));
}

static void the_embedded_topic_is_there_with_its_leaders(void **state)
{
    struct fixture *f = fixture_new(3);
    assert_int_equal(client_ensure_topic(&f->parts, NULL, 5000, f->err, sizeof f->err), 3);
    fixture_free(f);
}

static void a_refused_connection_is_told_before_the_deadline_is_long_over(void **state)
{
    struct fixture *f = fixture_new(1);
    f->parts.bootstrap = "127.0.0.1:1";
    int64_t from_ms = clock_mono_ms();
    assert_int_equal(client_ensure_topic(&f->parts, NULL, 600, f->err, sizeof f->err), -1);
    assert_true(clock_mono_ms() - from_ms < 5000);
    if (!strstr(f->err, "refuses the connection"))
        fail_msg("%s", f->err);
    assert_null(consumer_open(&f->parts, 600, f->err, sizeof f->err));
    assert_non_null(strstr(f->err, "cannot be read"));
    fixture_free(f);
}

/* Runs with standard error in a file, so that a line of the library's own would be seen. */
static void nothing_reaches_stderr_with_all_debugging_on(void **state)
{
    char path[] = "/tmp/sfcrime-stderr-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    fflush(stderr);
    int saved = dup(STDERR_FILENO);
    dup2(file, STDERR_FILENO);

    struct fixture *f = fixture_new(2);
    char ini[] = "/tmp/sfcrime-log-XXXXXX";
    int ini_file = mkstemp(ini);
    bool ready = dprintf(ini_file, "[log]\nlevel = DEBUG\n") > 0 && log_open(ini, f->err, sizeof f->err) == 0;
    close(ini_file);
    unlink(ini);
    set_property(f, &(struct kafka_property){"debug", "all", true, true});
    int partitions = client_ensure_topic(&f->parts, NULL, 5000, f->err, sizeof f->err);
    fixture_produce(f, 0, 10, 20);
    struct source *s = consumer_open(&f->parts, 5000, f->err, sizeof f->err);
    int64_t position[2] = {0, 0};
    if (s) {
        s->ops->seek(s, position);
        s->ops->wait(s, 5000);
        embedded_broker_up(f->cluster, 1, false);
        s->ops->commit(s, (int64_t[]){1, 1});
        s->ops->wait(s, 50);
        s->ops->close(s);
    }
    static struct log_entry entries[LOG_RING];
    uint64_t serial;
    size_t logged = log_read(entries, LOG_RING, LOG_DEBUG, &serial), ours = 0;
    for (size_t i = 0; i < logged; i++)
        ours += strcmp(entries[i].name, "rdkafka") == 0;
    fixture_free(f);

    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    off_t written = lseek(file, 0, SEEK_END);
    close(saved);
    close(file);
    unlink(path);
    assert_int_equal(partitions, 2);
    assert_non_null(s);
    assert_true(ready);
    assert_int_equal(written, 0);
    assert_true(ours > 100); /* they went to the log instead */
}

static void a_password_does_not_get_into_the_log(void **state)
{
    struct fixture *f = fixture_new(1);
    set_property(f, &(struct kafka_property){"sasl.password", "swordfish", true, true});
    rd_kafka_conf_t *conf = client_conf(&f->parts, CLIENT_WATCH, f->err, sizeof f->err);
    rd_kafka_t *rk = client_new(RD_KAFKA_CONSUMER, conf, f->err, sizeof f->err);
    char text[100] = "login swordfish, again swordfish";
    client_mask_secrets(rk, text);
    assert_string_equal(text, "login *********, again *********");
    client_destroy(rk, 3000);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_consumer_never_hides_a_loss_and_never_commits_by_itself),
        cmocka_unit_test(a_property_of_the_user_wins_and_its_prefix_narrows_it),
        cmocka_unit_test(a_wrong_property_is_named_in_a_sentence_and_a_secret_is_not),
        cmocka_unit_test(a_property_is_known_or_not),
        cmocka_unit_test(errors_say_what_is_wrong_and_what_to_do),
        cmocka_unit_test(what_to_do_fits_on_a_line_of_80_columns),
        cmocka_unit_test(the_librarys_own_state_is_no_part_of_the_words),
        cmocka_unit_test(what_the_library_tells_only_in_its_text_is_understood),
        cmocka_unit_test(properties_are_checked_before_anything_starts),
        cmocka_unit_test(the_embedded_topic_is_there_with_its_leaders),
        cmocka_unit_test(a_refused_connection_is_told_before_the_deadline_is_long_over),
        cmocka_unit_test(nothing_reaches_stderr_with_all_debugging_on),
        cmocka_unit_test(a_password_does_not_get_into_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
