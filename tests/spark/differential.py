#!/usr/bin/env python3
"""Our query engine against a real Spark, batch by batch. Run by tests/spark/run.sh; README.txt says what is compared.

Prints `ok - NAME` for the fixed cases, every difference with its smallest case, and as the last line, alone:
    N passed, N failed, N skipped
"""
import argparse
import copy
import json
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed

from fixed_cases import FIXED
from random_cases import random_case, words

STATE_FIGURES = ["numRowsTotal", "numRowsUpdated", "numRowsRemoved", "numRowsDroppedByWatermark",
                 "numDroppedDuplicateRows"]


class Engine:
    """Ours: a process a case, so that a crash belongs to a case."""

    def __init__(self, program, codes):
        self.command = [program, codes]

    def run(self, case):
        asked = {k: case[k] for k in ("settings", "partitions", "without_data", "batches")}
        done = subprocess.run(self.command, input=json.dumps(asked) + "\n", capture_output=True, text=True,
                              timeout=60)
        if done.returncode != 0:
            return {"crashed": f"status {done.returncode}: {done.stderr.strip()}"}
        return json.loads(done.stdout)


def row_differences(where, ours, spark):
    mine = Counter(json.dumps(row, ensure_ascii=False) for row in ours)
    theirs = Counter(json.dumps(row, ensure_ascii=False) for row in spark)
    only = [f"only {who} has {' '.join(sorted(rows.elements()))}"
            for who, rows in (("ours", mine - theirs), ("Spark", theirs - mine)) if rows]
    return [f"{where}: {'; '.join(only)}"] if only else []


def exact_mean(case):
    """Whether Spark's tasks hold the rows in an order that can be known: means of means differ in the last digit."""
    return case["partitions"] == 1 and (case["settings"]["distinct"] != "global" or case["shuffle"] == 1)


def batch_differences(case, ours, spark):
    found = []
    where = f"batch {spark['batchId']}"
    for name in ("batchId", "numInputRows", "watermark", "min", "max", "avg"):
        mine, theirs = ours[name], spark[name]
        if mine == theirs:
            continue
        if name == "avg" and None not in (mine, theirs) and not exact_mean(case) and abs(mine - theirs) <= 1:
            continue
        found.append(f"{where}: {name}: ours {mine}, Spark {theirs}")
    mine, theirs = [s["operatorName"] for s in ours["state"]], [s["operatorName"] for s in spark["state"]]
    if mine != theirs:
        found.append(f"{where}: operators: ours {mine}, Spark {theirs}")
    for a, b in zip(ours["state"], spark["state"]):
        for figure in STATE_FIGURES:
            if a[figure] != b[figure]:
                found.append(f"{where}: {b['operatorName']} {figure}: ours {a[figure]}, Spark {b[figure]}")
    if spark["output"] is not None:
        found += row_differences(f"{where}: output", ours["output"], spark["output"])
    if spark["table"] is not None:
        found += row_differences(f"{where}: table", ours["table"], spark["table"])
    return found


def counted_differences(case, ours, spark):
    """Spark does not say how many rows were late, but where a row is in one group its tables do: what came in is
    counted, or is a duplicate, null, bad or late by our own figures."""
    s = case["settings"]
    if s["output_mode"] == "append" or s["slide_ms"] != s["window_ms"]:
        return []
    found = []
    for a, b in zip(ours, spark):
        if a["numInputRows"] != sum(a[k] for k in ("counted", "duplicate", "null", "bad", "late")):
            found.append(f"batch {a['batchId']}: our own rows do not add up: {a}")
        if b["table"] is None:
            continue
        total = sum(row[-1] for row in b["table"])
        mine = sum(x["counted"] for x in ours[:b["batchId"] + 1])
        if mine != total:
            found.append(f"batch {a['batchId']}: rows counted so far: ours {mine}, Spark {total}")
    return found


