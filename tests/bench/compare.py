#!/usr/bin/env python3
"""One table: this program beside the limit, kcat, Spark and others, on the same topic of a real Kafka.

    tests/bench/compare.py [--peers]        (make bench, make bench-peers; they build what is needed first)

Environment:
    ROUNDS     how often each contestant runs, in turns (5); the table has medians
    SLOW       how often those that take long run (1)
    ROWS       calls in the topic (1000000)
    QUICK=1    100,000 calls, one round, nothing that takes long: only to see that all of this works
    ONLY=WORD  only contestants with this in their name, and the limit and kcat
    BUILD      where the program is (build)
    SFCRIME_KAFKA=HOST:PORT,...   this Kafka instead of one of our own

The query of each: call time, disposition and type of every call, joined with the radio codes (left outer, on the
disposition), distinct over all of that, watermark 5 minutes, rows with a null among the three dropped, counted by type;
the whole table is wanted. What a contestant has found (rows, distinct rows, groups, sum of the counts) must be what
fill.c has reckoned from the calls themselves, or its time does not count. Wall time is from start to end of the process.

A contestant from elsewhere is an executable tests/bench/peers/NAME/run.sh. It is called with BOOTSTRAP, TOPIC, ROWS,
CODES (the file of radio codes), WORK (a folder for it alone) and CACHE in its environment, and once before with
`prepare`, when it may fetch and build, which is not measured. Exit status 77 and one line: skipped, with that reason.
Its last line of output: rows=N distinct=N groups=N sum=N note=...
"""
import csv
import datetime
import glob
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import measure  # noqa: E402 (beside this file)

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
QUICK = os.environ.get("QUICK") == "1"
ROUNDS = int(os.environ.get("ROUNDS", 1 if QUICK else 5))
SLOW_ROUNDS = int(os.environ.get("SLOW", 1))
ROWS = int(os.environ.get("ROWS", 100_000 if QUICK else 1_000_000))
BUILD = os.path.abspath(os.path.join(ROOT, os.environ.get("BUILD", "build")))
PROGRAM = os.path.join(BUILD, "sfcrime-tui")
CODES = os.path.join(ROOT, "data", "radio_code.json")
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "sfcrime-tui")
PARTITIONS = 2
FIGURES = ("rows", "distinct", "groups", "sum")
LIMIT, KCAT = "no work (the limit)", "kcat -C"
# Batches of a tenth: as many as Spark is given in its second run.
BATCH = ROWS // 10


class Skipped(Exception):
    """With one line of reason."""


class Contestant:
    """What all have: a name, how often it runs, what it has shown so far."""
    slow = False
    screen_until = None
    limit_s = 120

    def __init__(self, name):
        self.name = name
        self.runs = []
        self.trouble = None
        self.note = ""

    def prepare(self):
        """Raises Skipped."""

    def command(self, bench, work):
        """argv and what its environment has besides ours."""
        raise NotImplementedError

    def found(self, out, err, work):
        """Those of FIGURES that it tells."""
        raise NotImplementedError


class Limit(Contestant):
    def command(self, bench, work):
        return [os.path.join(BUILD, "tests/bench/nowork"), bench.bootstrap, bench.topic, str(ROWS)], {}

    def found(self, out, err, work):
        return figures_of(last_line(out))


class Kcat(Contestant):
    def prepare(self):
        if not shutil.which("kcat"):
            raise Skipped("kcat is not here")

    def command(self, bench, work):
        # -e: until the end of every partition. What it prints goes nowhere: it is the only one that may not be counted.
        return ["kcat", "-C", "-q", "-e", "-o", "beginning", "-b", bench.bootstrap, "-t", bench.topic], {}

    def found(self, out, err, work):
        return {}


