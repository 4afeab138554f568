/* generate: writes synthetic police calls (see calls.h). The build runs it to make the calls that come with
 * the program, so that no large file has to be kept. */
#include "data/generate.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "data/calls.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)

static const char help_text[] =
    "usage: generate [--calls N] [--seed S] [--start DATE] [--end DATE] [--order time|file] [--output FILE]\n"
    "Writes synthetic San Francisco police calls as a JSON array, one call a line. The same arguments give "
    "the\n"
    "same bytes on every machine.\n"
    "  --calls N       how many, 1 to 100000000 (default 20000)\n"
    "  --seed S        any whole number; another seed gives other calls (default 1)\n"
    "  --start DATE    first day, YYYY-MM-DD (default 2018-12-22)\n"
    "  --end DATE      last day, itself included (default 2018-12-31)\n"
    "  --order ORDER   time: as reports come in, a few of them late (default); file: newest first, as the\n"
    "                  city's portal writes its files\n"
    "  --output FILE   where to (default: standard output); replaced only when all is written\n"
    "  --help          this text\n";

static bool read_number(const char *s, uint64_t low, uint64_t high, uint64_t *value)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(s, &end, 10);
    if (*s < '0' || *s > '9' || *end || errno || v < low || v > high)
        return false;
    *value = v;
    return true;
}

static bool read_day(const char *s, int64_t *day)
{
    int64_t ms;
    if (strlen(s) != 10 || !iso_parse_ms(s, 10, &ms))
        return false;
    *day = ms >= 0 ? ms / DAY_MS : (ms - DAY_MS + 1) / DAY_MS;
    return true;
}

static int usage_error(FILE *err, const char *option, const char *value, const char *allowed)
{
    fprintf(err, "generate: --%s %s: %s\n", option, value, allowed);
    return 2;
}

/* 0: go on; 1: help was asked for; 2: wrong, said in err. */
static int read_arguments(int argc, char **argv, struct calls_request *r, const char **output, FILE *err)
{
    static const struct option options[] = {
        {"calls", required_argument, NULL, 'n'}, {"seed", required_argument, NULL, 's'},
        {"start", required_argument, NULL, 'a'}, {"end", required_argument, NULL, 'e'},
        {"order", required_argument, NULL, 'r'}, {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0},
    };
    uint64_t calls;
    optind = 0; /* a fresh scan: tests call this more than once */
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (c) {
        case 'n':
            if (!read_number(optarg, 1, (uint64_t)CALLS_MAX, &calls))
                return usage_error(err, "calls", optarg, "a whole number from 1 to 100000000 is wanted");
            r->calls = (int64_t)calls;
            break;
        case 's':
            if (!read_number(optarg, 0, UINT64_MAX, &r->seed))
                return usage_error(err, "seed", optarg, "a whole number is wanted");
            break;
        case 'a':
        case 'e':
            if (!read_day(optarg, c == 'a' ? &r->start_day : &r->end_day))
                return usage_error(err, c == 'a' ? "start" : "end", optarg, "a date YYYY-MM-DD is wanted");
            break;
        case 'r':
            if (strcmp(optarg, "time") != 0 && strcmp(optarg, "file") != 0)
                return usage_error(err, "order", optarg, "time or file is wanted");
            r->order = *optarg == 't' ? CALLS_BY_TIME : CALLS_BY_FILE;
            break;
        case 'o': *output = optarg; break;
        case 'h': return 1;
        default:
            fprintf(err, "generate: %s: unknown option, or its value is missing (--help lists them)\n",
                    argv[optind - 1]);
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(err, "generate: %s: nothing is expected here (--help lists the options)\n", argv[optind]);
        return 2;
    }
    if (r->end_day < r->start_day || r->end_day - r->start_day > 36525) {
        fprintf(err, "generate: --end must lie after --start, by at most a hundred years\n");
        return 2;
    }
    return 0;
}

/* Writes beside the target and renames, so that an interrupted build leaves no half file behind. */
static int write_file(const struct calls_request *r, const char *path, FILE *err)
{
    int rc = 1;
    char *beside = xasprintf("%s.new", path);
    FILE *f = fopen(beside, "w");
    if (!f) {
        fprintf(err, "generate: %s: %s\n", beside, strerror(errno));
        goto out;
    }
    bool wrong = calls_write(r, f) != 0;
    wrong |= fclose(f) != 0;
    if (wrong || rename(beside, path) != 0) {
        fprintf(err, "generate: %s: %s\n", path, strerror(errno));
        (void)unlink(beside);
        goto out;
    }
    rc = 0;
out:
    free(beside);
    return rc;
}

int generate_run(int argc, char **argv, FILE *out, FILE *err)
{
    struct calls_request r = {.calls = 20000, .seed = 1, .order = CALLS_BY_TIME};
    const char *output = NULL;
    (void)read_day("2018-12-22", &r.start_day);
    (void)read_day("2018-12-31", &r.end_day);
    int asked = read_arguments(argc, argv, &r, &output, err);
    if (asked == 2)
        return 2;
    if (asked == 1)
        return fputs(help_text, out) == EOF || fflush(out) ? 1 : 0;
    if (output && strcmp(output, "-") != 0)
        return write_file(&r, output, err);
    if (calls_write(&r, out)) {
        fprintf(err, "generate: standard output: %s\n", strerror(errno));
        return 1;
    }
    return 0;
}

#ifndef GENERATE_NO_MAIN /* the tests have a main of their own */
int main(int argc, char **argv)
{
    return generate_run(argc, argv, stdout, stderr);
}
#endif
