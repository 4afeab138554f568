"""The query of the design's section 4 on a real Spark, batch by batch.

A case's batches are given to a MemoryStream, one addData each, so Spark runs exactly these batches (and those without
data that it adds by itself). What it reports and puts out comes back in the form that engine_case.c prints.
"""
import itertools
import json
import os
import re
import shutil
from datetime import datetime, timezone

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.utils import AnalysisException, StreamingQueryException

FIELDS = [
    "crime_id", "original_crime_type_name", "report_date", "call_date", "offense_date", "call_time", "call_date_time",
    "disposition", "address", "city", "state", "agency_id", "address_type", "common_location",
]
THREE = ["call_date_time", "disposition", "original_crime_type_name"]

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.streaming.ui.enabled": "false",
    # A report that says only "nothing new for ten seconds" is none of a batch.
    "spark.sql.streaming.noDataProgressEventInterval": "1000000000",
    "spark.sql.streaming.numRecentProgressUpdates": "1000",
    "spark.sql.streaming.stateStore.maintenanceInterval": "1h",
    "spark.sql.streaming.checkpointFileManagerClass":
        "org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager",
    # Each query has plans of its own: compiling them takes longer than ten rows do.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.cache.maxEntries": "5000",
    # What has finished is kept for nobody.
    "spark.sql.ui.retainedExecutions": "1",
    "spark.ui.retainedJobs": "1",
    "spark.ui.retainedStages": "1",
    "spark.ui.retainedTasks": "10",
}


class Reference:
    """One Spark session, used by several threads at once; each run() has a query of its own."""

    def __init__(self, codes_path, folder, files_class=None):
        """folder: where Spark may write; whoever made it removes it. files_class: the folder of LocalFiles.class."""
        self.folder = folder
        builder = SparkSession.builder.master("local[2]").appName("differential")
        for key, value in SETTINGS.items():
            builder = builder.config(key, value)
        builder = builder.config("spark.driver.memory", "2g")
        builder = builder.config("spark.local.dir", self.folder)
        builder = builder.config("spark.sql.warehouse.dir", os.path.join(self.folder, "warehouse"))
        builder = builder.config(
            "spark.driver.extraJavaOptions",
            f"-Duser.timezone=UTC -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m "
            f"-XX:-UsePerfData -Djava.io.tmpdir={self.folder}")
        if files_class:
            builder = builder.config("spark.driver.extraClassPath", files_class)
            builder = builder.config("spark.hadoop.fs.file.impl", "LocalFiles")
        self.spark = builder.getOrCreate()
        self.spark.sparkContext.setLogLevel("OFF")
        self.version = self.spark.version
        self.numbers = itertools.count()
        # A query takes these settings from its session when it starts: a session for each choice.
        self.sessions = {}
        with open(codes_path, encoding="utf-8") as file:
            codes = [(quoted(c["disposition_code"]), quoted(c["description"])) for c in json.load(file)]
        # As SQL, so that no Python worker has to make the rows again for each batch.
        select = "SELECT * FROM VALUES " + ", ".join(f"({code}, {text})" for code, text in codes)
        for shuffle, without_data in itertools.product((1, 2), (True, False)):
            session = self.spark.newSession()
            session.conf.set("spark.sql.streaming.noDataMicroBatches.enabled", str(without_data).lower())
            session.conf.set("spark.sql.shuffle.partitions", str(shuffle))
            table = session.sql(f"{select} AS t(disposition_code, disposition_description)")
            self.sessions[shuffle, without_data] = (session, table)

    def close(self):
        self.spark.stop()

    def run(self, case):
        """{"batches": [...]} as engine_case prints it, or {"refused": why}."""
        session, codes = self.sessions[case["shuffle"], case["without_data"]]
        jvm = session._jvm
        number = next(self.numbers)
        stream = jvm.org.apache.spark.sql.execution.streaming.MemoryStream(
            number, session._jsparkSession.sqlContext(), jvm.scala.Some(case["partitions"]),
            jvm.org.apache.spark.sql.Encoders.STRING())
        checkpoint = os.path.join(self.folder, f"checkpoint-{number}")
        try:
            query = (build(DataFrame(stream.toDF(), session), codes, case)
                     .writeStream.format("memory").queryName(f"q{number}").outputMode(case["settings"]["output_mode"])
                     .option("checkpointLocation", checkpoint).start())
        except AnalysisException as refused:
            return {"refused": str(refused)}
        try:
            return {"batches": feed(jvm, stream, query, case)}
        except StreamingQueryException as failed:
            # Some queries are refused only when their first batch is planned.
            why = re.search(r"AnalysisException: ([^.\n]+)", str(failed))
            if not why:
                raise
            return {"refused": why.group(1)}
        finally:
            query.stop()
            session.catalog.dropTempView(f"q{number}")
            shutil.rmtree(checkpoint, ignore_errors=True)


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def build(values, codes, case):
    s = case["settings"]
    schema = ", ".join(f"{f} string" for f in FIELDS)
    rows = values.select(F.from_json("value", schema).alias("call")).select("call.*")
    rows = rows.withColumn("call_date_time", F.col("call_date_time").cast("timestamp"))
    if case.get("only_calls"):
        # The difference on purpose: a message without an event time is counted as bad by ours and goes no further.
        rows = rows.where(F.col("call_date_time").isNotNull())
    if s["join"]:
        rows = rows.join(F.broadcast(codes), rows["disposition"] == codes["disposition_code"], "left_outer")
    rows = rows.select(*THREE, *[f for f in s["group_by"] if f not in THREE])
    delay = f"{s['watermark_ms']} milliseconds"
    if s["distinct"] == "global":
        rows = rows.dropDuplicates()
    rows = rows.withWatermark("call_date_time", delay)
    if s["distinct"] == "within-watermark":
        rows = rows.dropDuplicatesWithinWatermark()
    rows = rows.dropna(subset=THREE)
    keys = [F.col(f) for f in s["group_by"]]
    shown = [F.col(f) for f in s["group_by"]]
    if "call_date_time" in s["group_by"]:
        at = s["group_by"].index("call_date_time")
        shown[at] = F.date_format("call_date_time", "yyyy-MM-dd'T'HH:mm:ss.SSS")
    if s["window_ms"]:
        window = F.window("call_date_time", f"{s['window_ms']} milliseconds", f"{s['slide_ms']} milliseconds")
        keys = [window] + keys
        shown = [F.unix_millis("window.start"), F.unix_millis("window.end")] + shown
    counted = rows.groupBy(*keys).agg(F.count(F.lit(1)).alias("count"))
    named = [c.alias(f"c{i}") for i, c in enumerate(shown + [F.col("count")])]
    return counted.select(F.to_json(F.struct(*named)).alias("row"))


