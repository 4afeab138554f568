#!/usr/bin/env python3
"""The query of sfcrime-tui as a job on Spark. PROTOCOL.md beside this file says how it is started and what it writes.

    python3 job.py --config FILE          any interpreter that has pyspark
    spark-submit --packages org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.3 job.py --config FILE
"""
from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import time
from typing import Any, List, Optional

from sfcrime_spark.config import Config
from sfcrime_spark.errors import JobError, SettingsError
from sfcrime_spark.session import find_pyspark, start_session
from sfcrime_spark.settings import Settings, settings_of


def arguments(given: Optional[List[str]]) -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--config", required=True, metavar="FILE", help="a config.ini of sfcrime-tui")
    p.add_argument("--jars", metavar="DIR", help="a folder with the jars of Spark's Kafka source "
                                                 "(else [spark] jars, else $SFCRIME_SPARK_JARS, else Maven Central)")
    p.add_argument("--check", action="store_true", help="check FILE, print the settings in effect as JSON, and stop")
    return p.parse_args(given)


def log_to_stderr() -> None:
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, datefmt="%Y-%m-%dT%H:%M:%S",
                        format="%(asctime)s.%(msecs)03dZ | spark-job | %(levelname)s | %(message)s")
    logging.getLogger("py4j").setLevel(logging.ERROR)


def run(s: Settings, jars: Optional[str]) -> int:
    find_pyspark()
    from sfcrime_spark.run import Run  # here, since it needs pyspark

    spark = start_session(s, jars)
    try:
        one = Run(spark, s)

        def asked(_number: int, _frame: Any) -> None:
            one.ask_to_stop()

        signal.signal(signal.SIGTERM, asked)
        signal.signal(signal.SIGINT, asked)
        one.start()
        return one.wait()
    finally:
        try:
            spark.stop()
        except Exception:  # the JVM is gone; why has been said
            pass


def main(given: Optional[List[str]] = None) -> int:
    a = arguments(given)
    try:
        s = settings_of(Config.read(a.config))
        if a.check:
            print(json.dumps(s.shown(), indent=1))
            return 0
        log_to_stderr()
        return run(s, a.jars or s.jars)
    except SettingsError as error:
        print(f"sfcrime-spark: {error}", file=sys.stderr)
        return 2
    except JobError as error:
        print(f"sfcrime-spark: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
