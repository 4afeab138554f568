#include "spark/addresses.h"

#include <stdio.h>
#include <string.h>

#define MASTER_UI_PORT 8080

/* "spark://a:7077,b:7077" -> "http://a:8080": the first of several masters. */
static void master_of(struct rest_target *t, const char *master)
{
    const char *at = strncmp(master, "spark://", 8) == 0 ? master + 8 : NULL;
    if (!at) {
        snprintf(t->master_why, sizeof t->master_why, "%.40s has no master that could be asked", master);
        return;
    }
    size_t len = strcspn(at, ",/");
    const char *end = at + len;
    const char *colon = memrchr(at, ':', len);
    if (colon && *at == '[' && !memchr(at, ']', (size_t)(colon - at)))
        colon = NULL; /* a colon of an IPv6 address */
    int host = (int)((colon ? colon : end) - at);
    t->master_guessed = true;
    snprintf(t->master, sizeof t->master, "http://%.*s:%d", host < 120 ? host : 120, at, MASTER_UI_PORT);
}

static void without_slash(char *url)
{
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/')
        url[--len] = '\0';
}

void spark_addresses(struct rest_target *t, const struct options *o, const struct ledger_run *r,
                     enum job_state state)
{
    *t = (struct rest_target){0};
    bool runs = state == JOB_RUNNING || state == JOB_QUIET || state == JOB_STOPPING;
    if (o->spark.master_ui)
        snprintf(t->master, sizeof t->master, "%.150s", o->spark.master_ui);
    else
        master_of(t, r->master[0] ? r->master : o->spark.master);
    if (!runs)
        snprintf(t->driver_why, sizeof t->driver_why, "no job runs");
    else if (o->spark.driver_ui)
        snprintf(t->driver, sizeof t->driver, "%.150s", o->spark.driver_ui);
    else if (r->ui_url[0])
        snprintf(t->driver, sizeof t->driver, "%.150s", r->ui_url);
    else
        snprintf(t->driver_why, sizeof t->driver_why, "the job has its web pages turned off");
    snprintf(t->app_id, sizeof t->app_id, "%s", runs ? r->app_id : "");
    without_slash(t->master);
    without_slash(t->driver);
}
