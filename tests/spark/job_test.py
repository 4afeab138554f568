#!/usr/bin/env python3
"""The job's own rules that need no Spark: config.ini, Kafka's properties, which groups are sent, and that its settings
are the program's. Run by tests/check/python.sh with any Python from 3.8 on.
"""
import json
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path[:0] = [os.path.join(ROOT, "app", "spark"), HERE]

from sfcrime_spark.config import Config, duration_ms  # noqa: E402
from sfcrime_spark.errors import SettingsError  # noqa: E402
from sfcrime_spark.settings import QUERY_KEYS, settings_of, starting_ms  # noqa: E402
from sfcrime_spark.tables import FULL_EVERY_BATCHES, TableWriter  # noqa: E402
from tables_topic import Table  # noqa: E402


def settings(text="", **more):
    return settings_of(Config("[kafka]\nexternal-servers = a:9092\n" + text, "test.ini"), **more)


class ConfigTest(unittest.TestCase):
    def refused(self, text, words):
        with self.assertRaises(SettingsError) as caught:
            settings(text)
        self.assertIn(words, str(caught.exception))

    def test_the_defaults_are_those_of_the_programs_config_ini(self):
        config = Config.read(os.path.join(ROOT, "config", "config.ini"))
        for key in config.sections["query"]:
            self.assertIn(key, QUERY_KEYS)
        config.sections["kafka"]["external-servers"] = "a:9092"
        self.assertEqual(settings_of(config), settings())

    def test_comments_and_indented_lines_are_read_as_the_program_does(self):
        s = settings("[query]\n  window = 2 hours ; two\n; slide = 1 hour\n[spark]\napp-name = a;b = c\n")
        self.assertEqual((s.window_ms, s.slide_ms, s.app_name), (7200000, 7200000, "a;b = c"))

    def test_wrong_values_name_file_key_value_and_what_is_allowed(self):
        self.refused("[query]\ndistinct = yes\n", "test.ini: [query] distinct = yes: allowed is off, global")
        self.refused("[query]\nwatermark = 5\n", "[query] watermark = 5: allowed is a duration")
        self.refused("[query]\nwindw = 1 hour\n", "[query] has no key 'windw'; did you mean 'window'?")
        self.refused("[query]\ngroup-by = city, city\n", "group-by = city, city")
        self.refused("[query]\nslide = 2 hours\n", "slide must not be longer")
        self.refused("[query]\ngroup-by = disposition_description\n", "needs join")
        self.refused("[query]\nwindow = none\noutput-mode = append\n", "needs a window")
        self.refused("[spark]\nui-port = 70000\n", "from 0 to 65535")
        self.refused("[spark]\nstarting-offset = soon\n", "starting-offset = soon")
        self.refused("[spark]\ntables-topic = t\nprogress-topic = t\n", "other topics")

    def test_the_embedded_cluster_is_out_of_reach(self):
        with self.assertRaises(SettingsError):
            settings_of(Config("", "test.ini"))

    def test_max_offset_is_another_name_and_gives_way(self):
        self.assertEqual(settings("[spark]\nmax-offset = 5\n").max_offsets_per_trigger, 5)
        self.assertEqual(settings("[spark]\nmax-offset = 5\n[query]\nmax-offsets-per-trigger = 7\n")
                         .max_offsets_per_trigger, 7)

    def test_what_spark_cannot_do_is_named(self):
        self.assertEqual(settings("[query]\nmax-rate-per-partition = 10\n").unavailable,
                         ("query.max-rate-per-partition",))

    def test_durations_and_times(self):
        self.assertEqual(duration_ms("1 hour 30 minutes"), 5400000)
        self.assertEqual(duration_ms("90s"), 90000)
        for wrong in ("", "5", "5 parsecs", "-5 minutes", "1 hour,"):
            self.assertIsNone(duration_ms(wrong), wrong)
        self.assertEqual(starting_ms("2018-12-31T21:00:00.5Z"), 1546290000500)
        self.assertEqual(starting_ms("2018-12-31 22:00+01:00"), 1546290000000)