class Native(Contestant):
    def __init__(self, threads, checkpoint, screen):
        words = [f"{threads} thread" + ("s" if threads > 1 else "")]
        words += ["checkpoint"] * checkpoint + ["screen"] * screen
        super().__init__("sfcrime-tui, " + ", ".join(words))
        self.threads, self.checkpoint, self.screen = threads, checkpoint, screen
        if screen:
            self.screen_until = b"DONE"

    def command(self, bench, work):
        argv = [PROGRAM, "--no-replay", "--available-now", "-b", bench.bootstrap, "-t", bench.topic,
                "--export", os.path.join(work, "table.csv"), "--checkpoint" if self.checkpoint else "--no-checkpoint"]
        argv += [os.path.join(work, "checkpoint")] * self.checkpoint + ["--headless"] * (not self.screen)
        for setting in ("sink.console=none", "query.window=none", "query.join=radio-codes", f"data.sfpd-codes={CODES}",
                        "query.distinct=global", f"query.parallelism={self.threads}",
                        f"query.max-offsets-per-trigger={BATCH}", f"kafka.client-id={bench.topic}"):
            argv += ["-S", setting]
        own = {"XDG_CONFIG_HOME": work, "XDG_STATE_HOME": work, "HOME": work}
        return argv, own

    def found(self, out, err, work):
        with open(err, encoding="utf-8", errors="replace") as file:
            summary = re.sub(r"(?<=\d),(?=\d{3})", "", file.read())
        rows = re.search(r"(\d+) rows? in", summary)
        twice = re.search(r"(\d+) duplicates?", summary)
        with open(os.path.join(work, "table.csv"), encoding="utf-8", newline="") as file:
            counts = [int(row["count"]) for row in csv.DictReader(file)]
        if not rows or not twice:
            return {}
        return {"rows": int(rows[1]), "distinct": int(rows[1]) - int(twice[1]), "groups": len(counts),
                "sum": sum(counts)}


class External(Contestant):
    """By the contract that this file begins with."""
    slow = True
    limit_s = 900

    def __init__(self, name, path, more=None):
        super().__init__(name)
        self.path, self.more = path, more or {}

    def prepare(self):
        done = subprocess.run([self.path, "prepare"], env={**os.environ, **self.more, "CACHE": CACHE},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900, check=False)
        if done.returncode == 77:
            raise Skipped(re.sub(r"^skip(ped)?( - [^:]*)?: *", "", (done.stdout.strip() or "no reason").splitlines()[-1]))
        if done.returncode:
            raise Skipped(f"it cannot be prepared: {(done.stderr.strip() or 'no reason').splitlines()[-1]}")

    def command(self, bench, work):
        return [self.path], {"BOOTSTRAP": bench.bootstrap, "TOPIC": bench.topic, "ROWS": str(ROWS), "CODES": CODES,
                             "WORK": work, "CACHE": CACHE, **self.more}

    def found(self, out, err, work):
        line = last_line(out)
        note = re.search(r"note=(.*)", line)
        self.note = note[1] if note else ""
        return figures_of(line)


def last_line(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line for line in file.read().splitlines() if line.strip()]
    return lines[-1] if lines else ""


def figures_of(line):
    return {name: int(value) for name, value in re.findall(r"\b(\w+)=(\d+)", line) if name in FIGURES}


