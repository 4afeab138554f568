"""The reference query on Spark: `spark_query.py BOOTSTRAP TOPIC ROWS CODES BATCH WORK`, then one line of figures.

BATCH: the most rows of a micro-batch, 0 = all in one. A streaming query with a checkpoint, local[2], which reads the
topic from its beginning to its present end and stops.
"""
import json
import os
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

NAMES = ["call_date_time", "disposition", "original_crime_type_name"]


def main():
    bootstrap, topic, rows, codes_path, batch, work = sys.argv[1:7]
    spark = session(work)
    values = spark.readStream.format("kafka").option("kafka.bootstrap.servers", bootstrap)
    values = values.option("subscribe", topic).option("startingOffsets", "earliest")
    if int(batch):
        values = values.option("maxOffsetsPerTrigger", batch)
    counted = build(values.load().selectExpr("CAST(value AS STRING) AS value"), codes_of(spark, codes_path))
    query = (counted.writeStream.outputMode("complete").format("memory").queryName("counted")
             .option("checkpointLocation", os.path.join(work, "checkpoint")).trigger(availableNow=True).start())
    query.awaitTermination()
    total, groups = spark.sql("SELECT sum(count), count(*) FROM counted").first()
    reports = [json.loads(p.json) if hasattr(p, "json") else p for p in query.recentProgress]
    read = sum(r["numInputRows"] for r in reports)
    states = [s for s in reports[-1]["stateOperators"] if s["operatorName"] == "dedupe"]
    print(f"rows={read} distinct={states[0]['numRowsTotal']} groups={groups} sum={total} "
          f"note=local[2], {len(reports)} batches")
    spark.stop()


def session(work):
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "2g",
        "spark.sql.session.timeZone": "UTC",
        # As many state stores as threads: more of them only cost.
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.streaming.numRecentProgressUpdates": "10000",
        "spark.local.dir": work,
        "spark.sql.warehouse.dir": os.path.join(work, "warehouse"),
        "spark.jars": os.environ["SPARK_KAFKA_JARS"],
    }
    builder = SparkSession.builder.master("local[2]").appName("compare")
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def codes_of(spark, path):
    with open(path, encoding="utf-8") as file:
        codes = [(c["disposition_code"], c["description"]) for c in json.load(file)]
    return spark.createDataFrame(codes, "disposition_code string, disposition_description string")


def build(values, codes):
    schema = ", ".join(f"{name} string" for name in NAMES)
    calls = values.select(F.from_json("value", schema).alias("call")).select("call.*")
    calls = calls.withColumn("call_date_time", F.col("call_date_time").cast("timestamp"))
    calls = calls.join(F.broadcast(codes), calls["disposition"] == codes["disposition_code"], "left_outer")
    calls = calls.select(*NAMES).dropDuplicates().withWatermark("call_date_time", "5 minutes")
    return calls.dropna(subset=NAMES).groupBy("original_crime_type_name").count()


main()