def feed(jvm, stream, query, case):
    width = len(case["settings"]["group_by"]) + (2 if case["settings"]["window_ms"] else 0) + 1
    complete = case["settings"]["output_mode"] == "complete"
    sink = query._jsq.streamingQuery().sink()
    tables = {}
    for messages in case["batches"]:
        # A line of text each; no message has a line feed in it.
        text = "".join(m + "\n" for m in messages)
        stream.addData(jvm.scala.collection.immutable.StringOps(text).linesIterator())
        query.processAllAvailable()
        if complete:
            last = json.loads(query._jsq.lastProgress().json())["batchId"]
            tables[last] = rows_of(sink.allData().mkString("\n"), width)
    # The first report is of a trigger that found nothing to do yet.
    reports = [r for r in (json.loads(p.json()) for p in query._jsq.recentProgress()) if r["stateOperators"]]
    answers, table = [], {}
    for report in reports:
        answer = answer_of(report)
        if complete:
            # Only the last of a run of batches can still be asked for.
            answer["output"] = answer["table"] = tables.get(answer["batchId"])
        else:
            here = sink.dataSinceBatch(answer["batchId"] - 1)
            later = sink.dataSinceBatch(answer["batchId"])
            answer["output"] = rows_of(here.take(here.size() - later.size()).mkString("\n"), width)
            table.update({json.dumps(row[:-1]): row for row in answer["output"]})
            answer["table"] = list(table.values())
        answers.append(answer)
    return answers


def rows_of(text, width):
    """Of "[{json}]" lines. to_json leaves nulls out."""
    objects = [json.loads(line[1:-1]) for line in text.split("\n") if line]
    return [[o.get(f"c{i}") for i in range(width)] for o in objects]


def millis(iso):
    if iso is None:
        return None
    moment = datetime.strptime(iso, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000


def answer_of(report):
    time = report.get("eventTime", {})
    states = []
    for state in report["stateOperators"]:
        kept = {k: state[k] for k in ("operatorName", "numRowsTotal", "numRowsUpdated", "numRowsRemoved",
                                      "numRowsDroppedByWatermark")}
        kept["numDroppedDuplicateRows"] = state.get("customMetrics", {}).get("numDroppedDuplicateRows")
        states.append(kept)
    answer = {k: millis(time.get(k)) for k in ("watermark", "min", "avg", "max")}
    answer.update(batchId=report["batchId"], numInputRows=report["numInputRows"], state=states)
    return answer
