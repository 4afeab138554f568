"""One run of the query: started, reported, and ended in order."""
from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from typing import Any, Dict, Optional

from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQueryListener

from . import query as the_query
from .checkpoint import Checkpoint
from .errors import JobError, SettingsError
from .session import first_line
from .settings import Settings
from .tables import TableWriter
from .topics import Reporter, StopWatch, make_topics

log = logging.getLogger("spark-job")
REPORT_LIMIT_S = 15.0


class Run:
    """Lives from start() to the end of wait(). ask_to_stop() may come from any thread and from a signal handler."""

    def __init__(self, spark: SparkSession, s: Settings) -> None:
        self.spark, self.settings = spark, s
        self.jvm = spark._jvm
        self.checkpoint = Checkpoint(spark, s)
        self.query: Any = None
        self.reporter: Any = None
        self.listener: Any = None
        self.watch: Any = None
        self.letters: Any = None
        self.ids: Dict[str, Any] = {}
        self.asked = threading.Event()
        self.asked_now = threading.Event()
        self.ticks = 0  # batches that were reported, and times that there was nothing to do
        self.ended = threading.Event()

    # ---- start ----

    def start(self) -> None:
        s = self.settings
        make_topics(self.jvm, s)
        self.checkpoint.open()
        self.checkpoint.check_shared()
        self.reporter = Reporter(self.jvm, s)
        self.watch = StopWatch(self.jvm, s, self.on_request)
        writer = TableWriter(self.spark, s, self.watermark_ms)
        self.listener = Listener(self)
        self.spark.streams.addListener(self.listener)
        stream = the_query.table(self.spark, the_query.messages(self.spark, s), s)
        try:
            self.query = self.triggered(
                stream.writeStream.queryName(s.app_name).outputMode(s.output_mode).foreachBatch(writer)
                .option("checkpointLocation", self.checkpoint.location)).start()
        except Exception as error:
            if type(error).__name__ == "AnalysisException":
                raise SettingsError(f"Spark refuses the query: {first_line(error)}") from None
            raise JobError(f"the query does not start: {first_line(error)}") from None
        self.letters = self.start_letters()
        self.ids = {"v": 1, "query": str(self.query.id), "run": str(self.query.runId)}
        self.report("started", self.about())
        writer.name(self.ids["query"], self.ids["run"])
        log.info("query %s, run %s, on %s; pages at %s", self.ids["query"], self.ids["run"], s.master,
                 self.spark.sparkContext.uiWebUrl)

    def start_letters(self) -> Any:
        """Bad messages are kept by a query of its own, which reads the topic once more. None when nobody wants them."""
        s = self.settings
        if s.dead_letters_topic is None:
            return None
        stream = the_query.dead_letters(the_query.messages(self.spark, s), s).writeStream.format("kafka")
        for key, value in {"bootstrap.servers": s.servers, **s.kafka}.items():
            stream = stream.option(f"kafka.{key}", value)
        return self.triggered(
            stream.queryName(f"{s.app_name} dead letters").option("topic", s.dead_letters_topic)
            .option("checkpointLocation", f"{self.checkpoint.location}/dead-letters")).start()

    def end_letters(self, finished: bool) -> None:
        if self.letters is None:
            return
        try:
            if finished:  # both read to the same end
                self.letters.awaitTermination(60)
            self.letters.stop()
            failure = self.letters.exception()
        except Exception as error:
            failure = error
        if failure is not None:
            log.error("dead letters are incomplete: %s", first_line(failure))

    def triggered(self, stream: Any) -> Any:
        if self.settings.trigger == "available-now":
            return stream.trigger(availableNow=True)
        if self.settings.trigger == "interval":
            return stream.trigger(processingTime=f"{self.settings.trigger_ms} milliseconds")
        return stream

    def about(self) -> Dict[str, Any]:
        context = self.spark.sparkContext
        return {"app_id": context.applicationId, "ui_url": context.uiWebUrl, "master": context.master,
                "job_pid": os.getpid(), "job_host": socket.gethostname(), "spark_version": self.spark.version,
                "started_ms": int(time.time() * 1000), "settings": self.settings.shown(),
                "unavailable": list(self.settings.unavailable)}

    def watermark_ms(self) -> Optional[int]:
        """The watermark that the batch being written ran with; Spark tells it only after the batch, its plan knows."""
        try:
            return int(self.query._jsq.streamingQuery().lastExecution().offsetSeqMetadata().batchWatermarkMs())
        except Exception:  # no promise of Spark's: where it is not so, it is unknown
            return None

    # ---- reports ----

    def report(self, kind: str, members: Dict[str, Any]) -> None:
        self.reporter.send({"type": kind, **self.ids, **members})

    def is_mine(self, event: Any) -> bool:
        return str(event.id) == self.ids.get("query") if self.ids else False

    # ---- the end ----

    def on_request(self, query: str, now: bool) -> None:
        if query in ("*", self.ids.get("query")):
            log.info("asked to stop by a message")
            self.ask_to_stop(now)

    def ask_to_stop(self, now: bool = False) -> None:
        if now or self.asked.is_set() or not self.settings.stop_gracefully:
            self.asked_now.set()
        self.asked.set()

    def wait(self) -> int:
        """Until the query has ended or was asked to; then the last words. The exit status."""
        while self.query.isActive and not self.asked.wait(0.2):
            pass
        if self.query.isActive:
            self.finish_batch()
            self.query.stop()
        error = self.error()
        self.end_letters(error is None and not self.asked.is_set())
        self.ended.wait(REPORT_LIMIT_S)  # the last progress has come through the listener by then
        self.spark.streams.removeListener(self.listener)
        stopped = "asked" if self.asked.is_set() else "failed" if error else "finished"
        if stopped == "asked":
            error = None
        self.report("terminated", {"error": error, "stopped": stopped})
        self.reporter.close(REPORT_LIMIT_S)
        self.watch.close(2)
        if error:
            raise JobError(error)
        self.checkpoint.remove()
        return 0

    def finish_batch(self) -> None:
        """Lets the batch that runs be committed, unless it shall be now."""
        seen = self.ticks
        while (self.query.isActive and not self.asked_now.is_set() and self.ticks == seen
               and self.query.status["isTriggerActive"]):
            self.asked_now.wait(0.05)

    def error(self) -> Optional[str]:
        try:
            failure = self.query.exception()
        except Exception as gone:
            return f"the driver's JVM is gone: {first_line(gone)}"
        return None if failure is None else first_line(failure)


class Listener(StreamingQueryListener):
    """Spark calls it from its own thread, after the batch is committed."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def onQueryStarted(self, event: Any) -> None:
        pass  # told by start(), which knows the rest too

    def onQueryProgress(self, event: Any) -> None:
        progress = event.progress
        if not self.run.ids or str(progress.id) != self.run.ids["query"]:
            return
        text = progress.json
        self.run.reporter.send_text(json.dumps({"type": "progress", **self.run.ids}, separators=(",", ":"))[:-1]
                                    + ',"progress":' + text + "}")
        self.run.ticks += 1

    def onQueryIdle(self, event: Any) -> None:
        if self.run.is_mine(event):
            self.run.report("idle", {"time_ms": int(time.time() * 1000)})
            self.run.ticks += 1

    def onQueryTerminated(self, event: Any) -> None:
        if self.run.is_mine(event):
            self.run.ended.set()
