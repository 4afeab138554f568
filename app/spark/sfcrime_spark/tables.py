"""Each batch's changed groups, and its marker, into the tables topic (PROTOCOL.md has their form)."""
from __future__ import annotations

import json
import threading
from typing import Any, Callable, Dict, List, Optional, Set

from .session import java_lines
from .settings import Settings

FULL_EVERY_BATCHES = 100


class TableWriter:
    """What foreachBatch calls, from the query's thread. One a run: query and run are set once Spark has named them."""

    def __init__(self, spark: Any, s: Settings, watermark_of: Callable[[], Optional[int]]) -> None:
        self.spark = spark
        self.settings = s
        self.watermark_of = watermark_of
        self.named = threading.Event()
        self.query = self.run = ""
        self.sent: Set[str] = set()  # complete mode: the groups of the last batch, as texts
        self.since_full = -1  # no batch yet

    def name(self, query: str, run: str) -> None:
        self.query, self.run = query, run
        self.write([self.message("settings", {"settings": self.settings.shown(),
                                              "unavailable": list(self.settings.unavailable)})])
        self.named.set()

    def message(self, kind: str, members: Dict[str, Any]) -> str:
        return json.dumps({"type": kind, "v": 1, "query": self.query, "run": self.run, **members},
                          ensure_ascii=False, separators=(",", ":"))

    def __call__(self, batch: Any, number: int) -> None:
        # Once only: to evaluate it again would run the whole batch again.
        groups = [row[0] for row in batch.collect()]
        if not self.named.wait(60):
            raise RuntimeError("the query has no name after 60 s")
        changed, full = self.changed(groups)
        head = self.message("group", {"batch": number})[:-1] + ","
        lines = [head + group[1:] for group in changed]
        lines.append(self.message("batch", {"batch": number, "groups": len(changed), "full": full,
                                            "mode": self.settings.output_mode, "watermark_ms": self.watermark_of()}))
        self.write(lines)

    def changed(self, groups: List[str]) -> tuple:
        """Which of the groups to send, and whether they are the whole table."""
        if self.settings.output_mode != "complete":
            return groups, False
        full = self.since_full < 0 or self.since_full + 1 >= FULL_EVERY_BATCHES
        changed = groups if full else [g for g in groups if g not in self.sent]
        self.sent = set(groups)
        self.since_full = 0 if full else self.since_full + 1
        return changed, full

    def write(self, lines: List[str]) -> None:
        """By Spark's own Kafka writer, in one task: the order is kept, and it returns when the brokers have it."""
        jvm, session = self.spark._jvm, self.spark._jsparkSession
        values = session.createDataset(java_lines(jvm, lines), jvm.org.apache.spark.sql.Encoders.STRING())
        writer = (values.coalesce(1).selectExpr(self.expressions()).write().format("kafka")
                  .option("kafka.bootstrap.servers", self.settings.servers)
                  .option("topic", self.settings.tables_topic))
        for key, value in self.settings.kafka.items():
            writer = writer.option(f"kafka.{key}", value)
        writer.save()

    def expressions(self) -> Any:
        gateway = self.spark.sparkContext._gateway
        array = gateway.new_array(gateway.jvm.java.lang.String, 2)
        array[0], array[1] = "value", "0 AS partition"
        return array
