/* The manual page, in roff, from the option table. */
#include "options_value.h"

#include <string.h>

/* Text as roff: no character of ours is a command of roff's. */
static void roff(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
}

static void paragraph(FILE *out, const char *text)
{
    fputs(".PP\n", out);
    roff(out, text);
    fputc('\n', out);
}

static void tagged(FILE *out, const char *tag, const char *text)
{
    fputs(".TP\n.B ", out);
    roff(out, tag);
    fputc('\n', out);
    roff(out, text);
    fputc('\n', out);
}

static void man_option(FILE *out, const struct option_row *row)
{
    fputs(".TP\n", out);
    if (row->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", out);
    roff(out, row->option);
    fputs("\\fR", out);
    if (row->argument) {
        fputs(" \\fI", out);
        roff(out, row->argument);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    roff(out, row->help);
    fputc('\n', out);
    if (row->key)
        fprintf(out, "(\\fB[%s] %s\\fR)\n", row->section, row->key);
}

static void man_key(FILE *out, const struct option_row *row)
{
    struct strbuf allowed = {0};
    fputs(".TP\n.B ", out);
    roff(out, row->key);
    fputc('\n', out);
    roff(out, row->help);
    option_allowed(row, &allowed);
    fputs("\nAllowed: ", out);
    roff(out, allowed.data);
    fputs(".\n", out);
    if (row->preset) {
        fputs("Default: \\fB", out);
        roff(out, row->preset);
        fputs("\\fR.\n", out);
    }
    strbuf_free(&allowed);
}

static void man_config(FILE *out)
{
    fputs(".SH CONFIGURATION\n", out);
    paragraph(
        out,
        "Settings come, each over the one before, from the defaults, config.ini, and the command line "
        "in its order. config.ini has sections in brackets and lines of 'key = value'; a comment begins "
        "with ; or # at the start of a line, or with ; after a value. Where a key is there twice the last "
        "one counts. Relative paths start at the folder that the program is started in; durations are "
        "written with their unit, as in '90s', '5 minutes' or '1 hour 30 minutes'.");
    for (const struct option_section *s = option_sections; s->name; s++) {
        if (!option_section_known(s->name))
            continue;
        fprintf(out, ".SS [%s]\n", s->name);
        for (size_t i = 0; i < option_count; i++)
            if (option_table[i].key && strcmp(option_table[i].section, s->name) == 0)
                man_key(out, &option_table[i]);
        if (strcmp(s->name, OPTION_PROPERTIES) == 0)
            paragraph(out,
                      "Any property of librdkafka, one a line, as -X sets it, which wins. A consumer. or "
                      "producer. prefix narrows it. A secret's value may be env:NAME or file:PATH.");
    }
}

static void man_options(FILE *out)
{
    fputs(".SH OPTIONS\n", out);
    for (const struct option_section *s = option_sections; s->name; s++) {
        bool headed = false;
        for (size_t i = 0; i < option_count; i++) {
            const struct option_row *row = &option_table[i];
            if (!row->option || strcmp(row->section, s->name) != 0)
                continue;
            if (!headed)
                fprintf(out, ".SS %s\n", s->title);
            headed = true;
            man_option(out, row);
        }
    }
}

static void man_tail(FILE *out)
{
    fputs(".SH EXIT STATUS\n", out);
    tagged(out, "0", "Done.");
    tagged(out, "1", "Failed; one line says why.");
    tagged(out, "2",
           "Wrong usage or configuration; the line names the file, the line, the key, the value and what "
           "is allowed.");
    tagged(out, "130", "Interrupted.");
    fputs(".SH ENVIRONMENT\n", out);
    tagged(out, "NO_COLOR", "When it is not empty the screen has no colours, unless --theme is given.");
    tagged(out, "XDG_CONFIG_HOME",
           "Where the folder sfcrime-tui with the user's own config.ini and logging.ini is "
           "looked for; ~/.config when it is not set.");
    tagged(out, "XDG_STATE_HOME",
           "Where the folder sfcrime-tui with what was chosen on the screen is; ~/.local/state when it is "
           "not set.");
    tagged(out, "TERM, LANG, LC_ALL, LC_CTYPE", "The terminal and the character set of the screen.");
    fputs(".SH FILES\n", out);
    tagged(out, "$XDG_CONFIG_HOME/sfcrime-tui/config.ini",
           "The user's settings; -c FILE names another file, and "
           "-c none reads none.");
    tagged(out, "$XDG_CONFIG_HOME/sfcrime-tui/logging.ini",
           "The user's log settings: level, format and file.");
    tagged(out, "$XDG_STATE_HOME/sfcrime-tui/screen.ini",
           "The layout, its panes, the theme, the charts and the mouse as they were chosen on the screen; "
           "written by the program. Options and config.ini win over it, --reset-screen removes it.");
    tagged(out, "PREFIX/share/sfcrime-tui",
           "The config.ini, logging.ini, calls and radio codes that are used where "
           "nothing else is given.");
    fputs(".SH EXAMPLES\n", out);
    tagged(out, "sfcrime-tui", "The embedded cluster, the bundled calls and the screen.");
    tagged(out, "sfcrime-tui -d calls.json.gz -r max --headless --available-now --export table.csv",
           "Process a file as fast as it goes and keep the table.");
    tagged(out, "sfcrime-tui -b kafka1:9092,kafka2:9092 --no-replay",
           "Watch a topic of a real Kafka without sending anything.");
    tagged(out,
           "sfcrime-tui -b kafka1:9093 -X security.protocol=SASL_SSL -X sasl.mechanisms=PLAIN -X "
           "sasl.username=me "
           "-X sasl.password=env:KAFKA_PASSWORD",
           "Connect with a password that is in the environment.");
    tagged(out, "sfcrime-tui -S query.window='30 minutes' -S query.slide='10 minutes' --order time",
           "Count in sliding windows, over calls sorted by their time.");
    fputs(".SH SEE ALSO\n.BR kcat (1)\n", out);
}

void options_print_man(FILE *out, options_keys_fn keys)
{
    fputs(".TH SFCRIME\\-TUI 1 \"\" \"sfcrime\\-tui " SFCRIME_VERSION "\" \"User Commands\"\n", out);
    fputs(
        ".SH NAME\nsfcrime\\-tui \\- replay police calls into Kafka and watch a streaming query over them\n",
        out);
    fputs(".SH SYNOPSIS\n.B sfcrime\\-tui\n[\\fIoptions\\fR]\n.SH DESCRIPTION\n", out);
    paragraph(
        out,
        "sfcrime-tui replays San Francisco police calls into a Kafka topic, runs a query over the topic as "
        "Spark's Structured Streaming would, and shows the table, the progress report, the offsets and "
        "the lag live in the terminal. Without options it starts a Kafka cluster inside the program, so "
        "that nothing has to be installed or started.");
    paragraph(
        out,
        "Without a terminal, or with --headless, it prints the tables of the batches instead, and ends when "
        "the replay has ended and all is processed.");
    man_options(out);
    if (keys)
        keys(out);
    man_config(out);
    man_tail(out);
}
