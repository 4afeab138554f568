"""The Spark session, and the few things of the JVM below it that Python has no names for."""
from __future__ import annotations

import importlib.util
import os
import re
import sys
from typing import Any, List, Optional

from .errors import JobError
from .settings import Settings

SOURCE = "org.apache.spark:spark-sql-kafka-0-10"


def find_pyspark() -> None:
    """Finds pyspark also where only SPARK_HOME is known (a Spark that was unpacked, not installed by pip)."""
    home = os.environ.get("SPARK_HOME")
    if importlib.util.find_spec("pyspark") is None and home:
        lib = os.path.join(home, "python", "lib")
        names = os.listdir(lib) if os.path.isdir(lib) else []
        archives = [os.path.join(lib, name) for name in names if name.startswith("py4j")]
        sys.path[:0] = [os.path.join(home, "python")] + archives
    if importlib.util.find_spec("pyspark") is None:
        raise JobError(f"{sys.executable} has no pyspark: install it (pip install 'pyspark>=3.5,<5'), name another "
                       "interpreter in [spark] python, or set SPARK_HOME")


def start_session(s: Settings, jars: Optional[str]) -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(s.master).appName(s.app_name)
    settings = {
        "spark.sql.session.timeZone": "UTC",
        # Wrong texts are counted and told, by our own rules; they do not end the query.
        "spark.sql.ansi.enabled": "false",
        "spark.sql.shuffle.partitions": str(s.shuffle_partitions),
        "spark.sql.streaming.minBatchesToRetain": str(s.keep_batches),
        "spark.ui.port": str(s.ui_port),
        "spark.ui.showConsoleProgress": "false",
        # Where a plan is shown, passwords of the Kafka source are not.
        "spark.sql.redaction.options.regex": "(?i)url|jaas|password|keystore|secret",
        "spark.redaction.regex": "(?i)secret|password|token|access[.]?key|jaas|keystore",
    }
    # On the command line of Spark's own script these have been given already.
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        settings.update(source_settings(jars))
    if re.match(r"spark://(127\.|localhost[:,/]|\[::1\])", s.master) or s.master.startswith("local"):
        # Nobody else can be meant, so nobody else need reach the driver.
        if "SPARK_LOCAL_IP" not in os.environ:
            settings.update({"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"})
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        return builder.getOrCreate()
    except Exception as error:  # py4j and Spark throw many kinds
        raise JobError(f"no Spark session on {s.master}: {first_line(error)}") from None


def source_settings(jars: Optional[str]) -> dict:
    """Spark's Kafka source is no part of Spark: jars from a folder, else from Maven Central."""
    folder = jars or os.environ.get("SFCRIME_SPARK_JARS")
    if not folder:
        return {"spark.jars.packages": source_coordinates()}
    files: List[str] = []
    if os.path.isdir(folder):
        files = sorted(os.path.join(os.path.abspath(folder), f) for f in os.listdir(folder) if f.endswith(".jar"))
    if not files:
        raise JobError(f"{folder} has no jars")
    return {"spark.jars": ",".join(files)}


def source_coordinates() -> str:
    import pyspark

    scala = "2.12" if pyspark.__version__.startswith("3.") else "2.13"
    return f"{SOURCE}_{scala}:{pyspark.__version__}"


def first_line(error: BaseException) -> str:
    """What went wrong, without the stack of the JVM."""
    java = getattr(error, "java_exception", None)
    text = str(error)
    if java is not None:
        try:
            text = java.toString()
        except Exception:  # the JVM is gone
            pass
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0][:500] if lines else type(error).__name__


def java_map(jvm: Any, values: dict) -> Any:
    result = jvm.java.util.HashMap()
    for key, value in values.items():
        result.put(key, value)
    return result


def java_lines(jvm: Any, lines: List[str]) -> Any:
    """A java.util.List of texts that are not empty and have no line feed, in a few calls however many they are."""
    return jvm.java.util.Collections.list(jvm.java.util.StringTokenizer("\n".join(lines), "\n"))
