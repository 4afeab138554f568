#!/usr/bin/env python3
"""The same topic through the native engine and through Spark on a cluster, in one run: rows a second, memory, first table.

    make bench-spark            1,000,000 calls in 2 partitions, the reference query, batches of 100,000
    ROWS=200000 make bench-spark

A Kafka of two nodes, a Spark master and two workers (one core each), all on this machine. Both engines keep a checkpoint
and begin from nothing. `first table`: from the start of the process to the first batch that a reader can have. `rows/s`:
all rows over the time from the start of the process to the last table; `in batches`: over the time spent in batches only.
Memory: the sum of the most that each process of the engine has taken (VmHWM): for Spark the driver (Python, JVM) and both
executors; the master and the workers stand apart, as they serve every job.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
ROWS = int(os.environ.get("ROWS", "1000000"))
BATCH = int(os.environ.get("BATCH_ROWS", str(max(1, ROWS // 10))))
TOPIC = "bench"
KAFKA, SPARK = (os.path.join(ROOT, "tests", room, "cluster.sh") for room in ("kafka", "spark"))


def said(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode == 77:
        print(done.stderr.strip())
        sys.exit(0)
    if done.returncode != 0:
        sys.exit(f"{command[0]} {command[1]}: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


class Memory(threading.Thread):
    """The most that processes have taken, each; which they are is asked for again and again."""

    def __init__(self, roots):
        super().__init__(daemon=True)
        self.roots, self.most, self.done = roots, {}, threading.Event()

    def run(self):
        while not self.done.wait(0.2):
            for pid in self.family():
                try:
                    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
                        self.most[pid] = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
                except (OSError, StopIteration):
                    pass

    def family(self):
        parents = {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                    parents[int(name)] = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                pass
        found = set(self.roots)
        while True:
            more = {pid for pid, parent in parents.items() if parent in found} - found
            if not more:
                return found
            found |= more

    def mb(self, without=()):
        return sum(kb for pid, kb in self.most.items() if pid not in without) / 1024


def native(folder, brokers):
    reports = os.path.join(folder, "native.json")
    started = time.time()
    child = subprocess.Popen(
        [os.path.join(BUILD, "sfcrime-tui"), "--headless", "--available-now", "--no-replay", "-b", brokers, "-t", TOPIC,
         "-S", "query.window=none", "-S", f"query.max-offsets-per-trigger={BATCH}", "--checkpoint",
         os.path.join(folder, "native-checkpoint"), "--progress", reports, "--export", os.path.join(folder, "native.csv")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    first = None
    for line in child.stdout:  # the console's tables
        if first is None and line.startswith(b"+"):
            first = time.time()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"the native engine ended with {child.returncode}")
    with open(reports, encoding="utf-8") as file:
        progress = [json.loads(line) for line in file]
    return {"engine": "native", "first_s": (first or time.time()) - started, "all_s": time.time() - started,
            "batches_s": sum(p["durationMs"]["triggerExecution"] for p in progress) / 1000,
            "memory_mb": usage.ru_maxrss / 1024, "state": state_of(progress)}


def spark(folder, brokers, master):
    config = os.path.join(folder, "job.ini")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"[kafka]\nexternal-servers = {brokers}\ntopic = {TOPIC}\n[query]\nwindow = none\n"
                   f"trigger = available-now\nmax-offsets-per-trigger = {BATCH}\n"
                   f"[spark]\nmaster = {master}\nui-port = 0\ncheckpoint = {folder}/spark-checkpoint\n")
    workers = [int(open(f"{folder}/spark/worker{n}.pid", encoding="ascii").read()) for n in (1, 2)]
    python, jars = said(SPARK, "python"), said(SPARK, "jars")
    started = time.time()
    with open(os.path.join(folder, "job.err"), "wb") as err:
        child = subprocess.Popen([python, os.path.join(ROOT, "app", "spark", "job.py"), "--config", config,
                                  "--jars", jars], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err,
                                 env={**os.environ, "SPARK_CONF_DIR": f"{folder}/spark/conf"})
        memory = Memory([child.pid] + workers)
        memory.start()
        child.wait()
        memory.done.set()
    if child.returncode != 0:
        sys.exit(f"the job ended with {child.returncode}: see {folder}/job.err")
    stamped = [line.split(" ", 1) for line in
               said("kcat", "-b", brokers, "-C", "-t", f"{TOPIC}-tables", "-e", "-q", "-f", "%T %s\\n").split("\n")]
    markers = [int(at) / 1000 for at, text in stamped if '"type":"batch"' in text]
    progress = [json.loads(line)["progress"] for line in
                said("kcat", "-b", brokers, "-C", "-t", f"{TOPIC}-progress", "-e", "-q").split("\n")
                if '"type":"progress"' in line]
    table = said(python, os.path.join(ROOT, "tests", "spark", "tables_topic.py"), "--brokers", brokers,
                 "--topic", f"{TOPIC}-tables")
    with open(os.path.join(folder, "spark.csv"), "w", encoding="utf-8") as file:
        file.write(table + "\n")
    return {"engine": "Spark", "first_s": markers[0] - started, "all_s": markers[-1] - started,
            "batches_s": sum(p["durationMs"]["triggerExecution"] for p in progress) / 1000,
            "memory_mb": memory.mb(without=workers), "daemons_mb": memory.mb() - memory.mb(without=workers),
            "state": state_of(progress)}


def state_of(progress):
    """Rows that distinct remembers, and the bytes of all state, as the last report has them."""
    operators = progress[-1]["stateOperators"]
    rows = next(o["numRowsTotal"] for o in operators if o["operatorName"] == "dedupe")
    return rows, sum(o["memoryUsedBytes"] for o in operators)


def show(result):
    rows, state_bytes = result["state"]
    print(f"{result['engine']:<8}{ROWS / result['all_s']:>12,.0f}{ROWS / result['batches_s']:>12,.0f}"
          f"{result['first_s']:>16.2f}{result['memory_mb']:>12,.0f}{state_bytes / max(rows, 1):>16.0f}", flush=True)


def main():
    if shutil.which("kcat") is None:
        print("skipped: no kcat here: it reads what the job has written")
        return 0
    folder = tempfile.mkdtemp(prefix="sfcrime-bench-spark-")
    try:
        brokers = said(KAFKA, "start", os.path.join(folder, "kafka"))
        master = said(SPARK, "start", os.path.join(folder, "spark"))
        calls = os.path.join(folder, "calls.json")
        with open(calls, "wb") as file:
            subprocess.run([os.path.join(BUILD, "generate"), "--calls", str(ROWS), "--seed", "7"], check=True,
                           stdout=file)
        subprocess.run([os.path.join(BUILD, "sfcrime-tui"), "--headless", "--available-now", "--no-checkpoint", "-r",
                        "max", "-d", calls, "-b", brokers, "-t", TOPIC, "--create-topic", "yes", "-S",
                        "kafka.partitions=2", "-S", "sink.console=none"], check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        print(f"{ROWS:,} calls, batches of {BATCH:,}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print(f"{'engine':<8}{'rows/s':>12}{'in batches':>12}{'first table s':>16}{'memory MB':>12}"
              f"{'state B/row':>16}", flush=True)
        results = [native(folder, brokers), spark(folder, brokers, master)]
        for result in results:
            show(result)
        a, b = results
        print(f"native is {b['all_s'] / a['all_s']:.0f} times as fast from start to last table, "
              f"{b['batches_s'] / a['batches_s']:.0f} times in batches; Spark's two workers beside their executors take "
              f"{b['daemons_mb']:,.0f} MB")
        with open(f"{folder}/native.csv", "rb") as mine, open(f"{folder}/spark.csv", "rb") as theirs:
            same = mine.read() == theirs.read()
        print("the two tables are the same, byte for byte" if same else "THE TWO TABLES DIFFER")
        return 0 if same else 1
    finally:
        for script, room in ((SPARK, "spark"), (KAFKA, "kafka")):
            subprocess.run([script, "stop", os.path.join(folder, room)], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
