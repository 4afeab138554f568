"""The query: messages in, a table of counts out. The same operators in the same order as the native engine's.

    parse -> [join] -> distinct -> watermark -> nulls -> [window] -> count

Everything is Spark SQL's own expressions, so no Python runs on the executors.
"""
from __future__ import annotations

import json
from typing import List, Sequence, Tuple

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from .errors import SettingsError
from .settings import DESCRIPTION, DISPOSITION, OTHER_NAMES, TIME, TYPE, Settings, starting_ms

MESSAGE_MAX_BYTES = 1024 * 1024
LETTER_MAX_BYTES = 900000  # with its headers below the million bytes that brokers take unless told otherwise
THREE = [TIME, DISPOSITION, TYPE]
BAD_REASONS = ["empty", "too_large", "not_json", "not_object", "no_time", "time"]
# A date, or a date and a time to the minute, the second or a fraction of it, with or without a zone.
TIME_PATTERN = (r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$")
# As strict as JSON itself, where Spark's reader can be.
JSON_OPTIONS = {"allowSingleQuotes": "false", "allowNonNumericNumbers": "false", "mode": "PERMISSIVE"}


def messages(spark: SparkSession, s: Settings) -> DataFrame:
    """The topic as a stream of values."""
    reader = (spark.readStream.format("kafka")
              .option("kafka.bootstrap.servers", s.servers)
              .option("subscribe", s.topic)
              .option("failOnDataLoss", str(s.fail_on_data_loss).lower()))
    if s.starting_offset in ("earliest", "latest") or s.starting_offset.startswith("{"):
        reader = reader.option("startingOffsets", s.starting_offset)
    else:
        # A partition without a call so new is read from its end, as the native engine does.
        reader = (reader.option("startingTimestamp", str(starting_ms(s.starting_offset)))
                  .option("startingOffsetsByTimestampStrategy", "latest"))
    if s.max_offsets_per_trigger:
        reader = reader.option("maxOffsetsPerTrigger", str(s.max_offsets_per_trigger))
    for key, value in s.kafka.items():
        reader = reader.option(f"kafka.{key}", value)
    return reader.load()


def table(spark: SparkSession, values: DataFrame, s: Settings) -> DataFrame:
    """One row a group, as the JSON text that the tables topic has of it."""
    rows = parsed(values, s)
    rows = counted_as("source", rows, [F.count(F.lit(1)).alias("rows")] + [
        F.count(F.when(F.col("bad") == reason, 1)).alias(f"bad_{reason}") for reason in BAD_REASONS])
    rows = rows.where(F.col("bad").isNull()).drop("bad")
    if s.join:
        rows = joined(spark, rows, s)
    rows = rows.select(*THREE, *[f for f in s.group_by if f not in THREE])
    if s.distinct == "global":
        rows = rows.dropDuplicates()
    rows = rows.withWatermark(TIME, f"{s.watermark_ms} milliseconds")
    if s.distinct == "within-watermark":
        rows = rows.dropDuplicatesWithinWatermark()
    if s.distinct != "off":
        rows = counted_as("distinct", rows, [F.count(F.lit(1)).alias("rows_out")])
    null = F.col(DISPOSITION).isNull() | F.col(TYPE).isNull() | F.col(TIME).isNull()
    rows = counted_as("nulls", rows, [F.count(F.when(null, 1)).alias("rows_null")])
    return grouped(rows.dropna(subset=THREE), s)


def counted_as(name: str, rows: DataFrame, figures: List[Column]) -> DataFrame:
    """The figures of each batch stand in its report under this name (observedMetrics)."""
    return rows.observe(name, *figures)


# ---- parse ----


def parsed(values: DataFrame, s: Settings, keep: Sequence[str] = ()) -> DataFrame:
    """The fields of the query, and in `bad` why a message is no call, else null; after the columns to keep."""
    names = sorted(set(THREE) | (set(s.group_by) - {DESCRIPTION}))
    others = [o for o, name in OTHER_NAMES.items() if name in names]
    schema = "array<struct<" + ", ".join(f"`{n}`: string" for n in names + others) + ">>"
    value = F.col("value")
    # As the one element of an array, so that nothing may follow the object; an array that is broken is null.
    text = F.when((F.length(value) <= MESSAGE_MAX_BYTES) & is_utf8(value), value.cast("string"))
    calls = F.from_json(F.concat(F.lit("["), text, F.lit("]")), schema, JSON_OPTIONS)
    rows = values.select(value, *keep, calls.alias("calls"))
    rows = rows.select("value", *keep, F.when(F.size("calls") == 1, F.col("calls")[0]).alias("call"))
    fields = {name: F.col(f"call.{name}") for name in names}
    for other in others:
        name = OTHER_NAMES[other]
        fields[name] = F.coalesce(fields[name], F.col(f"call.{other}"))
    said = fields.pop(TIME)
    rows = rows.select("value", *keep, "call", said.alias("said"), *[c.alias(n) for n, c in fields.items()])
    # Times are milliseconds: finer digits are cut.
    time = F.when(F.col("said").rlike(TIME_PATTERN), F.timestamp_millis(F.unix_millis(F.col("said").cast("timestamp"))))
    rows = rows.withColumn(TIME, time)
    return rows.select(*keep, bad_reason().alias("bad"), *names)


def is_utf8(value: Column) -> Column:
    """JSON is UTF-8; Spark's reader would put U+FFFD for bytes that are none."""
    if hasattr(F, "is_valid_utf8"):  # Spark 4
        return F.is_valid_utf8(value.cast("string"))
    return F.encode(F.decode(value, "UTF-8"), "UTF-8") == value


def bad_reason() -> Column:
    value, call, said = F.col("value"), F.col("call"), F.col("said")
    text = value.cast("string")
    # Only looked at when it is no call: JSON that does not begin as an object does.
    other_json = text.rlike(r'^\s*[\["tfn0-9-]') & F.get_json_object(text, "$").isNotNull()
    return (F.when(value.isNull() | (F.length(value) == 0), "empty")
            .when(F.length(value) > MESSAGE_MAX_BYTES, "too_large")
            .when(call.isNull() & other_json, "not_object")
            .when(call.isNull(), "not_json")
            .when(said.isNull() | (said == ""), "no_time")
            .when(F.col(TIME).isNull(), "time"))


# ---- dead letters ----

REASON_WORDS = {"empty": "empty", "too_large": "larger than 1 MiB", "not_json": "not JSON",
                "not_object": "not an object", "no_time": "no event time", "time": "unreadable event time"}


def dead_letters(values: DataFrame, s: Settings) -> DataFrame:
    """The messages that are no calls, as they were, with where they stood and why in headers: for Kafka's writer."""
    rows = parsed(values.withColumn("message", F.col("value")), s, ("message", "key", "topic", "partition", "offset"))
    words = F.create_map(*[F.lit(text) for pair in REASON_WORDS.items() for text in pair])
    headers = [("topic", F.col("topic")), ("partition", F.col("partition")), ("offset", F.col("offset")),
               ("reason", words[F.col("bad")]), ("length", F.length("message"))]
    return rows.where(F.col("bad").isNotNull()).select(
        "key", F.substring("message", 1, LETTER_MAX_BYTES).alias("value"),
        F.array(*[F.struct(F.lit(name).alias("key"), text.cast("string").cast("binary").alias("value"))
                  for name, text in headers]).alias("headers"))


# ---- join ----


def joined(spark: SparkSession, rows: DataFrame, s: Settings) -> DataFrame:
    """The meaning of the disposition; a left outer join keeps calls with a code that nobody knows."""
    select = "SELECT * FROM VALUES " + ", ".join(f"({_quoted(c)}, {_quoted(d)})" for c, d in radio_codes(s))
    codes = spark.sql(f"{select} AS t(disposition_code, {DESCRIPTION})")
    return rows.join(F.broadcast(codes), rows[DISPOSITION] == codes["disposition_code"], "left_outer")


def radio_codes(s: Settings) -> List[Tuple[str, str]]:
    try:
        with open(str(s.codes_path), encoding="utf-8") as file:
            codes = [(code["disposition_code"], code["description"]) for code in json.load(file)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"cannot read the radio codes {s.codes_path}: {error}") from None
    if not codes or len({code for code, _ in codes}) != len(codes):
        raise SettingsError(f"{s.codes_path}: there must be radio codes, each once")
    return codes


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# ---- window and count ----


def grouped(rows: DataFrame, s: Settings) -> DataFrame:
    keys = [F.col(f) for f in s.group_by]
    start = end = F.lit(None).cast("bigint")
    if s.window_ms:
        keys.insert(0, F.window(TIME, f"{s.window_ms} milliseconds", f"{s.slide_ms} milliseconds"))
        start, end = F.unix_millis("window.start"), F.unix_millis("window.end")
    counted = rows.groupBy(*keys).agg(F.count(F.lit(1)).alias("count"))
    shown = [F.date_format(TIME, "yyyy-MM-dd'T'HH:mm:ss.SSS") if f == TIME else F.col(f) for f in s.group_by]
    group = F.struct(F.array(*shown).alias("fields"), start.alias("start_ms"), end.alias("end_ms"), F.col("count"))
    return counted.select(F.to_json(group, {"ignoreNullFields": "false"}).alias("group"))