class KafkaPropertiesTest(unittest.TestCase):
    def test_a_login_and_an_authority_become_javas_properties(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("ca.pem", "CERTIFICATE\n"), ("password", 'se"cr\\et\n')):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            k = settings("[librdkafka]\nsecurity.protocol = sasl_ssl\nsasl.mechanism = SCRAM-SHA-512\n"
                         f"sasl.username = me\nsasl.password = file:{folder}/password\n"
                         f"ssl.ca.location = {folder}/ca.pem\nconsumer.fetch.wait.max.ms = 10\n").kafka
        self.assertEqual(k, {
            "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required "
                                'username="me" password="se\\"cr\\\\et";',
            "ssl.truststore.type": "PEM", "ssl.truststore.certificates": "CERTIFICATE\n"})

    def test_security_that_cannot_be_carried_over_is_refused(self):
        for line in ("enable.ssl.certificate.verification = false", "sasl.mechanism = GSSAPI", "ssl.crl.location = x",
                     "sasl.password = env:NO_SUCH_VARIABLE_0815"):
            with self.assertRaises(SettingsError):
                settings(f"[librdkafka]\n{line}\nsasl.mechanism = {line.split()[-1]}\n"
                         if "GSSAPI" in line else f"[librdkafka]\n{line}\n")

    def test_no_secret_is_shown(self):
        s = settings("[librdkafka]\nsasl.mechanism = PLAIN\nsasl.username = me\nsasl.password = hidden-0815\n")
        self.assertNotIn("hidden-0815", json.dumps(s.shown()) + json.dumps(s.identity()))


class Rows:
    """As much of a batch as the writer asks for."""

    def __init__(self, groups):
        self.groups = groups

    def collect(self):
        return [(json.dumps({"fields": [name], "start_ms": None, "end_ms": None, "count": count}),)
                for name, count in self.groups.items()]


class WriterTest(unittest.TestCase):
    def writer(self, mode):
        w = TableWriter(None, settings(f"[query]\noutput-mode = {mode}\n"), lambda: 7)
        self.lines = []
        w.write = self.lines.extend
        w.name("q", "r")
        return w

    def read(self):
        table = Table("q")
        for line in self.lines:
            table.take(json.loads(line))
        return table

    def test_complete_mode_sends_what_is_new_and_now_and_then_all(self):
        w = self.writer("complete")
        for n in range(FULL_EVERY_BATCHES + 1):
            w(Rows({"A": 1, "B": n}), n)
        markers = [m for m in map(json.loads, self.lines) if m["type"] == "batch"]
        self.assertEqual([m["groups"] for m in markers], [2] + [1] * (FULL_EVERY_BATCHES - 1) + [2])
        self.assertEqual([n for n, m in enumerate(markers) if m["full"]], [0, FULL_EVERY_BATCHES])
        self.assertEqual(self.read().rows, {(None, None, ("A",)): 1, (None, None, ("B",)): FULL_EVERY_BATCHES})

    def test_a_batch_without_groups_has_its_marker(self):
        w = self.writer("update")
        w(Rows({}), 0)
        self.assertEqual(json.loads(self.lines[-1]), {"type": "batch", "v": 1, "query": "q", "run": "r", "batch": 0,
                                                      "groups": 0, "full": False, "mode": "update", "watermark_ms": 7})

    def test_a_batch_that_comes_again_changes_nothing(self):
        w = self.writer("update")
        w(Rows({"A": 1}), 0)
        again = self.writer("update")
        once = list(w.__dict__) and self.lines
        again(Rows({"A": 1}), 0)
        self.lines = once + self.lines
        self.assertEqual(self.read().rows, {(None, None, ("A",)): 1})

    def test_a_torn_batch_is_not_applied(self):
        w = self.writer("update")
        w(Rows({"A": 1, "B": 2}), 0)
        del self.lines[1]
        table = self.read()
        self.assertEqual((table.rows, table.torn), ({}, 1))


if __name__ == "__main__":
    unittest.main()
