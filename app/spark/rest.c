#include "spark/rest.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"
#include "spark/js.h"
#include "spark/rest_read.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROUND_MS = 1000,      /* between two rounds of questions */
    SLOW_ROUND_MS = 2000, /* to where nobody answers */
    CONNECT_MS = 1500,
    ANSWER_MS = 3000,
    ANSWER_BYTES = 8 * 1024 * 1024,
    REPEAT_MS = 1000, /* a view is repeated that often, so that ages are seen */
    URL_BYTES = 400
};

struct rest {
    struct hub *hub;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t news; /* target or stop changed; its clock is the monotonic one */
    bool stop;
    struct rest_target target;
    uint64_t aimed; /* grows with each new target */

    /* the thread's own */
    CURL *curl;
    struct strbuf body;
    bool too_large;
    struct spark_view view;
    struct rest_target now;
    int64_t master_next_ms, driver_next_ms;
    int64_t plan_of;        /* the execution whose plan is in the view; -1 */
    uint64_t published_sum; /* of the last view */
    int64_t published_ms;
    uint64_t number;
};

/* ---- one question ---- */

static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
    struct rest *r = arg;
    size_t n = size * count;
    if (r->body.len + n > ANSWER_BYTES) {
        r->too_large = true;
        return 0; /* ends the transfer */
    }
    strbuf_add(&r->body, bytes, n);
    return n;
}

/* Called while a transfer waits: the end of the program need not wait with it. */
static int on_wait(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
    struct rest *r = arg;
    (void)down_all, (void)down, (void)up_all, (void)up;
    (void)pthread_mutex_lock(&r->lock);
    bool stop = r->stop;
    (void)pthread_mutex_unlock(&r->lock);
    return stop ? 1 : 0;
}

static CURL *open_curl(struct rest *r)
{
    CURL *c = curl_easy_init();
    if (!c)
        return NULL;
    bool good = curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK;
    good = good && curl_easy_setopt(c, CURLOPT_WRITEDATA, r) == CURLE_OK;
    good = good && curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_wait) == CURLE_OK;
    good = good && curl_easy_setopt(c, CURLOPT_XFERINFODATA, r) == CURLE_OK;
    good = good && curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
    good = good && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK; /* there are other threads */
    good = good && curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK;
    good = good && curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS) == CURLE_OK;
    good =
        good && curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK; /* Spark redirects to itself */
    good = good && curl_easy_setopt(c, CURLOPT_MAXREDIRS, 3L) == CURLE_OK;
    good = good && curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
    good = good && curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK;
    good = good && curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK;
    good = good && curl_easy_setopt(c, CURLOPT_USERAGENT, "sfcrime-tui") == CURLE_OK;
    if (good)
        return c;
    curl_easy_cleanup(c);
    return NULL;
}

/* What came of a question. */
enum answer { ANSWER_GOOD, ANSWER_SILENT, ANSWER_STRANGE };

/* The tree of the answer, or NULL with a sentence in why. */
static json_object *ask(struct rest *r, enum answer *how, char *why, size_t why_cap, const char *url)
{
    long status = 0;
    char err[120];
    r->body.len = 0;
    r->too_large = false;
    *how = ANSWER_SILENT;
    if (curl_easy_setopt(r->curl, CURLOPT_URL, url) != CURLE_OK) {
        snprintf(why, why_cap, "no memory for the question");
        return NULL;
    }
    CURLcode code = curl_easy_perform(r->curl);
    if (r->too_large) {
        *how = ANSWER_STRANGE;
        snprintf(why, why_cap, "its answer is larger than %d MB", ANSWER_BYTES / 1024 / 1024);
        return NULL;
    }
    if (code != CURLE_OK) {
        bool begun = r->body.len > 0;
        *how = begun ? ANSWER_STRANGE : ANSWER_SILENT;
        snprintf(why, why_cap, "%s",
                 code == CURLE_OPERATION_TIMEDOUT ? "no answer in time" : curl_easy_strerror(code));
        return NULL;
    }
    *how = ANSWER_STRANGE;
    (void)curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        snprintf(why, why_cap, "it answers with status %ld%s", status,
                 status == 404 ? ": it has no such page (an older version?)" : "");
        return NULL;
    }
    json_object *tree = js_parse(r->body.data ? r->body.data : "", r->body.len, err, sizeof err);
    if (tree)
        *how = ANSWER_GOOD;
    else
        snprintf(why, why_cap, "its answer: %s", err);
    return tree;
}

static void note(struct spark_source *s, enum spark_source_state state, const char *why)
{
    if (s->state != state)
        s->since_ms = clock_mono_ms();
    s->state = state;
    snprintf(s->why, sizeof s->why, "%s", why);
}

typedef bool (*read_fn)(struct spark_view *v, json_object *answer);

