"""Runs one contestant and says what it took: wall time, processor time and memory of all its processes.

Python's standard library only. A process of its own stands between us and the contestant, so that what the kernel adds
up for the children of that process is the contestant's alone; it also adopts what the contestant leaves behind (a JVM
that Python started), waits for it, and ends it where it does not end by itself.
"""
import ctypes
import errno
import fcntl
import json
import os
import pty
import resource
import select
import signal
import struct
import subprocess
import sys
import termios
import time

ROWS, COLUMNS = 40, 120
# A terminal answers this question of the program's; the answer says that the frame before it has been drawn.
ASKED, ANSWER = b"\x1b[5n", b"\x1b[0n"
ORPHAN_PATIENCE_S = 10
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def run(argv, env, out, err, screen_until=None, limit_s=120):
    """{"status", "wall_s", "cpu_s", "memory_mb"}, or with "error". out, err: files for what it prints.

    screen_until: run it in a terminal of 120x40 cells, wait until it has painted this text, press q.
    """
    reader, writer = os.pipe()
    sys.stdout.flush()
    keeper = os.fork()
    if keeper == 0:
        try:
            os.close(reader)
            answer = keep(argv, env, out, err, screen_until, limit_s)
        except BaseException as failed:  # whatever it is, a signal too: nothing of ours may go on, nor be left behind
            for child in children_of(os.getpid()):
                end_all(child)
            answer = {"status": -1, "error": f"{type(failed).__name__}: {failed}"}
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read()
    os.waitpid(keeper, 0)
    return json.loads(text) if text else {"status": -1, "error": "the process that measures has ended"}


def keep(argv, env, out, err, screen_until, limit_s):
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    with open(out, "wb") as stdout, open(err, "wb") as stderr:
        began = time.monotonic()
        if screen_until:
            answer = on_screen(argv, env, stderr, screen_until, began + limit_s)
        else:
            child = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                                     start_new_session=True)
            answer = {}
            if not ended(child, began + limit_s):
                answer = {"error": f"not done after {limit_s} s"}
                end_all(child.pid)
            answer["status"] = child.wait()
        answer["wall_s"] = time.monotonic() - began
    reap_orphans()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer["cpu_s"] = used.ru_utime + used.ru_stime
    answer["memory_mb"] = used.ru_maxrss / 1024 * 1.048576
    return answer


def ended(child, deadline):
    """Waits without polling: a process's file descriptor becomes readable when it ends."""
    fd = os.pidfd_open(child.pid)
    try:
        return bool(select.select([fd], [], [], max(0, deadline - time.monotonic()))[0])
    finally:
        os.close(fd)


def end_all(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def reap_orphans():
    """All that the contestant's processes have left behind belongs to its figures."""
    deadline = time.monotonic() + ORPHAN_PATIENCE_S
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0 and time.monotonic() > deadline:
            for left in children_of(os.getpid()):
                os.kill(left, signal.SIGKILL)
        if pid == 0:
            time.sleep(0.01)


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def on_screen(argv, env, stderr, until, deadline):
    """Runs it in a pseudo-terminal and takes in all it paints, at once, as a fast terminal does."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    child = subprocess.Popen(argv, env={**env, "TERM": "xterm-256color", "LANG": "C.UTF-8"}, stdin=slave,
                             stdout=slave, stderr=stderr, start_new_session=True)
    os.close(slave)
    answer, tail, seen = {}, b"", False
    while True:
        if not select.select([master], [], [], max(0, deadline - time.monotonic()))[0]:
            answer["error"] = "not done in time on the screen"
            end_all(child.pid)
            break
        try:
            bytes_ = os.read(master, 65536)
        except OSError as gone:
            if gone.errno != errno.EIO:
                raise
            break  # it has left the terminal
        if not bytes_:
            break
        tail = (tail + bytes_)[-8192 - len(bytes_):]
        os.write(master, ANSWER * (tail.count(ASKED) - tail[:-len(bytes_)].count(ASKED)))
        if not seen and until in tail:
            seen = True
            os.write(master, b"q")
    answer["status"] = child.wait()
    os.close(master)
    if not seen and "error" not in answer:
        answer["error"] = f"the screen never showed {until.decode()}"
    return answer