def differences(case, ours, spark):
    if "crashed" in ours:
        return [f"ours crashed: {ours['crashed']}"]
    if "failed" in spark:
        return [f"Spark failed: {spark['failed']}"]
    if "refused" in ours or "refused" in spark:
        if "refused" in ours and "refused" in spark:
            return []
        who = "ours" if "refused" in ours else "Spark"
        return [f"{who} refuses the query: {(ours.get('refused') or spark.get('refused')).splitlines()[0]}"]
    mine, theirs = [b["numInputRows"] for b in ours["batches"]], [b["numInputRows"] for b in spark["batches"]]
    found = []
    if mine != theirs:
        found.append(f"rows of each batch: ours {mine}, Spark {theirs}")
    for a, b in zip(ours["batches"], spark["batches"]):
        found += batch_differences(case, a, b)
    if not found:
        found = counted_differences(case, ours["batches"], spark["batches"])
    return found


class Suite:
    def __init__(self, engine, reference, shrink_s):
        self.engine, self.reference, self.shrink_s = engine, reference, shrink_s
        self.passed = self.failed = self.batches = 0
        self.seen = {}

    def compare(self, case):
        ours = self.engine.run(case)
        try:
            spark = self.reference.run(case)
        except Exception as failure:  # whatever Spark throws is this case's answer; the others go on
            spark = {"failed": f"{type(failure).__name__}: {str(failure)[:600]}"}
        return ours, spark, differences(case, ours, spark)

    def note(self, case, spark):
        """What the cases have met: a suite in which nothing is ever late shows nothing."""
        for batch in spark.get("batches", []):
            self.batches += 1
            facts = {
                "batches without rows": batch["numInputRows"] == 0,
                "batches back to back": not case["without_data"],
                "rows dropped as late": any(s["numRowsDroppedByWatermark"] for s in batch["state"]),
                "state rows removed": any(s["numRowsRemoved"] for s in batch["state"]),
                "duplicates dropped": any(s["numDroppedDuplicateRows"] for s in batch["state"]),
                "rows put out": bool(batch["output"]),
            }
            for fact, true in facts.items():
                self.seen.setdefault(fact, set())
                if true:
                    self.seen[fact].add(case["name"])

    def judge(self, case, ours, spark, found):
        self.note(case, spark)
        expected = case.get("differs", {}).get("how", [])
        if found == expected:
            self.passed += 1
            if "title" in case:
                why = f" (a difference on purpose: {case['differs']['why']})" if expected else ""
                print(f"ok - {case['title']}{why}", flush=True)
            return
        self.failed += 1
        print(f"not ok - {case.get('title', case['name'])}: {words(case['settings'])}")
        if expected:
            print("  expected these differences, which are on purpose:")
            print("".join(f"    {d}\n" for d in expected), end="")
            print("  and found:")
        print("".join(f"    {d}\n" for d in found[:12]) or "    none\n", end="", flush=True)
        if not expected:
            self.show_smallest(case)

    def show_smallest(self, case):
        if self.failed <= 3:
            case, tried = self.shrink(case)
            print(f"  smallest case after {tried} tries:")
        ours, spark, found = self.compare(case)
        print("".join(f"    {d}\n" for d in found[:12]), end="")
        print(f"  case:  {json.dumps(case, ensure_ascii=False)}")
        print(f"  ours:  {json.dumps(ours, ensure_ascii=False)}")
        print(f"  Spark: {json.dumps(spark, ensure_ascii=False)}", flush=True)

    def shrink(self, case):
        """Leaves away what the difference does not need: batches, rows, partitions, group-by fields."""
        until, tried = time.monotonic() + self.shrink_s, 0

        def still(smaller):
            nonlocal tried
            tried += 1
            return bool(self.compare(smaller)[2])

        progress = True
        while progress:
            progress = False
            for smaller in smaller_cases(case):
                if time.monotonic() > until:
                    return case, tried
                if still(smaller):
                    case, progress = smaller, True
                    break
        return case, tried


