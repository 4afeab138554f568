#!/usr/bin/env python3
"""Queries of many kinds through the job, in one Spark session, against the native engine on the same topics.

Run by tests/spark/cluster_test.sh with the Python that has pyspark. For each case: the program reads the topic natively
and exports its table; the job's own Run reads it on Spark; the two tables must be the same bytes, and so must the rows
that are bad, doubled and null. Prints `ok - ...` and `not ok - ...`; the caller counts.
"""
import argparse
import json
import os
import subprocess
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "app", "spark")]

import tables_topic  # noqa: E402
from sfcrime_spark.config import Config  # noqa: E402
from sfcrime_spark.session import start_session  # noqa: E402
from sfcrime_spark.settings import settings_of  # noqa: E402

HOUR = {"window": "1 hour"}
# name: (topic, settings of [query])
CASES = {
    "hourly windows, complete, global distinct": ("faults", HOUR),
    "hourly windows, update, late rows": ("faults", {**HOUR, "distinct": "off", "output-mode": "update"}),
    "hourly windows, append, late rows": ("faults", {**HOUR, "distinct": "off", "output-mode": "append"}),
    "sliding windows, update": ("faults", {"window": "1 hour", "slide": "15 minutes", "distinct": "off",
                                           "watermark": "10 minutes", "output-mode": "update"}),
    "half hours, append, global distinct": ("faults", {"window": "30 minutes", "output-mode": "append"}),
    "distinct within the watermark, update": ("faults", {**HOUR, "distinct": "within-watermark",
                                                         "output-mode": "update"}),
    "radio codes joined": ("faults", {"window": "none", "distinct": "off", "join": "radio-codes",
                                      "group-by": "disposition_description"}),
    "dead letters": ("shapes", {"window": "none", "distinct": "off"}),
    "several fields, null ones too": ("faults", {**HOUR, "group-by": "city, address_type, common_location"}),
    "messages of every shape": ("shapes", {"window": "none", "distinct": "off",
                                           "group-by": "original_crime_type_name, disposition, call_date_time"}),
}
BAD = {"bad_empty": "numBadRowsEmpty", "bad_too_large": "numBadRowsTooLarge", "bad_not_json": "numBadRowsNotJson",
       "bad_not_object": "numBadRowsNotObject", "bad_no_time": "numBadRowsNoTime",
       "bad_time": "numBadRowsUnreadableTime"}
BATCH_ROWS = 800