/* Asks one page of a source and reads it; false when the source is now found to be silent or strange. */
static bool ask_page(struct rest *r, struct spark_source *s, const char *page, read_fn read_page)
{
    char url[URL_BYTES], why[SPARK_TEXT];
    enum answer how;
    int64_t from_ms = clock_mono_ms();
    snprintf(url, sizeof url, "%s%s", s->url, page);
    json_object *tree = ask(r, &how, why, sizeof why, url);
    bool good = tree && read_page(&r->view, tree);
    if (tree && !good) {
        how = ANSWER_STRANGE;
        snprintf(why, sizeof why, "its answer is none of Spark's");
    }
    json_object_put(tree);
    if (good) {
        note(s, SPARK_ANSWERS, "");
        s->answered_mono_ms = clock_mono_ms();
        s->latency_ms = (double)(s->answered_mono_ms - from_ms);
    } else {
        note(s, how == ANSWER_SILENT ? SPARK_SILENT : SPARK_STRANGE, why);
    }
    return good;
}

/* ---- a round ---- */

static void forget_master(struct spark_view *v)
{
    v->workers = v->workers_all = v->apps = 0;
    v->master_state[0] = '\0';
}

static void forget_driver(struct spark_view *v)
{
    v->executors = v->executors_all = v->jobs = v->jobs_all = v->stages = v->stages_all = 0;
    v->jobs_failed = v->stages_failed = 0;
}

static void ask_master(struct rest *r)
{
    if (ask_page(r, &r->view.master, "/json/", rest_read_master))
        r->master_next_ms = clock_mono_ms() + ROUND_MS;
    else
        r->master_next_ms = clock_mono_ms() + SLOW_ROUND_MS;
    if (r->view.master.state != SPARK_ANSWERS)
        forget_master(&r->view);
}

/* The plan of the newest batch. A driver without these pages is an old one or has them off: the rest goes on.
 */
static void ask_plan(struct rest *r, const char *base)
{
    char url[URL_BYTES], why[SPARK_TEXT];
    enum answer how;
    int64_t batch;
    struct spark_view *v = &r->view;
    v->plan_why[0] = '\0';
    snprintf(url, sizeof url, "%.320s/sql?details=false&planDescription=false&offset=0&length=2000", base);
    json_object *tree = ask(r, &how, why, sizeof why, url);
    if (!tree) {
        snprintf(v->plan_why, sizeof v->plan_why, "the plan is not told: %.120s", why);
        return;
    }
    int64_t execution = rest_newest_execution(tree, &batch);
    json_object_put(tree);
    if (execution < 0 || execution == r->plan_of)
        return;
    snprintf(url, sizeof url, "%.320s/sql/%lld?details=true&planDescription=false", base,
             (long long)execution);
    tree = ask(r, &how, why, sizeof why, url);
    if (tree && rest_read_plan(v, tree)) {
        v->plan_batch_id = batch;
        r->plan_of = execution;
    }
    json_object_put(tree);
}

static void ask_driver(struct rest *r)
{
    struct spark_view *v = &r->view;
    char page[URL_BYTES], base[URL_BYTES];
    static const struct {
        const char *name;
        read_fn read_page;
    } pages[] = {
        {"/jobs", rest_read_jobs}, {"/stages", rest_read_stages}, {"/allexecutors", rest_read_executors}};
    bool good = ask_page(r, &v->driver, "/api/v1/applications", rest_read_applications);
    snprintf(base, sizeof base, "/api/v1/applications/%s", v->app_id);
    for (size_t i = 0; good && i < sizeof pages / sizeof *pages; i++) {
        snprintf(page, sizeof page, "%.300s%s", base, pages[i].name);
        good = ask_page(r, &v->driver, page, pages[i].read_page);
    }
    if (good) {
        snprintf(page, sizeof page, "%s%.200s", v->driver.url, base);
        ask_plan(r, page);
    } else {
        forget_driver(v);
    }
    r->driver_next_ms = clock_mono_ms() + (good ? ROUND_MS : SLOW_ROUND_MS);
}

/* ---- views ---- */

/* Over what a user would see change; ages and latencies move by themselves. */
static uint64_t sum_of(const struct spark_view *v)
{
    struct spark_view copy = *v;
    const unsigned char *bytes = (const unsigned char *)&copy;
    uint64_t h = UINT64_C(14695981039346656037);
    copy.mono_ms = 0;
    copy.number = 0;
    copy.master.answered_mono_ms = copy.driver.answered_mono_ms = 0;
    copy.master.latency_ms = copy.driver.latency_ms = 0;
    for (size_t i = 0; i < copy.workers; i++)
        copy.worker[i].heartbeat_wall_ms = 0;
    for (size_t i = 0; i < sizeof copy; i++)
        h = (h ^ bytes[i]) * UINT64_C(1099511628211);
    return h;
}

static void publish(struct rest *r)
{
    int64_t now_ms = clock_mono_ms();
    uint64_t sum = sum_of(&r->view);
    if (r->number > 0 && sum == r->published_sum && now_ms - r->published_ms < REPEAT_MS)
        return;
    r->published_sum = sum;
    r->published_ms = now_ms;
    struct spark_view *v = xmalloc(sizeof *v);
    *v = r->view;
    v->number = ++r->number;
    v->mono_ms = now_ms;
    /* Once it is to stop, the hub may be gone. */
    (void)pthread_mutex_lock(&r->lock);
    bool stop = r->stop;
    if (!stop)
        hub_put_spark(r->hub, v);
    (void)pthread_mutex_unlock(&r->lock);
    if (stop)
        free(v);
}