class Bench:
    def __init__(self, folder):
        self.load_before = os.getloadavg()[0]
        self.folder = folder
        self.topic = f"bench-{os.getpid()}"
        self.bootstrap = os.environ.get("SFCRIME_KAFKA", "")
        self.cluster = None
        self.expected = {}

    def open(self):
        if not self.bootstrap:
            self.cluster = os.path.join(self.folder, "cluster")
            started = subprocess.run([os.path.join(ROOT, "tests/kafka/cluster.sh"), "start", self.cluster],
                                     stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            if started.returncode == 77:
                raise Skipped(started.stderr.strip().removeprefix("skipped: "))
            if started.returncode:
                sys.exit(f"compare: {started.stderr.strip()}")
            self.bootstrap = started.stdout.split()[-1]
        made = subprocess.run([os.path.join(BUILD, "tests/bench/fill"), self.bootstrap, self.topic, str(PARTITIONS),
                               str(ROWS), os.path.join(BUILD, "data/calls.json")],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if made.returncode:
            sys.exit(f"compare: the workload cannot be made: {made.stdout}{made.stderr}")
        self.expected = figures_of(made.stdout)
        self.bytes = int(re.search(r"bytes=(\d+)", made.stdout)[1])
        self.librdkafka = re.search(r"librdkafka=(\S+)", made.stdout)[1]

    def close(self):
        if self.cluster:
            subprocess.run([os.path.join(ROOT, "tests/kafka/cluster.sh"), "stop", self.cluster],
                           stdin=subprocess.DEVNULL, check=False)
        elif self.bootstrap:
            subprocess.run([os.path.join(BUILD, "tests/bench/fill"), self.bootstrap, self.topic],
                           stdin=subprocess.DEVNULL, check=False)

    def run(self, contestant):
        work = tempfile.mkdtemp(dir=self.folder)
        argv, more = contestant.command(self, work)
        out = "/dev/null" if isinstance(contestant, Kcat) else os.path.join(work, "out")
        err = os.path.join(work, "err")
        took = measure.run(argv, {**os.environ, **more}, out, err, contestant.screen_until,
                           contestant.limit_s)
        contestant.trouble = self.judge(contestant, took, out, err, work)
        if not contestant.trouble:
            contestant.runs.append(took)
        shutil.rmtree(work, ignore_errors=True)

    def judge(self, contestant, took, out, err, work):
        """None when it has done the work, else why its time does not count."""
        if took.get("error"):
            return took["error"]
        if took["status"]:
            return f"exit status {took['status']}: {last_line(err)[:200]}"
        found = contestant.found(out, err, work)
        wrong = [f"{name} {found[name]} instead of {self.expected[name]}"
                 for name in FIGURES if name in found and found[name] != self.expected[name]]
        if not found and not isinstance(contestant, Kcat):
            wrong = ["it does not tell what it has found"]
        return "; ".join(wrong) or None


def contestants(peers):
    all_ = [Limit(LIMIT), Kcat(KCAT)]
    all_ += [Native(threads, checkpoint, screen)
             for threads in (1, 2) for checkpoint in (False, True) for screen in (False, True)]
    if not QUICK:
        spark = os.path.join(HERE, "spark.sh")
        all_ += [External("Spark 3.5.3, one batch", spark, {"BATCH": "0"}),
                 External(f"Spark 3.5.3, batches of {BATCH:,}", spark, {"BATCH": str(BATCH)})]
    if peers:
        all_ += [External(path.split("/")[-2], path) for path in sorted(glob.glob(f"{HERE}/peers/*/run.sh"))]
    only = os.environ.get("ONLY", "")
    return [c for c in all_ if only in c.name or c.name in (LIMIT, KCAT)]


def run_all(bench, all_):
    for contestant in all_:
        try:
            contestant.prepare()
        except Skipped as reason:
            contestant.trouble = f"skipped: {reason}"
    for round_ in range(max(ROUNDS, SLOW_ROUNDS)):
        for contestant in all_:
            if contestant.trouble or round_ >= (SLOW_ROUNDS if contestant.slow else ROUNDS):
                continue
            print(f"\rround {round_ + 1}: {contestant.name:60}", end="", file=sys.stderr, flush=True)
            bench.run(contestant)
    print(f"\r{'':72}\r", end="", file=sys.stderr, flush=True)


# ---- what is told ----

def median(contestant, what):
    return statistics.median(run[what] for run in contestant.runs)


def ratio(contestant, other):
    """Of rows a second. Where both ran in turns, the median of the rounds' ratios: a busy moment meets both."""
    if not contestant.runs or not other or not other.runs:
        return None
    pairs = list(zip(contestant.runs, other.runs))
    if len(contestant.runs) != len(other.runs):
        return median(other, "wall_s") / median(contestant, "wall_s")
    return statistics.median(theirs["wall_s"] / ours["wall_s"] for ours, theirs in pairs)


def row_of(contestant, limit, kcat):
    wall = median(contestant, "wall_s")
    of = [ratio(contestant, limit), ratio(contestant, kcat)]
    return [contestant.name, f"{wall:.2f}", f"{ROWS / wall:,.0f}", f"{median(contestant, 'memory_mb'):.0f}",
            f"{median(contestant, 'cpu_s'):.2f}", *("-" if r is None else f"{r:.3f}" for r in of),
            str(len(contestant.runs))]


def tell(bench, all_):
    by_name = {c.name: c for c in all_}
    limit, kcat = by_name.get(LIMIT), by_name.get(KCAT)
    head = ["what", "wall s", "rows/s", "memory MB", "CPU s", "of the limit", "of kcat", "runs"]
    rows = [row_of(c, limit, kcat) for c in all_ if c.runs]
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]
    for line in machine(bench.librdkafka) + workload(bench):
        print(line)
    print()
    for row in [head] + rows:
        print("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))))
    print()
    if bench.load_before > os.cpu_count() / 2:
        print(f"the machine was busy before this began (load {bench.load_before:.1f}, {os.cpu_count()} cores): compare CPU s, "
              "wall times say little")
    for contestant in all_:
        if contestant.trouble or contestant.note:
            print(f"{contestant.name}: {contestant.trouble or contestant.note}")
    tell_goals(by_name, bench)
    write_csv(head, rows)


def tell_goals(by_name, bench):
    full = [by_name.get(Native(threads, True, True).name) for threads in (1, 2)]
    if QUICK or not full[0] or not full[0].runs:
        return
    limit, kcat = by_name.get(LIMIT), by_name.get(KCAT)
    goal("checkpoint and screen, 1 thread: of kcat", ratio(full[0], kcat), 0.9)
    goal("checkpoint and screen, 1 thread: of the limit", ratio(full[0], limit), 0.35)
    if full[1] and full[1].runs:
        goal("checkpoint and screen, 2 threads: of 1 thread", ratio(full[1], full[0]), 1.0)
    most = 150 + 32 * bench.expected["distinct"] / 1e6
    goal("checkpoint and screen: of the memory goal (150 MB + 32 bytes a distinct row)",
         median(full[0], "memory_mb") / most, 1, at_least=False)
    for name, times in (("flink", 5), ("Spark", 17)):
        for peer in (c for c in by_name.values() if name in c.name and c.runs):
            goal(f"checkpoint and screen, 1 thread: of {peer.name}", ratio(full[0], peer), times)


def goal(what, figure, wanted, at_least=True):
    if figure is None:
        return
    good = figure >= wanted if at_least else figure <= wanted
    sign = ">=" if at_least else "<="
    print(f"{what}: {figure:.2f}, goal {sign} {wanted}: {'reached' if good else 'missed'}")


def output_of(*argv):
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr


def machine(librdkafka):
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        model = re.search(r"^model name\s*: (.*)$", file.read(), re.M)
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(re.search(r"MemTotal: *(\d+)", file.read())[1]) / 1024 / 1024
    kcat = re.search(r"Version ([^ ]+).*librdkafka ([^ ]+)", output_of("kcat", "-V"))
    java = re.search(r'version "([^"]+)"', output_of("java", "-version"))
    return [
        f"{datetime.date.today()}; {os.cpu_count()} x {model[1] if model else platform.processor()}, {memory:.0f} GiB, "
        f"Linux {platform.release()}",
        f"librdkafka {librdkafka}; kcat {kcat[1] + ' with librdkafka ' + kcat[2] if kcat else '-'}; "
        f"Java {java[1] if java else '-'}; Python {platform.python_version()}",
    ]


def workload(bench):
    x = bench.expected
    where = "two nodes of Kafka 3.9.1 on the same machine" if bench.cluster else "a Kafka of yours"
    return [f"{x['rows']:,} calls of {bench.bytes / x['rows']:.0f} bytes, {PARTITIONS} partitions, no compression, {where}; "
            f"{x['distinct']:,} distinct, {x['groups']} groups, {x['sum']:,} counted",
            "rows, distinct rows, groups and sums of each are checked; medians; memory: the largest process; ours in "
            f"batches of {BATCH:,}, screen of {measure.COLUMNS}x{measure.ROWS}"]


def write_csv(head, rows):
    folder = os.path.join(BUILD, "bench")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "compare.csv")
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows([cell.replace(",", "") if i else cell for i, cell in enumerate(row)] for row in rows)
    print(f"written to {os.path.relpath(path, ROOT)}")


def main():
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda n, frame: sys.exit(128 + n))
    folder = tempfile.mkdtemp(prefix="sfcrime-bench-")
    bench, all_ = Bench(folder), contestants("--peers" in sys.argv[1:])
    try:
        bench.open()
        run_all(bench, all_)
    except Skipped as reason:
        print(f"skip - bench: {reason}")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    finally:
        bench.close()
        shutil.rmtree(folder, ignore_errors=True)
    tell(bench, all_)
    skipped = sum(1 for c in all_ if (c.trouble or "").startswith("skipped"))
    failed = sum(1 for c in all_ if c.trouble) - skipped
    print(f"{len(all_) - skipped - failed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


sys.exit(main())
