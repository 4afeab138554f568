"""What the job is asked to do: the values of config.ini that it uses, checked. It needs no Spark.

Names, values and defaults are those of the program's config.ini.
"""
from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional, Tuple

from .config import Config, duration_ms
from .errors import SettingsError
from .kafka_properties import kafka_options

MESSAGE_FIELDS = [
    "crime_id", "original_crime_type_name", "report_date", "call_date", "offense_date", "call_time", "call_date_time",
    "disposition", "address", "city", "state", "agency_id", "address_type", "common_location",
]
TIME, TYPE, DISPOSITION = "call_date_time", "original_crime_type_name", "disposition"
DESCRIPTION = "disposition_description"
# The open-data portal's own names of two fields.
OTHER_NAMES = {"original_crimetype_name": TYPE, "call_dttm": TIME}

QUERY_KEYS = ["distinct", "watermark", "window", "slide", "group-by", "join", "output-mode", "max-offsets-per-trigger",
              "max-rate-per-partition", "trigger", "parallelism", "fail-on-data-loss"]
SPARK_KEYS = ["master", "app-name", "ui-port", "max-offset", "starting-offset", "stop-gracefully", "tables-topic",
              "progress-topic", "checkpoint", "shuffle-partitions", "jars",
              # only the program's
              "attach", "stop-on-exit", "python", "stop-timeout", "submit-command", "job", "master-ui",
              "driver-ui"]


@dataclass(frozen=True)
class Settings:
    """The job's settings. kafka holds secrets: it is never shown, logged, or put on a command line."""

    # where from and where to
    servers: str
    topic: str
    tables_topic: str
    progress_topic: str
    replication_factor: int  # 0: two, where there are so many brokers
    dead_letters_topic: Optional[str]
    kafka: Dict[str, str]
    codes_path: Optional[str]
    # the query
    distinct: str  # off | global | within-watermark
    watermark_ms: int
    window_ms: int  # 0: none
    slide_ms: int
    group_by: Tuple[str, ...]
    join: bool
    output_mode: str  # complete | update | append
    max_offsets_per_trigger: int  # 0: all
    trigger: str  # asap | interval | available-now
    trigger_ms: int
    fail_on_data_loss: bool
    starting_offset: str
    # the run
    master: str
    app_name: str
    ui_port: int
    stop_gracefully: bool
    checkpoint: Optional[str]
    keep_batches: int
    shuffle_partitions: int
    jars: Optional[str]  # a folder; none: Maven Central
    unavailable: Tuple[str, ...]

    def shown(self) -> Dict[str, Any]:
        """What the topics and `--check` tell about the settings: nothing secret."""
        return {
            "topic": self.topic, "distinct": self.distinct, "watermark_ms": self.watermark_ms,
            "window_ms": self.window_ms, "slide_ms": self.slide_ms, "group_by": list(self.group_by),
            "join": "radio-codes" if self.join else "none", "output_mode": self.output_mode,
            "max_offsets_per_trigger": self.max_offsets_per_trigger, "trigger": self.trigger,
            "trigger_ms": self.trigger_ms, "shuffle_partitions": self.shuffle_partitions,
            "fail_on_data_loss": self.fail_on_data_loss, "starting_offset": self.starting_offset,
            "checkpoint": self.checkpoint,
        }

    def identity(self) -> Dict[str, Any]:
        """What a checkpoint must have been made with, so that its state is this query's."""
        names = ("topic", "distinct", "watermark_ms", "window_ms", "slide_ms", "group_by", "join", "output_mode")
        return {name: self.shown()[name] for name in names}


def settings_of(config: Config) -> Settings:
    config.check_keys("query", QUERY_KEYS)
    config.check_keys("spark", SPARK_KEYS)
    topic = config.text("kafka", "topic", "san-francisco.police-department.calls")
    window_ms = config.duration_ms("query", "window", "1 hour", none="none")
    slide_ms = config.duration_ms("query", "slide", "none", none="none")
    trigger, trigger_ms = _trigger(config)
    unavailable = []
    if config.text("query", "max-rate-per-partition", "unlimited") not in ("unlimited", "0"):
        unavailable.append("query.max-rate-per-partition")
    settings = Settings(
        servers=_servers(config), topic=topic,
        tables_topic=config.optional("spark", "tables-topic", "auto") or f"{topic}-tables",
        progress_topic=config.optional("spark", "progress-topic", "auto") or f"{topic}-progress",
        dead_letters_topic=config.optional("sink", "dead-letters-topic"),
        replication_factor=config.whole("kafka", "replication-factor", "auto", 1, 10, none="auto"),
        kafka=kafka_options(config), codes_path=_codes_path(config),
        distinct=config.choice("query", "distinct", "global", ("off", "global", "within-watermark")),
        watermark_ms=config.duration_ms("query", "watermark", "5 minutes"),
        window_ms=window_ms, slide_ms=slide_ms or window_ms, group_by=_group_by(config),
        join=config.choice("query", "join", "none", ("none", "radio-codes")) == "radio-codes",
        output_mode=config.choice("query", "output-mode", "complete", ("complete", "update", "append")),
        max_offsets_per_trigger=_max_offsets(config), trigger=trigger, trigger_ms=trigger_ms,
        fail_on_data_loss=config.flag("query", "fail-on-data-loss", "true"),
        starting_offset=_starting_offset(config),
        master=config.text("spark", "master", "local[*]"), app_name=config.text("spark", "app-name", "sfcrime-tui"),
        ui_port=config.whole("spark", "ui-port", "3000", 0, 65535),
        stop_gracefully=config.flag("spark", "stop-gracefully", "true"),
        checkpoint=config.optional("spark", "checkpoint"),
        keep_batches=config.whole("checkpoint", "keep-batches", "100", 2, 1000000),
        shuffle_partitions=config.whole("spark", "shuffle-partitions", "2", 1, 100000),
        jars=config.optional("spark", "jars", "maven"), unavailable=tuple(unavailable))
    _check_together(config, settings)
    return settings