/* ---- the thread ---- */

static void aim_source(struct spark_source *s, const char *url, const char *why)
{
    text_clean(s->url, sizeof s->url, url, strlen(url), false);
    s->answered_mono_ms = UNKNOWN;
    s->latency_ms = (double)__builtin_nan("");
    note(s, SPARK_NOT_ASKED, url[0] ? "" : why);
}

/* Takes over a new target; what belonged to the old one goes. */
static void take_target(struct rest *r, const struct rest_target *t)
{
    struct spark_view *v = &r->view;
    if (strcmp(t->master, r->now.master) != 0 || strcmp(t->master_why, r->now.master_why) != 0) {
        aim_source(&v->master, t->master, t->master_why);
        v->master.guessed = t->master_guessed;
        forget_master(v);
        r->master_next_ms = 0;
    }
    if (strcmp(t->driver, r->now.driver) != 0 || strcmp(t->driver_why, r->now.driver_why) != 0 ||
        strcmp(t->app_id, r->now.app_id) != 0) {
        aim_source(&v->driver, t->driver, t->driver_why);
        forget_driver(v);
        snprintf(v->app_id, sizeof v->app_id, "%s", t->app_id);
        v->version[0] = '\0';
        v->nodes = 0;
        v->plan_batch_id = UNKNOWN;
        r->plan_of = -1;
        r->driver_next_ms = 0;
    }
    r->now = *t;
}

/* Sleeps until there is something to do. False: the thread is to end. */
static bool rest_wait(struct rest *r, uint64_t *seen)
{
    struct rest_target t;
    int64_t until_ms = r->master_next_ms < r->driver_next_ms ? r->master_next_ms : r->driver_next_ms;
    if (!r->now.master[0])
        until_ms = r->driver_next_ms;
    else if (!r->now.driver[0])
        until_ms = r->master_next_ms;
    if (!r->now.master[0] && !r->now.driver[0])
        until_ms = clock_mono_ms() + SLOW_ROUND_MS;
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    (void)pthread_mutex_lock(&r->lock);
    while (!r->stop && r->aimed == *seen && clock_mono_ms() < until_ms)
        (void)pthread_cond_timedwait(&r->news, &r->lock, &until);
    bool stop = r->stop, fresh = r->aimed != *seen;
    t = r->target;
    *seen = r->aimed;
    (void)pthread_mutex_unlock(&r->lock);
    if (fresh)
        take_target(r, &t);
    return !stop;
}

static void *run(void *arg)
{
    struct rest *r = arg;
    uint64_t seen = 0;
    (void)pthread_setname_np(pthread_self(), "spark rest");
    while (rest_wait(r, &seen)) {
        if (seen == 0)
            continue; /* not aimed yet */
        int64_t now_ms = clock_mono_ms();
        if (r->now.master[0] && now_ms >= r->master_next_ms)
            ask_master(r);
        if (r->now.driver[0] && now_ms >= r->driver_next_ms)
            ask_driver(r);
        publish(r);
    }
    return NULL;
}

static void free_rest(struct rest *r)
{
    if (r->curl)
        curl_easy_cleanup(r->curl);
    strbuf_free(&r->body);
    (void)pthread_cond_destroy(&r->news);
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}

struct rest *rest_start(struct hub *hub, char *err, size_t err_cap)
{
    struct rest *r = xcalloc(1, sizeof *r);
    pthread_condattr_t attr;
    r->hub = hub;
    r->plan_of = -1;
    r->view.plan_batch_id = UNKNOWN;
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&r->news, &attr);
    (void)pthread_condattr_destroy(&attr);
    aim_source(&r->view.master, "", "not asked yet");
    aim_source(&r->view.driver, "", "not asked yet");
    r->curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? open_curl(r) : NULL;
    int rc = r->curl ? pthread_create(&r->thread, NULL, run, r) : ENOMEM;
    if (rc == 0)
        return r;
    snprintf(err, err_cap, "Spark's web pages cannot be asked: %s", strerror(rc));
    free_rest(r);
    return NULL;
}

bool rest_stop(struct rest *r, int64_t timeout_ms)
{
    struct timespec until;
    (void)pthread_mutex_lock(&r->lock);
    r->stop = true;
    (void)pthread_cond_signal(&r->news);
    (void)pthread_mutex_unlock(&r->lock);
    (void)clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns = until.tv_nsec + timeout_ms % 1000 * 1000000;
    until.tv_sec += timeout_ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    if (pthread_timedjoin_np(r->thread, NULL, &until) != 0) {
        (void)pthread_detach(r->thread);
        return false;
    }
    free_rest(r);
    return true;
}

void rest_aim(struct rest *r, const struct rest_target *target)
{
    (void)pthread_mutex_lock(&r->lock);
    if (r->aimed == 0 || memcmp(&r->target, target, sizeof *target) != 0) {
        r->target = *target;
        r->aimed++;
        (void)pthread_cond_signal(&r->news);
    }
    (void)pthread_mutex_unlock(&r->lock);
}