def smaller_cases(case):
    def changed(**what):
        smaller = copy.deepcopy(case)
        smaller.update(what)
        return smaller

    batches = case["batches"]
    for i in range(len(batches)):
        if len(batches) > 1:
            yield changed(batches=batches[:i] + batches[i + 1:])
    for name, least in (("partitions", 1), ("shuffle", 1)):
        if case[name] > least:
            yield changed(**{name: least})
    for i, batch in enumerate(batches):
        size = len(batch)
        step = size
        while step >= 1:
            for at in range(0, size, step):
                yield changed(batches=batches[:i] + [batch[:at] + batch[at + step:]] + batches[i + 1:])
            step //= 2
    fields = case["settings"]["group_by"]
    for i in range(len(fields)):
        if len(fields) > 1:
            yield changed(settings={**case["settings"], "group_by": fields[:i] + fields[i + 1:]})
    if case["settings"]["parallelism"] > 1:
        yield changed(settings={**case["settings"], "parallelism": 1})


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--engine", required=True, help="the program engine_case")
    p.add_argument("--codes", required=True, help="radio_code.json")
    p.add_argument("--folder", required=True, help="where Spark may write")
    p.add_argument("--files", help="folder of LocalFiles.class")
    p.add_argument("--cases", type=int, default=200, help="how many random cases (200)")
    p.add_argument("--seed", type=int, default=20181231)
    p.add_argument("--threads", type=int, default=3, help="queries at a time")
    p.add_argument("--only", help="only this random case (`random 17`), or the fixed cases with this in their title")
    p.add_argument("--shrink-s", type=float, default=90, help="seconds for making a failing case small")
    return p.parse_args()


def chosen(a):
    cases = [dict(c) for c in FIXED] + [random_case(a.seed, i) for i in range(a.cases)]
    if a.only and a.only.startswith("random "):
        return [random_case(a.seed, int(a.only.split()[1]))]
    return [c for c in cases if a.only is None or a.only in c.get("title", "")]


def main():
    a = arguments()
    cases = chosen(a)
    from reference import Reference  # here, so that --help needs no Spark
    started = time.monotonic()
    reference = Reference(a.codes, a.folder, a.files)
    suite = Suite(Engine(a.engine, a.codes), reference, a.shrink_s)
    print(f"Spark {reference.version} is up after {time.monotonic() - started:.0f} s; "
          f"seed {a.seed}, {len(cases)} cases", flush=True)
    failing = []
    with ThreadPoolExecutor(a.threads) as pool:
        running = {pool.submit(suite.compare, c): c for c in cases}
        for done, future in enumerate(as_completed(running), 1):
            case = running[future]
            ours, spark, found = future.result()
            if found != case.get("differs", {}).get("how", []):
                failing.append((case, ours, spark, found))
            else:
                suite.judge(case, ours, spark, found)
            if done % 50 == 0:
                print(f"{done} cases in {time.monotonic() - started:.0f} s", flush=True)
    # Those that differ come last: making them small takes Spark for itself.
    for failure in failing:
        suite.judge(*failure)
    reference.close()
    for fact, names in sorted(suite.seen.items()):
        print(f"{fact}: in {len(names)} cases")
        if not names and a.only is None and a.cases >= 50:
            print(f"not ok - no case has {fact}")
            suite.failed += 1
    fixed = sum("title" in c for c in cases)
    print(f"seed {a.seed}: {len(cases)} cases ({fixed} fixed, {len(cases) - fixed} random), {suite.batches} batches, "
          f"against Spark {reference.version} in {time.monotonic() - started:.0f} s")
    print(f"{suite.passed} passed, {suite.failed} failed, 0 skipped")
    return 3 if suite.failed else 0  # a traceback ends with 1


if __name__ == "__main__":
    sys.exit(main())
