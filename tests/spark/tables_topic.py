"""What the job has written to its topics, read as PROTOCOL.md says and by nothing of ours: kcat reads, this adds up.

As a program:  tables_topic.py --brokers B --topic T [--query ID]     prints the table as the CSV of an export
"""
import argparse
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone


def messages(brokers, topic):
    read = subprocess.run(["kcat", "-b", brokers, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q"],
                          capture_output=True, timeout=60, check=True)
    return [json.loads(line) for line in read.stdout.decode().splitlines() if line]


class Table:
    """The table of one query, as a reader that came at the beginning has it."""

    def __init__(self, query):
        self.query = query
        self.settings = None
        self.rows = {}
        self.batches = {}  # number: how often it was applied
        self.torn = 0
        self.runs = []
        self._coming = {}
        self._run = None

    def take(self, m):
        if m.get("query") != self.query:
            return
        if m["run"] != self._run:
            self._run, self._coming = m["run"], {}
            self.runs.append(m["run"])
        if m["type"] == "settings":
            self.settings = m["settings"]
        elif m["type"] == "group":
            key = (m["start_ms"], m["end_ms"], tuple(m["fields"]))
            self._coming.setdefault(m["batch"], {})[key] = m["count"]
        elif m["type"] == "batch":
            groups = self._coming.pop(m["batch"], {})
            if len(groups) != m["groups"]:
                self.torn += 1
                return
            if m["full"]:
                self.rows = {}
            self.rows.update(groups)
            self.batches[m["batch"]] = self.batches.get(m["batch"], 0) + 1

    def csv(self):
        """Sorted as on the screen: count, window, then the fields' bytes."""
        windows = bool(self.settings["window_ms"])
        lines = [(["window_start", "window_end"] if windows else []) + self.settings["group_by"] + ["count"]]

        names = self.settings["group_by"]
        time = names.index("call_date_time") if "call_date_time" in names else None

        def order(item):
            (start, _, fields), count = item
            # A group of one event time is sorted by it as by a window's start; as text times sort alike.
            at = start if windows else 0 if time is None else fields[time]
            return (-count, at, [(f is not None, (f or "").encode()) for f in fields])

        for (start, end, fields), count in sorted(self.rows.items(), key=order):
            lines.append(([iso(start), iso(end)] if windows else []) + list(fields) + [str(count)])
        return "".join(",".join(map(quoted, line)) + "\n" for line in lines)


def quoted(text):
    """RFC 4180; null is empty, and so the empty text is quoted."""
    if text is None:
        return ""
    return '"' + text.replace('"', '""') + '"' if text == "" or any(c in text for c in '",\r\n') else text


def iso(ms):
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def newest_query(all_messages):
    return next((m["query"] for m in reversed(all_messages) if m["type"] == "settings"), None)


def table_of(brokers, topic, query=None):
    found = messages(brokers, topic)
    table = Table(query or newest_query(found))
    for m in found:
        table.take(m)
    return table


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--brokers", required=True)
    p.add_argument("--topic", required=True, help="the tables topic")
    p.add_argument("--query", help="the query's id (else the newest)")
    a = p.parse_args()
    table = table_of(a.brokers, a.topic, a.query)
    sys.stdout.write(table.csv())
    print(f"{len(table.batches)} batches, {len(table.runs)} runs, {sum(table.batches.values()) - len(table.batches)} "
          f"batches again, {table.torn} torn", file=sys.stderr)


if __name__ == "__main__":
    main()
