/* The replay alone, without query and screen, for `make bench-replay`; each line that it prints is a run.
 *
 *   replay_run BROKERS TOPIC FILE max              "acked failed seconds cpu_seconds"
 *   replay_run BROKERS TOPIC FILE rate R SECONDS   "acked seconds cpu_seconds", from one call on
 *   replay_run BROKERS TOPIC FILE change FROM TO   "before after most": calls in the busiest 100 ms of the
 * second before the change, of the second after it, and what TO allows. FROM or TO "pause": three seconds of
 * silence between
 *
 * What counts are acknowledgements: the offsets that the brokers have given. The processor time is the whole
 * process's, the library's threads included. */
#include "base/clock.h"
#include "log.h"
#include "replay/pace.h"
#include "replay/replay.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)
#define LOOK_NS   INT64_C(10000000)
#define LOOKS_MAX 2000
#define LIMIT_NS  (120 * SECOND_NS)

struct run {
    struct options options;
    struct hub hub;
    struct app_parts parts;
    struct replay *replay;
    int64_t base; /* acknowledged before what counts */
};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "replay_run: %s: %s\n", what, why);
    exit(1);
}

static void nap(int64_t ns)
{
    (void)nanosleep(&(struct timespec){.tv_sec = ns / SECOND_NS, .tv_nsec = ns % SECOND_NS}, NULL);
}

static int64_t cpu_ns(void)
{
    struct timespec ts = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return ts.tv_sec * SECOND_NS + ts.tv_nsec;
}

static int64_t acked(const struct run *r)
{
    struct replay_summary s;
    replay_summary(r->replay, &s);
    return s.acked - r->base;
}

static void ask(struct run *r, enum command_kind kind, int64_t i, double f)
{
    struct command c = {.kind = kind, .i = i, .f = f};
    if (!command_post(r->parts.to_replay, &c))
        die("a command", "no room");
}

static void start(struct run *r, char **argv, double rate, bool loop)
{
    char err[400] = "";
    options_default(&r->options);
    r->options.kafka.brokers = argv[1];
    r->options.kafka.topic = argv[2];
    r->options.replay.calls = argv[3];
    r->options.replay.rate = rate;
    r->options.replay.loop = loop;
    if (log_open(NULL, err, sizeof err) != 0 || hub_open(&r->hub) != 0)
        die("the log", err);
    r->parts = (struct app_parts){
        .options = &r->options, .hub = &r->hub, .to_replay = command_box_new(), .bootstrap = argv[1]};
    if (r->parts.to_replay)
        r->replay = replay_start(&r->parts, err, sizeof err);
    if (!r->replay)
        die(argv[3], err);
}

static void stop(struct run *r)
{
    struct replay_summary s;
    if (!replay_stop(r->replay, 30000))
        die("the replay", "did not end");
    replay_summary(r->replay, &s);
    if (s.failed > 0)
        die("calls were not delivered", s.trouble);
}

/* Connected, with one call acknowledged: what comes now is the replay's own doing. */
static void wait_for_first(struct run *r)
{
    for (int64_t end_ns = clock_mono_ns() + LIMIT_NS; acked(r) < 1; nap(LOOK_NS))
        if (clock_mono_ns() > end_ns)
            die("the first call", "no answer");
    r->base = acked(r);
}

/* One call goes first, so that connections and metadata do not count; the rest at once. */
static void run_max(char **argv)
{
    struct run r = {0};
    start(&r, argv, PACE_RATE_MIN, false);
    wait_for_first(&r);
    int64_t start_ns = clock_mono_ns();
    ask(&r, CMD_REPLAY_RATE, 0, (double)INFINITY);
    while (!atomic_load(&r.hub.live.replay_ended)) {
        if (clock_mono_ns() > start_ns + LIMIT_NS)
            die("the data", "not sent within two minutes");
        nap(LOOK_NS / 10);
    }
    double s = (double)(clock_mono_ns() - start_ns) / 1e9;
    stop(&r);
    printf("%" PRId64 " 0 %.4f %.3f\n", acked(&r), s, (double)cpu_ns() / 1e9);
}

/* From an answer to another one, so that it is whole intervals that are measured. */
static void run_rate(char **argv, double rate, double seconds)
{
    struct run r = {0};
    int64_t last, last_ns, first_ns;
    start(&r, argv, rate, true);
    wait_for_first(&r);
    first_ns = last_ns = clock_mono_ns();
    int64_t cpu_before_ns = cpu_ns(), end_ns = first_ns + (int64_t)(seconds * 1e9);
    for (last = 0; clock_mono_ns() < end_ns; nap(LOOK_NS / 10)) {
        int64_t now = acked(&r);
        if (now != last)
            last_ns = clock_mono_ns();
        last = now;
    }
    double cpu_s = (double)(cpu_ns() - cpu_before_ns) / 1e9 / seconds;
    printf("%" PRId64 " %.4f %.4f\n", last, (double)(last_ns - first_ns) / 1e9, cpu_s);
    stop(&r);
}

/* Counts over ns, look by look; returns the most that came within 100 ms. */
static int64_t busiest(struct run *r, int64_t ns)
{
    static int64_t counts[LOOKS_MAX];
    int64_t most = 0, end_ns = clock_mono_ns() + ns, next_ns = clock_mono_ns();
    size_t n = 0;
    for (; n < LOOKS_MAX && clock_mono_ns() < end_ns; n++) {
        counts[n] = acked(r);
        size_t before = n > 10 ? n - 10 : 0;
        if (counts[n] - counts[before] > most)
            most = counts[n] - counts[before];
        next_ns += LOOK_NS;
        if (next_ns > clock_mono_ns())
            nap(next_ns - clock_mono_ns());
    }
    return most;
}

static void run_change(char **argv, const char *from, const char *to)
{
    struct run r = {0};
    bool pause = strcmp(to, "pause") == 0;
    start(&r, argv, strtod(from, NULL), true);
    wait_for_first(&r);
    nap(SECOND_NS);
    int64_t before = busiest(&r, SECOND_NS);
    if (pause) {
        ask(&r, CMD_REPLAY_PAUSE, 1, 0);
        nap(3 * SECOND_NS);
        ask(&r, CMD_REPLAY_PAUSE, 0, 0);
    } else {
        ask(&r, CMD_REPLAY_RATE, 0, strtod(to, NULL));
    }
    int64_t after = busiest(&r, SECOND_NS);
    printf("%" PRId64 " %" PRId64 " %.0f\n", before, after, strtod(pause ? from : to, NULL) / 10);
    stop(&r);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[4], "max") == 0)
        run_max(argv);
    else if (argc == 7 && strcmp(argv[4], "rate") == 0)
        run_rate(argv, strtod(argv[5], NULL), strtod(argv[6], NULL));
    else if (argc == 7 && strcmp(argv[4], "change") == 0)
        run_change(argv, argv[5], argv[6]);
    else
        die("usage", "replay_run BROKERS TOPIC FILE max | rate R SECONDS | change FROM TO");
    return 0;
}
