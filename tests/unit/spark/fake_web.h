/* A small web server on a free port of loopback, in a thread of its own: it answers as a recorded Spark 3.5.3
 * did (answers/), or in ways that no Spark does. */
#ifndef TESTS_SPARK_FAKE_WEB_H
#define TESTS_SPARK_FAKE_WEB_H

#include <stdbool.h>

enum manner {
    WEB_RECORDED,
    WEB_NOT_FOUND,   /* 404 for everything */
    WEB_NO_SQL,      /* 404 for the pages of plans: an older Spark */
    WEB_BROKEN_JSON, /* the recorded answer, cut off */
    WEB_OTHER_JSON,  /* JSON, but none of Spark's */
    WEB_ENDLESS,     /* a body without an end */
    WEB_MUTE,        /* takes the question and says nothing */
    WEB_CLOSED       /* closes at once */
};

struct fake_web;

struct fake_web *web_start(void);
void web_stop(struct fake_web *w);
void web_behave(struct fake_web *w, enum manner manner);
int web_port(const struct fake_web *w);
/* How many questions it has had. */
long web_asked(const struct fake_web *w);

/* A recorded answer; the caller frees. */
char *web_answer(const char *name);

#endif
