/* What keys do to the job on Spark: started, stopped, started again. Nothing is assumed: views say what came
 * of it. */
#include "ui/state.h"

#include "ui/words.h"

#include <stdio.h>
#include <string.h>

static enum job_state job_state(const struct ui *ui)
{
    const struct query_view *q = ui_newest_query(ui);
    return q ? q->job.state : JOB_NONE;
}

bool can_job_stop(const struct ui *ui)
{
    return words_job_runs(job_state(ui));
}

bool can_job_start(const struct ui *ui)
{
    return job_state(ui) != JOB_NONE;
}

bool can_pause(const struct ui *ui)
{
    const struct query_view *q = ui_newest_query(ui);
    return !q || !(q->unavailable & NO_PAUSE);
}

static unsigned not_here(struct ui *ui)
{
    ui_notice(ui, true, "the query runs in this process: a Spark job needs --engine spark");
    return REACT_DRAW;
}

unsigned do_job_stop(struct ui *ui, int key)
{
    (void)key;
    const struct query_view *q = ui_newest_query(ui);
    if (job_state(ui) == JOB_NONE)
        return not_here(ui);
    if (job_state(ui) == JOB_STOPPING)
        return ui_ask_engine(ui, &(struct command){.kind = CMD_JOB_STOP, .i = 1});
    if (!can_job_stop(ui)) {
        ui_notice(ui, true, "no Spark job runs: [i] starts one");
        return REACT_DRAW;
    }
    prompt_open(&ui->prompt, PROMPT_CONFIRM,
                q->job.ours ? "Stop the Spark job after its batch?"
                            : "Stop this Spark job, which was not started here, after its batch?",
                "");
    ui->prompt.action = ACT_JOB_STOP;
    return REACT_DRAW;
}

unsigned do_job_start(struct ui *ui, int key)
{
    (void)key;
    if (job_state(ui) == JOB_NONE)
        return not_here(ui);
    if (!can_job_stop(ui))
        return ui_ask_engine(ui, &(struct command){.kind = CMD_JOB_START});
    prompt_open(&ui->prompt, PROMPT_CONFIRM, "Stop the Spark job and start it again?", "");
    ui->prompt.action = ACT_JOB_START;
    return REACT_DRAW;
}
