/* Options -> parts -> run -> orderly stop; nothing else. */
#include "base/xalloc.h"
#include "headless.h"
#include "kafka/client.h"
#include "log.h"
#include "options.h"
#include "query/checkpoint.h"
#include "run.h"
#include "signals.h"
#include "spark/process.h"
#include "ui/action.h"
#include "ui/ui.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

/* Who starts us may have closed standard streams: then the next file that is opened, as the log, would take
 * their place and be written to. What stands in for them refuses to be written to, so that this is told, not
 * lost. */
static void take_standard_places(void)
{
    for (int fd = open("/dev/null", O_RDONLY); fd >= 0; fd = open("/dev/null", O_RDONLY))
        if (fd > STDERR_FILENO) {
            close(fd);
            return;
        }
}

/* The end is not orderly: what would outlive it is seen to. */
static void leave_at_once(void)
{
    ui_restore();
    process_kill_bound();
}

static int fail(int status, const char *why)
{
    fprintf(stderr, "sfcrime-tui: %s\n", why);
    return status;
}

int main(int argc, char **argv)
{
    struct options o;
    char why[1000];
    take_standard_places();
    setlocale(LC_ALL, "");
    /* Numbers in reports and files are not a matter of taste. */
    setlocale(LC_NUMERIC, "C");
    if (options_read(&o, argc, argv, why, sizeof why) != 0)
        return fail(STATUS_USAGE, why);
    options_hide_secrets(argc, argv);
    int status = STATUS_DONE;
    bool runs = o.action == RUN_NORMAL || o.action == RUN_CHECK_CONFIG;
    if (runs && !client_check_properties(&o, why, sizeof why)) {
        status = fail(STATUS_USAGE, why);
        goto out;
    }
    if (options_answer(&o, stdout, action_print_man))
        goto out;
    if (o.action == RUN_INSPECT) {
        status = checkpoint_inspect(o.checkpoint.dir, stdout) ? STATUS_FAILED : STATUS_DONE;
        goto out;
    }
    if (log_open(o.logging_path, why, sizeof why) < 0) {
        status = fail(STATUS_USAGE, why);
        goto out;
    }
    xalloc_on_fatal(leave_at_once);
    const char *reason = o.headless ? NULL : headless_reason(o.ui.plain);
    if (reason) {
        o.headless = o.headless_forced = true;
        fprintf(stderr, "sfcrime-tui: %s: going on without the screen (--headless)\n", reason);
    }
    status = signals_open(leave_at_once, why, sizeof why) < 0 ? fail(STATUS_FAILED, why)
                                                              : run(&o, o.ui.plain ? plain_run : ui_run);
    log_close();
out:
    options_free(&o);
    if (fflush(stdout) != 0 && status == STATUS_DONE)
        status = STATUS_FAILED;
    return status;
}
