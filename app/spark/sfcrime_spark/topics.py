"""The job's two topics, by Kafka's Java client in the driver's JVM: made when missing, written, watched for a stop."""
from __future__ import annotations

import json
import logging
import queue
import threading
import time
from typing import Any, Callable, Dict, List, Optional

from .errors import JobError
from .session import first_line, java_map
from .settings import Settings

log = logging.getLogger("spark-job")
CLIENTS = "org.apache.kafka.clients"
STRINGS = "org.apache.kafka.common.serialization.String"


def _class(jvm: Any, name: str) -> Any:
    found = jvm
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _client(jvm: Any, name: str, s: Settings, more: Dict[str, str]) -> Any:
    properties = {**s.kafka, "bootstrap.servers": s.servers, **more}
    return _class(jvm, f"{CLIENTS}.{name}")(java_map(jvm, properties))


def make_topics(jvm: Any, s: Settings, deadline_s: float = 60) -> None:
    """Makes the job's topics. The calls' topic is somebody else's: it is waited for a while, as it may be new."""
    try:
        admin = _class(jvm, f"{CLIENTS}.admin.Admin").create(java_map(jvm, {
            **s.kafka, "bootstrap.servers": s.servers, "request.timeout.ms": "10000",
            "default.api.timeout.ms": "20000"}))
    except Exception as error:
        raise JobError(f"no Kafka at {s.servers}: {first_line(error)}") from None
    try:
        until = time.monotonic() + deadline_s
        names = _names(jvm, admin, s)
        while s.topic not in names:
            if time.monotonic() > until:
                raise JobError(f"there is no topic {s.topic} at {s.servers}")
            time.sleep(0.5)
            names = _names(jvm, admin, s)
        for name in (s.tables_topic, s.progress_topic, s.dead_letters_topic):
            if name is not None and name not in names:
                _make(jvm, admin, name, s)
    finally:
        admin.close()


def _names(jvm: Any, admin: Any, s: Settings) -> List[str]:
    try:
        return list(admin.listTopics().names().get())
    except Exception as error:
        raise JobError(f"no answer from Kafka at {s.servers}: {_cause(error)}") from None


def _make(jvm: Any, admin: Any, name: str, s: Settings) -> None:
    try:
        # Without a wish two copies where there are brokers for them, as the program makes its topics.
        copies = s.replication_factor or min(2, admin.describeCluster().nodes().get().size())
        new = _class(jvm, f"{CLIENTS}.admin.NewTopic")(name, 1, _short(jvm, copies))
        admin.createTopics(jvm.java.util.Collections.singletonList(new)).all().get()
    except Exception as error:
        if "TopicExistsException" not in _cause(error):
            raise JobError(f"the topic {name} cannot be made: {_cause(error)}") from None


def _short(jvm: Any, value: int) -> Any:
    """py4j makes a number an int; a constructor that wants a short is found with one that Java has made."""
    return jvm.java.lang.Short.valueOf(str(value))


def _cause(error: BaseException) -> str:
    java = getattr(error, "java_exception", None)
    try:
        return java.getCause().toString() if java is not None and java.getCause() is not None else first_line(error)
    except Exception:  # the JVM is gone
        return first_line(error)


class Reporter:
    """Writes messages to the progress topic, in order, from a thread of its own: nobody waits for a broker."""

    def __init__(self, jvm: Any, s: Settings) -> None:
        self.jvm, self.topic = jvm, s.progress_topic
        self.producer = _client(jvm, "producer.KafkaProducer", s, {
            "key.serializer": f"{STRINGS}Serializer", "value.serializer": f"{STRINGS}Serializer",
            "delivery.timeout.ms": "60000", "request.timeout.ms": "20000", "linger.ms": "0", "acks": "all"})
        self.waiting: "queue.Queue[Optional[str]]" = queue.Queue()
        self.thread = threading.Thread(target=self._write, name="reporter", daemon=True)
        self.thread.start()

    def send(self, message: Dict[str, Any]) -> None:
        self.waiting.put(json.dumps(message, ensure_ascii=False, separators=(",", ":")))

    def send_text(self, text: str) -> None:
        self.waiting.put(text)

    def close(self, limit_s: float) -> None:
        self.waiting.put(None)
        self.thread.join(limit_s)

    def _write(self) -> None:
        record = _class(self.jvm, f"{CLIENTS}.producer.ProducerRecord")
        while True:
            text = self.waiting.get()
            if text is None:
                self.producer.close()
                return
            try:
                self.producer.send(record(self.topic, self.jvm.java.lang.Integer.valueOf("0"), None, text)).get()
            except Exception as error:
                log.error("a report cannot be written to %s: %s", self.topic, _cause(error))


class StopWatch:
    """Reads the progress topic from its present end for stop requests, twice a second."""

    def __init__(self, jvm: Any, s: Settings, on_stop: Callable[[str, bool], None]) -> None:
        self.jvm, self.topic, self.on_stop = jvm, s.progress_topic, on_stop
        self.done = threading.Event()
        self.consumer = _client(jvm, "consumer.KafkaConsumer", s, {
            "key.deserializer": f"{STRINGS}Deserializer", "value.deserializer": f"{STRINGS}Deserializer",
            "enable.auto.commit": "false", "auto.offset.reset": "latest"})
        partition = _class(jvm, "org.apache.kafka.common.TopicPartition")(self.topic, 0)
        only = jvm.java.util.Collections.singletonList(partition)
        self.consumer.assign(only)
        self.consumer.seekToEnd(only)
        self.consumer.position(partition)  # now, not at the first poll
        self.thread = threading.Thread(target=self._watch, name="stop-watch", daemon=True)
        self.thread.start()

    def close(self, limit_s: float) -> None:
        self.done.set()
        self.thread.join(limit_s)

    def _watch(self) -> None:
        wait = self.jvm.java.time.Duration.ofMillis(400)
        while not self.done.is_set():
            try:
                records = self.consumer.poll(wait).iterator()
                while records.hasNext():
                    self._look(records.next().value())
            except Exception as error:
                if self.done.is_set():
                    return
                log.warning("stop requests cannot be read from %s: %s", self.topic, _cause(error))
                self.done.wait(2)
        self.consumer.close()

    def _look(self, text: Optional[str]) -> None:
        if not text or '"stop"' not in text:
            return
        try:
            message = json.loads(text)
        except ValueError:
            return
        if isinstance(message, dict) and message.get("type") == "stop":
            self.on_stop(str(message.get("query", "")), message.get("now") is True)