def _servers(config: Config) -> str:
    outside = config.optional("kafka", "external-servers", "embedded")
    inside = config.optional("kafka", "internal-servers", "same")
    if outside is None and inside is None:
        raise SettingsError(f"{config.name}: [kafka] external-servers = embedded: Spark cannot reach the embedded "
                            "cluster, which lives inside the program; name a real Kafka")
    return (inside or outside or "").replace(" ", "")


def _codes_path(config: Config) -> Optional[str]:
    path = config.optional("data", "sfpd-codes", "bundled")
    if path is not None:
        return os.path.expanduser(path)
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    # In a checkout, and where `make install` puts it.
    for place in (os.path.join(here, "..", "..", "data"), os.path.join(here, "..")):
        if os.path.isfile(os.path.join(place, "radio_code.json")):
            return os.path.normpath(os.path.join(place, "radio_code.json"))
    return None


def _group_by(config: Config) -> Tuple[str, ...]:
    text = config.text("query", "group-by", TYPE)
    names = [OTHER_NAMES.get(name.strip(), name.strip()) for name in text.split(",")]
    if len(set(names)) != len(names) or any(n not in MESSAGE_FIELDS + [DESCRIPTION] for n in names):
        raise config.wrong("query", "group-by", text,
                           "different names with commas between, of: " + ", ".join(MESSAGE_FIELDS + [DESCRIPTION]))
    return tuple(names)


def _max_offsets(config: Config) -> int:
    for section, key in (("query", "max-offsets-per-trigger"), ("spark", "max-offset")):
        if key in config.sections.get(section, {}):
            return config.whole(section, key, "all", 0, 10 ** 15, none="all")
    return 0


def _trigger(config: Config) -> Tuple[str, int]:
    text = config.text("query", "trigger", "asap")
    if text in ("asap", "available-now"):
        return text, 0
    ms = duration_ms(text)
    if ms is None or ms < 1:
        raise config.wrong("query", "trigger", text, "asap, available-now, or a duration such as '10 seconds'")
    return "interval", ms


def _starting_offset(config: Config) -> str:
    text = config.text("spark", "starting-offset", "earliest")
    allowed = ("earliest, latest, a time such as 2018-12-31T21:00:00Z, or offsets such as "
               '{"TOPIC":{"0":23,"1":-2}}')
    if text in ("earliest", "latest"):
        return text
    if text.startswith("{"):
        try:
            json.loads(text)
        except ValueError:
            raise config.wrong("spark", "starting-offset", text, allowed) from None
        return text
    if starting_ms(text) is None:
        raise config.wrong("spark", "starting-offset", text, allowed)
    return text


def starting_ms(text: str) -> Optional[int]:
    """A time without a zone is UTC."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?)?", text)
    if not found:
        return None
    day, minute, second, fraction, zone = found.groups()
    zone = "+0000" if zone in (None, "Z") else zone.replace(":", "")
    try:
        moment = datetime.strptime(f"{day} {minute or '00:00'}{second or ':00'} {zone}", "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return None
    since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86400 + since.seconds) * 1000 + int(((fraction or "") + "000")[:3])


def _check_together(config: Config, s: Settings) -> None:
    problems: List[str] = []
    if s.slide_ms > s.window_ms:
        problems.append("[query] slide must not be longer than window")
    if DESCRIPTION in s.group_by and not s.join:
        problems.append(f"[query] group-by {DESCRIPTION} needs join = radio-codes")
    if s.join and s.codes_path is None:
        problems.append("[data] sfpd-codes: the bundled radio codes are not beside the job; name their file")
    if s.output_mode == "append" and not s.window_ms:
        problems.append("[query] output-mode append needs a window")
    if len({s.topic, s.tables_topic, s.progress_topic, s.dead_letters_topic}) != 4:
        problems.append("[spark] tables-topic and progress-topic must be other topics than [kafka] topic, and so must "
                        "[sink] dead-letters-topic")
    if problems:
        raise SettingsError(f"{config.name}: {problems[0]}")
