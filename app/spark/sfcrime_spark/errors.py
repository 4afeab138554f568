"""What ends the job with one clear sentence instead of a traceback."""


class JobError(Exception):
    """The job cannot go on: exit status 1."""


class SettingsError(JobError):
    """What was asked for is wrong: exit status 2. The sentence names file, key and value, and what is allowed."""
