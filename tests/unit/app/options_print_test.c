/* What is printed from the option table: complete, the same as what is parsed, and without secrets. */
#include "options_fixture.h"

#include <ctype.h>

#include "base/text.h"
#include "options_table.h"
#include "options_value.h"

static char *printed;
static size_t printed_len;

static void keys_section(FILE *out)
{
    fputs(".SH KEYS\n.TP\n.B q\nQuit.\n", out);
}

static const char *answer(const struct options *o)
{
    free(printed);
    FILE *out = open_memstream(&printed, &printed_len);
    assert_non_null(out);
    assert_true(options_answer(o, out, keys_section));
    assert_int_equal(fclose(out), 0);
    return printed;
}

static const char *answer_to(const char *option)
{
    struct options o;
    assert_int_equal(READ(&o, (char *)option), 0);
    const char *text = answer(&o);
    options_free(&o);
    return text;
}

/* True where the text has the option as a word of its own. */
static bool has_word(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at++)
        if ((at == text || !strchr("-\\", at[-1])) && !isalnum((unsigned char)at[len]) && at[len] != '-')
            return true;
    return false;
}

static void a_run_without_a_question_prints_nothing(void **state)
{
    (void)state;
    struct options o;
    options_default(&o);
    assert_false(options_answer(&o, stdout, NULL));
    options_free(&o);
}

static void help_lists_every_option_and_key_in_80_columns(void **state)
{
    (void)state;
    const char *help = answer_to("--help");
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        char form[80];
        snprintf(form, sizeof form, "--%s", row->option ? row->option : "help");
        if (!has_word(help, form) || (row->key && !has_word(help, row->key)))
            fail_msg("--help lacks %s or %s", form, row->key ? row->key : "-");
    }
    for (const char *line = help; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
}

static void version_is_one_line(void **state)
{
    (void)state;
    assert_string_equal(answer_to("--version"), "sfcrime-tui " SFCRIME_VERSION "\n");
}

static void roff(char *out, size_t cap, const char *text)
{
    size_t n = 0;
    for (; *text && n + 2 < cap; text++) {
        if (*text == '-')
            out[n++] = '\\';
        out[n++] = *text;
    }
    out[n] = '\0';
}

static void the_man_page_has_every_option_key_and_section(void **state)
{
    (void)state;
    const char *man = answer_to("--print=man");
    static const char *const sections[] = {"NAME",  "SYNOPSIS",      "DESCRIPTION", "OPTIONS",
                                           "KEYS",  "CONFIGURATION", "EXIT STATUS", "ENVIRONMENT",
                                           "FILES", "EXAMPLES"};
    char form[160], word[80];
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        snprintf(form, sizeof form, "\n.SH %s\n", sections[i]);
        has(man, form);
    }
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (row->option) {
            roff(word, sizeof word, row->option);
            snprintf(form, sizeof form, "\\fB\\-\\-%s\\fR", word);
            has(man, form);
        }
        if (row->key) {
            roff(word, sizeof word, row->key);
            snprintf(form, sizeof form, "\n.B %s\n", word);
            has(man, form);
        }
    }
}

static void the_completions_have_every_option_and_key(void **state)
{
    (void)state;
    static const char *const shells[] = {"--print=bash", "--print=zsh"};
    for (int s = 0; s < 2; s++) {
        const char *text = answer_to(shells[s]);
        for (size_t i = 0; i < option_count; i++) {
            const struct option_row *row = &option_table[i];
            char form[100];
            snprintf(form, sizeof form, "--%s", row->option ? row->option : "help");
            assert_true(has_word(text, form));
            snprintf(form, sizeof form, " %s.%s=", row->section, row->key ? row->key : "");
            assert_true(!row->key || strstr(text, form));
        }
    }
}

static void bash_completes_options_and_their_words(void **state)
{
    (void)state;
    char path[80], command[400], reply[200] = "";
    if (system("command -v bash >/dev/null 2>&1") != 0) {
        print_message("skipped: there is no bash here\n");
        skip();
    }
    snprintf(path, sizeof path, "%s/completion", folder);
    write_text(path, answer_to("--print=bash"));
    snprintf(
        command, sizeof command,
        "bash -c '. %s; compopt() { :; }; COMP_WORDS=(sfcrime-tui --order = t); COMP_CWORD=3; _sfcrime_tui; "
        "echo ${COMPREPLY[@]}; COMP_WORDS=(sfcrime-tui --no-ch); COMP_CWORD=1; _sfcrime_tui; "
        "echo ${COMPREPLY[@]}'",
        path);
    FILE *shell = popen(command, "r");
    assert_non_null(shell);
    size_t n = fread(reply, 1, sizeof reply - 1, shell);
    reply[n] = '\0';
    assert_int_equal(pclose(shell), 0);
    unlink(path);
    assert_string_equal(reply, "time\n--no-checkpoint\n");
}

static void check_config_tells_value_and_origin_of_each_setting(void **state)
{
    (void)state;
    struct options o;
    write_text(config, "[query]\nwatermark = 10 minutes\n");
    assert_int_equal(READ(&o, "--check-config", "-t", "mine", "--available-now"), 0);
    const char *text = answer(&o);
    char line[200];
    snprintf(line, sizeof line, "; %s:2\n", config);
    has(text, line);
    has(text, "\nwatermark = 10 minutes ");
    has(text, "\ntopic = mine                                     ; command line\n");
    has(text, "\ntrigger = available-now                          ; command line\n");
    has(text, "\npartitions = 2                                   ; default\n");
    for (size_t i = 0; i < option_count; i++) {
        snprintf(line, sizeof line, "\n%s = ", option_table[i].key ? option_table[i].key : "topic");
        assert_true(option_table[i].alias_of || strstr(text, line));
    }
    options_free(&o);
}