def native(a, number, topic, settings, letters=None):
    """The table as bytes, and the figures of all batches added up."""
    table, reports = os.path.join(a.folder, f"native-{number}.csv"), os.path.join(a.folder, f"native-{number}.json")
    words = [x for k, v in settings.items() for x in ("-S", f"query.{k}={v}")]
    if letters:
        words += ["-S", f"sink.dead-letters-topic={letters}"]
    subprocess.run([a.program, "--headless", "--available-now", "--no-checkpoint", "--no-replay", "-b", a.brokers,
                    "-t", a.prefix + topic, "-S", "sink.console=none", "-S", f"kafka.client-id={a.prefix}native",
                    "-S", f"query.max-offsets-per-trigger={BATCH_ROWS}", *words, "--export", table,
                    "--progress", reports], check=True, timeout=120, stdin=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    figures = {}
    with open(reports, encoding="utf-8") as file:
        for line in file:
            report = json.loads(line)
            figures["rows"] = figures.get("rows", 0) + report["numInputRows"]
            for key, value in report["stateOperators"][0]["customMetrics"].items():
                if key.startswith("num"):
                    figures[key] = figures.get(key, 0) + value
    with open(table, "rb") as file:
        return file.read(), figures


def letters_of(brokers, topic):
    """Offset, reason and value of every dead letter."""
    read = subprocess.run(["kcat", "-b", brokers, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%h|%s\n"],
                          capture_output=True, timeout=60, check=True).stdout.split(b"\n")
    found = []
    for line in filter(None, read):
        headers, value = line.split(b"|", 1)
        named = dict(h.split(b"=", 1) for h in headers.split(b",") if b"=" in h)
        found.append((int(named[b"offset"]), named[b"reason"], value))
    return sorted(found)


def on_spark(spark, a, number, topic, settings, letters=None):
    from sfcrime_spark.run import Run

    names = {"tables": f"{a.prefix}case{number}-tables", "progress": f"{a.prefix}case{number}-progress"}
    text = (f"[kafka]\nexternal-servers = {a.brokers}\ntopic = {a.prefix}{topic}\n"
            f"[spark]\nmaster = {spark.sparkContext.master}\ncheckpoint = {a.folder}/checkpoint-{number}\n"
            f"tables-topic = {names['tables']}\nprogress-topic = {names['progress']}\n"
            f"[query]\ntrigger = available-now\nmax-offsets-per-trigger = {BATCH_ROWS}\n"
            + "".join(f"{k} = {v}\n" for k, v in settings.items())
            + f"[sink]\ndead-letters-topic = {letters or 'none'}\n")
    one = Run(spark, settings_of(Config(text, f"case {number}")))
    one.start()
    one.wait()
    table = tables_topic.table_of(a.brokers, names["tables"])
    figures = {}
    for m in tables_topic.messages(a.brokers, names["progress"]):
        if m["type"] == "progress":
            for group in m["progress"].get("observedMetrics", {}).values():
                for key, value in group.items():
                    figures[key] = figures.get(key, 0) + value
    return table, figures


def differences(settings, mine, theirs):
    (native_table, n), (table, s) = mine, theirs
    found = []
    if table.csv().encode() != native_table:
        ours, other = native_table.decode().split("\n"), table.csv().split("\n")
        found.append("tables differ: only native "
                     f"{sorted(set(ours) - set(other))[:5]}, only Spark {sorted(set(other) - set(ours))[:5]}")
    if table.torn or sum(table.batches.values()) != len(table.batches):
        found.append(f"{table.torn} torn batches, batches applied: {table.batches}")
    pairs = [("rows", "rows"), ("rows_null", "numNullRows")] + list(BAD.items())
    for theirs_name, ours_name in pairs:
        if s.get(theirs_name, 0) != n.get(ours_name, 0):
            found.append(f"{ours_name}: native {n.get(ours_name)}, Spark {s.get(theirs_name)}")
    if "rows_out" in s:
        duplicates = s["rows"] - sum(s[b] for b in BAD) - s["rows_out"]
        # Within the watermark, what is too late goes in the same operator.
        if settings.get("distinct") != "within-watermark" and duplicates != n["numDuplicateRows"]:
            found.append(f"duplicates: native {n['numDuplicateRows']}, Spark {duplicates}")
    return found


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("program", "brokers", "prefix", "folder", "master", "jars"):
        p.add_argument(f"--{name}", required=True)
    p.add_argument("--only", default="", help="cases with this in their name")
    a = p.parse_args()
    first = settings_of(Config(f"[kafka]\nexternal-servers = {a.brokers}\n[spark]\nmaster = {a.master}\nui-port = 0\n"
                               "app-name = cases\n", "cases"))
    spark = start_session(first, a.jars)
    failed = 0
    for number, (name, (topic, settings)) in enumerate(CASES.items()):
        if a.only not in name:
            continue
        try:
            letters = [f"{a.prefix}letters-{who}" if "letters" in name else None for who in ("native", "spark")]
            mine = native(a, number, topic, settings, letters[0])
            found = differences(settings, mine, on_spark(spark, a, number, topic, settings, letters[1]))
            if letters[0] and letters_of(a.brokers, letters[0]) != letters_of(a.brokers, letters[1]):
                found.append("dead letters differ: " + str(set(letters_of(a.brokers, letters[0]))
                                                           ^ set(letters_of(a.brokers, letters[1])))[:600])
        except Exception as error:  # this case's answer; the others go on
            found = [f"{type(error).__name__}: {str(error)[:600]}"]
        late = "" if found else f" ({mine[1]['rows']} rows, {mine[1].get('numLateRows', 0)} late)"
        print(f"{'not ok' if found else 'ok'} - {name}{late}", flush=True)
        for difference in found:
            print(f"    {difference}", flush=True)
        failed += bool(found)
    spark.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
