/* Where the program finds its own files: in the checkout it was built in, or where it was installed, whatever
 * the current folder is. Answers are fresh memory (the caller frees) or NULL. Any thread may call all of it.
 */
#ifndef APP_PATHS_H
#define APP_PATHS_H

/* "calls.json", "radio_code.json": beside the checkout's build, else PREFIX/share/sfcrime-tui. */
char *paths_data(const char *name);

/* The job for Spark: app/spark/job.py of the checkout, else PREFIX/share/sfcrime-tui/spark/job.py. */
char *paths_job(void);

/* "config.ini", "logging.ini": the user's own ($XDG_CONFIG_HOME or ~/.config, then /sfcrime-tui), else ours.
 */
char *paths_config(const char *name);

/* Where a file that outlives the run is kept: $XDG_STATE_HOME, else ~/.local/state, then /sfcrime-tui. It
 * need not be there. NULL where neither is set to an absolute path. */
char *paths_state(const char *name);

/* The same for a program in the folder exe_dir (for tests). */
char *paths_data_from(const char *exe_dir, const char *name);
char *paths_config_from(const char *exe_dir, const char *name);

#endif