static void check_config_masks_secrets(void **state)
{
    (void)state;
    struct options o;
    setenv("OPTIONS_TEST_SECRET", "hunter2", 1);
    assert_int_equal(READ(&o, "--check-config", "-X", "consumer.sasl.password=env:OPTIONS_TEST_SECRET", "-X",
                          "ssl.key.pem=hunter2", "-X", "linger.ms=7"),
                     0);
    const char *text = answer(&o);
    has(text, "\n[librdkafka]\n");
    has(text, "\n; consumer.sasl.password = *** ");
    has(text, "\n; ssl.key.pem = *** ");
    has(text, "\nlinger.ms = 7 ");
    assert_null(strstr(text, "hunter2"));
    options_free(&o);
    write_text(config, "[librdkafka]\nsasl.password = hunter2\nlinger.ms = 5\n");
    assert_int_equal(READ(&o, "--check-config"), 0);
    text = answer(&o);
    has(text, "\n; sasl.password = *** ");
    has(text, "config.ini:2\n");
    has(text, "\nlinger.ms = 5 ");
    assert_null(strstr(text, "hunter2"));
    options_free(&o);
    write_text(config, "");
}

static void what_check_config_prints_is_a_config_again(void **state)
{
    (void)state;
    struct options o, again;
    assert_int_equal(READ(&o, "--check-config", "-r", "2.5", "-S", "replay.late=0.25", "-S",
                          "query.window=90 minutes", "-S", "query.group-by=city,disposition", "-S",
                          "query.trigger=1500 ms", "-S", "spark.starting-offset=2018-12-31T21:00:00Z", "-S",
                          "data.sfpd-calls=-", "-X", "producer.linger.ms=9", "-X", "sasl.password=hunter2"),
                     0);
    char *first = strdup(answer(&o));
    write_text(config, first);
    assert_int_equal(READ(&again, "--check-config"), 0);
    same_query(&again.query, &o.query);
    for (size_t i = 0; i < option_count; i++) {
        struct strbuf a = {0}, b = {0};
        if (option_table[i].key && strcmp(option_table[i].section, "data") != 0) {
            option_show(&o, &option_table[i], &a);
            option_show(&again, &option_table[i], &b);
            assert_string_equal(a.data, b.data);
        }
        strbuf_free(&a);
        strbuf_free(&b);
    }
    assert_string_equal(again.replay.calls, "-");
    /* But for what must not be read from there. */
    assert_int_equal(again.kafka.property_count, 1);
    assert_string_equal(again.kafka.properties[0].name, "linger.ms");
    assert_string_equal(again.kafka.properties[0].value, "9");
    assert_true(again.kafka.properties[0].to_producer && !again.kafka.properties[0].to_consumer);
    free(first);
    options_free(&o);
    options_free(&again);
}

static char *file_text(const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f)
        return NULL;
    char *text = NULL;
    size_t cap = 0;
    ssize_t len = getdelim(&text, &cap, '\0', f);
    fclose(f);
    assert_true(len > 0);
    return text;
}

/* The tests run from the checkout's top folder, as make does. */
static void the_shipped_config_is_what_the_table_says(void **state)
{
    (void)state;
    char *shipped = file_text("config/config.ini");
    if (!shipped) {
        print_message("skipped: config/config.ini is not below this folder\n");
        skip();
    }
    if (strcmp(shipped, answer_to("--print=config")) != 0)
        fail_msg("config/config.ini is not what 'sfcrime-tui --print config' writes: write it again");
    free(shipped);
}

static void the_printed_config_holds_every_key_at_its_default(void **state)
{
    (void)state;
    struct options plain, o;
    write_text(config, answer_to("--print=config"));
    options_default(&plain);
    assert_int_equal(READ(&o, "-d", "-"), 0);
    same_query(&o.query, &plain.query);
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (!row->key || !strcmp(row->section, "data"))
            continue;
        struct strbuf a = {0}, b = {0};
        option_show(&o, row, &a);
        option_show(&plain, row, &b);
        assert_string_equal(a.data, b.data);
        assert_int_equal(o.origins[i].kind, row->alias_of ? ORIGIN_DEFAULT : ORIGIN_FILE);
        strbuf_free(&a);
        strbuf_free(&b);
    }
    has(printed, "\n; max-offset = all\n");
    options_free(&o);
    options_free(&plain);
}

static int forget(void **state)
{
    free(printed);
    printed = NULL;
    return tear_down(state);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, empty_config)
    const struct CMUnitTest tests[] = {
        TEST(a_run_without_a_question_prints_nothing),
        TEST(help_lists_every_option_and_key_in_80_columns),
        TEST(version_is_one_line),
        TEST(the_man_page_has_every_option_key_and_section),
        TEST(the_completions_have_every_option_and_key),
        TEST(bash_completes_options_and_their_words),
        TEST(check_config_tells_value_and_origin_of_each_setting),
        TEST(check_config_masks_secrets),
        TEST(what_check_config_prints_is_a_config_again),
        TEST(the_shipped_config_is_what_the_table_says),
        TEST(the_printed_config_holds_every_key_at_its_default),
    };
    return cmocka_run_group_tests(tests, set_up, forget);
}
