"""How Kafka is reached: librdkafka's names (those of `-X` and [librdkafka]) as Kafka's Java client wants them.

Secrets are resolved here, once: `env:NAME` and `file:PATH` as the program does. The result goes into options of Spark's
Kafka source and into our own clients; it never is an argument, a Spark property or a line of a log.
"""
from __future__ import annotations

import os
from typing import Dict

from .config import Config
from .errors import SettingsError

# The same under another name.
RENAMED = {
    "security.protocol": "security.protocol",
    "client.id": "client.id",
    "enable.ssl.certificate.verification": "",
    "ssl.endpoint.identification.algorithm": "ssl.endpoint.identification.algorithm",
    "ssl.key.password": "ssl.key.password",
    "socket.connection.setup.timeout.ms": "socket.connection.setup.timeout.ms",
    "request.timeout.ms": "request.timeout.ms",
}
# What makes up one setting of Java's client together.
COMBINED = {"sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.password", "ssl.ca.location", "ssl.ca.pem",
            "ssl.certificate.location", "ssl.certificate.pem", "ssl.key.location", "ssl.key.pem"}
# About librdkafka's own threads, queues and pace: nothing here depends on them.
TUNING = ("queue", "fetch.", "linger", "batch.", "socket.", "log", "debug", "statistics.", "reconnect.", "retr",
          "metadata.", "topic.metadata.", "message.", "compression", "acks", "request.required.acks", "receive.",
          "enable.auto", "auto.", "group.", "session.", "heartbeat.", "max.poll", "check.crcs", "broker.address",
          "allow.auto.create", "api.version", "broker.version", "delivery.", "transaction", "enable.idempotence",
          "isolation.level", "partition.assignment", "connections.", "client.rack", "enable.partition.eof", "test.")


def kafka_options(config: Config) -> Dict[str, str]:
    """Properties of Java's client. A security property that has no counterpart is an error, not left out."""
    given = {}
    for key, value in config.sections.get("librdkafka", {}).items():
        if key.startswith("consumer.") or key.startswith("producer."):
            key = key.split(".", 1)[1]
        given[key] = _resolved(config, key, value)
    options: Dict[str, str] = {}
    for key, value in given.items():
        if RENAMED.get(key):
            options[RENAMED[key]] = value
        elif key not in COMBINED and not key.startswith(TUNING) and key not in RENAMED:
            raise SettingsError(f"{config.name}: [librdkafka] {key}: the job on Spark cannot do the same with Java's "
                                "client; leave it out for it")
    if "security.protocol" in options:
        options["security.protocol"] = options["security.protocol"].upper()
    if options.get("ssl.endpoint.identification.algorithm") == "none":
        options["ssl.endpoint.identification.algorithm"] = ""
    options.update(_sasl(config, given))
    options.update(_tls(config, given))
    return options


def _resolved(config: Config, key: str, value: str) -> str:
    if value.startswith("env:"):
        if value[4:] not in os.environ:
            raise SettingsError(f"{config.name}: [librdkafka] {key}: the environment has no variable {value[4:]}")
        return os.environ[value[4:]]
    if value.startswith("file:"):
        return _file(config, key, value[5:]).rstrip("\r\n")
    return value


def _file(config: Config, key: str, path: str) -> str:
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config.name}: [librdkafka] {key}: cannot read {path}: "
                            f"{getattr(error, 'strerror', None) or error}") from None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _sasl(config: Config, given: Dict[str, str]) -> Dict[str, str]:
    mechanism = given.get("sasl.mechanism", given.get("sasl.mechanisms", "")).upper()
    if not mechanism:
        return {}
    modules = {"PLAIN": "plain.PlainLoginModule", "SCRAM-SHA-256": "scram.ScramLoginModule",
               "SCRAM-SHA-512": "scram.ScramLoginModule"}
    if mechanism not in modules:
        raise config.wrong("librdkafka", "sasl.mechanism", mechanism, f"{', '.join(modules)} for the job on Spark")
    return {
        "sasl.mechanism": mechanism,
        "sasl.jaas.config": f"org.apache.kafka.common.security.{modules[mechanism]} required "
                            f"username={_quoted(given.get('sasl.username', ''))} "
                            f"password={_quoted(given.get('sasl.password', ''))};",
    }


def _tls(config: Config, given: Dict[str, str]) -> Dict[str, str]:
    """Certificates go as PEM text, so that the nodes of the cluster need no file of ours."""

    def pem(name: str) -> str:
        if f"{name}.pem" in given:
            return given[f"{name}.pem"]
        return _file(config, f"{name}.location", given[f"{name}.location"]) if f"{name}.location" in given else ""

    options = {}
    if given.get("enable.ssl.certificate.verification", "true").lower() == "false":
        raise SettingsError(f"{config.name}: [librdkafka] enable.ssl.certificate.verification = false: Java's client "
                            "always verifies; name the authority in ssl.ca.location")
    if pem("ssl.ca"):
        options.update({"ssl.truststore.type": "PEM", "ssl.truststore.certificates": pem("ssl.ca")})
    if pem("ssl.certificate"):
        options.update({"ssl.keystore.type": "PEM", "ssl.keystore.certificate.chain": pem("ssl.certificate"),
                        "ssl.keystore.key": pem("ssl.key")})
    return options
