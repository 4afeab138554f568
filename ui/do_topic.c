/* A topic that a real Kafka lacks is made only after a yes: the question, its answer, and the word that makes
 * it after a no. */
#include "base/text.h"
#include "ui/command_do.h"
#include "ui/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWERS_W = 24 /* what "[y] yes  [n] no" needs beside the question */, COPIES_MOST = 10 };

static bool is_asking(const struct ui *ui)
{
    return ui->prompt.kind == PROMPT_CONFIRM && ui->prompt.action == ACT_CREATE_TOPIC;
}

static const struct topic_offer *offer_of(const struct ui *ui)
{
    const struct query_view *q = ui_newest_query(ui);
    return q && q->offer.state != OFFER_NONE ? &q->offer : NULL;
}

/* The longest of several wordings that fits: the name may be cut, what would be made may not. */
static void word_question(const struct ui *ui, const struct topic_plan *plan, char *out, size_t cap)
{
    char topic[100], brokers[80], size[84], partitions[40], copies[40], line[400];
    const struct options *o = ui->parts->options;
    int room = ui->w - ANSWERS_W;
    text_clean(topic, sizeof topic, o->kafka.topic, strlen(o->kafka.topic), false);
    text_clean(brokers, sizeof brokers, ui->parts->bootstrap, strlen(ui->parts->bootstrap), false);
    snprintf(size, sizeof size, "%s, %s",
             text_many(partitions, sizeof partitions, plan->partitions, "partition", "partitions"),
             text_many(copies, sizeof copies, plan->copies, "copy", "copies"));
    snprintf(line, sizeof line, "Topic %s is not there on %s. Make it with %s?", topic, brokers, size);
    if (text_width(line) > room)
        snprintf(line, sizeof line, "Topic %s is not there. Make it with %s?", topic, size);
    if (text_width(line) > room)
        snprintf(line, sizeof line, "Make the missing topic (%s)?", size);
    if (text_width(line) > room)
        snprintf(line, sizeof line, "Make the topic (%d, %d)?", plan->partitions, plan->copies);
    snprintf(out, cap, "%.*s", (int)cap - 1, line);
}

void ui_offer_topic(struct ui *ui)
{
    char label[sizeof ui->prompt.label];
    const struct topic_offer *offer = offer_of(ui);
    bool asked = offer && offer->state == OFFER_ASKED;
    if (!asked) {
        if (is_asking(ui)) {
            ui->prompt.kind = PROMPT_NONE;
            ui_notice(ui, false, "the topic is there now");
        }
        ui->offer_told = false;
        return;
    }
    if (!is_asking(ui) &&
        (ui->offer_told || ui->prompt.kind != PROMPT_NONE || ui->help.open || ui_open_list(ui)))
        return;
    word_question(ui, &offer->plan, label, sizeof label);
    prompt_open(&ui->prompt, PROMPT_CONFIRM, label, "");
    ui->prompt.action = ACT_CREATE_TOPIC;
    ui->offer_told = true;
}

static void answer(struct ui *ui, int partitions, int copies)
{
    struct command c = {.kind = CMD_TOPIC_CREATE, .i = partitions, .f = copies};
    (void)ui_post(ui, ui->parts->to_engine, "the query", &c);
}

void ui_answer_offer(struct ui *ui, bool yes)
{
    const struct topic_offer *offer = offer_of(ui);
    if (offer)
        answer(ui, yes ? offer->plan.partitions : 0, offer->plan.copies);
}

/* One or two whole numbers, or the word for those that were offered. */
static bool read_plan(const char *value, struct topic_plan *plan)
{
    char *end;
    if (!strcmp(value, "default"))
        return true;
    long partitions = strtol(value, &end, 10);
    if (end == value || partitions < 1 || partitions > MAX_PARTITIONS)
        return false;
    plan->partitions = (int)partitions;
    if (!*end)
        return true;
    const char *second = end;
    long copies = strtol(second, &end, 10);
    if (*second != ' ' || end == second || *end || copies < 1 || copies > COPIES_MOST)
        return false;
    plan->copies = (int)copies;
    return true;
}

bool command_create_topic(struct ui *ui, const char *name, const char *value, char *err, size_t cap)
{
    const struct topic_offer *offer = offer_of(ui);
    (void)name;
    if (!offer || ui->parts->options->kafka.read_only) {
        snprintf(err, cap, offer ? "--read-only makes no topic" : "no topic is missing");
        return false;
    }
    struct topic_plan plan = offer->plan;
    if (!read_plan(value, &plan)) {
        snprintf(err, cap, "partitions (1 to %d) and copies (1 to %d), as 6 2, or default", MAX_PARTITIONS,
                 COPIES_MOST);
        return false;
    }
    answer(ui, plan.partitions, plan.copies);
    return true;
}
