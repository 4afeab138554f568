"""Random streams under random settings. The same seed and number give the same case on every machine."""
import json
import random
from datetime import datetime, timedelta, timezone

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

WINDOWS = [SECOND, 10 * SECOND, MINUTE, 7 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, HOUR, 6 * HOUR, DAY, 7 * DAY]
DELAYS = [0, 1, SECOND, 90 * SECOND, 5 * MINUTE, 10 * MINUTE, HOUR, 5 * HOUR]
STARTS = ["2018-12-31T22:00:00", "2019-03-10T09:30:00", "2020-02-29T23:50:00", "1999-12-31T23:00:00"]
GROUPS = ["original_crime_type_name", "disposition", "address", "city", "disposition_description"]

TYPES = ["Traffic Stop", "traffic stop", "Passing Call", "Passing Call ", "Ca\u00f1on \u2603", "a \"quoted\", type",
         "", "tab\there", "line\nfeed"]
DISPOSITIONS = ["ADM", "HAN", "22", "CAN", "GOA", "OTS", "Not recorded", "adm"]
MORE = {"address": ["1 Main St", "2 Main St", "3 Main St"], "city": ["San Francisco", "Daly City"]}
NOT_A_CALL = ["", "nonsense", "{", "[]", "null", "17", "{}", '{"call_date_time": null, "disposition": "ADM"}',
              '{"call_date_time": "x", "disposition": "ADM", "original_crime_type_name": "Traffic Stop"}',
              '{"call_date_time": "2018-02-30T00:00:00", "disposition": "ADM"}', '{"call_date_time": ""}',
              '{"disposition": "HAN", "original_crime_type_name": "Passing Call"}',
              '{"call_date_time": "2018-12-31T22:00:00", "disposition": "AD', '[{"call_date_time": "2018-12-31"}]']


def iso(ms, rng=None):
    """A spelling of the moment; the plain one where there is no rng."""
    at = EPOCH + timedelta(milliseconds=ms)
    kind = rng.choice(["plain", "plain", "plain", "zulu", "space", "zone", "short"]) if rng else "plain"
    if kind == "zone":
        return (at + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}+02:00"
    if kind == "short" and ms % MINUTE == 0:
        return at.strftime("%Y-%m-%d %H:%M")
    text = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}"
    if kind == "zulu":
        return text + "Z"
    return text.replace("T", " ") if kind == "space" else text


def random_settings(rng):
    window = rng.choice([0, 0, 0] + WINDOWS)
    slide = window
    if window > SECOND and rng.random() < 0.45:
        slide = rng.choice([window // 2, window // 3, window // 4, window * 2 // 5 + 7, window * 3 // 4, window - 1])
    delay = rng.choice(DELAYS + [window, window // 2, 2 * window])
    group_by = rng.sample(GROUPS, rng.choice([1, 1, 1, 2, 3]))
    if rng.random() < 0.5 and "original_crime_type_name" not in group_by:
        group_by[0] = "original_crime_type_name"
    if not window and rng.random() < 0.35:
        group_by.insert(rng.randrange(len(group_by) + 1), "call_date_time")
    return {
        "distinct": rng.choice(["off", "off", "global", "within-watermark"]),
        "watermark_ms": delay, "window_ms": window, "slide_ms": slide, "group_by": group_by,
        "join": "disposition_description" in group_by or rng.random() < 0.2,
        "output_mode": rng.choice(["complete", "update", "update", "append", "append"] if window
                                  else ["complete", "update", "update"]),
        "parallelism": rng.choice([1, 1, 2, 3]),
    }


class Times:
    """Event times that go some way, on a grid that meets the ends of windows and the watermark exactly."""

    def __init__(self, rng, settings):
        self.rng = rng
        self.unit = settings["window_ms"] or max(settings["watermark_ms"], MINUTE)
        self.grid = max(1, rng.choice([self.unit, self.unit // 2, self.unit // 6, self.unit // 60]))
        start = (datetime.fromisoformat(rng.choice(STARTS)).replace(tzinfo=timezone.utc) - EPOCH)
        self.now = int(start.total_seconds()) * 1000
        if rng.random() < 0.1:  # around the epoch, where the watermark starts
            self.now = rng.choice([-1, 1]) * rng.randrange(4) * self.unit
        self.now -= self.now % self.grid
        self.way = rng.choice(["on", "on", "on", "back", "still", "jump", "wild"])
        self.jitter = rng.random() < 0.3

    def next(self):
        rng, step = self.rng, self.grid * self.rng.randrange(3)
        if self.way == "on":
            self.now += step - (self.grid if rng.random() < 0.2 else 0)
        elif self.way == "back":
            self.now -= step
        elif self.way == "jump" and rng.random() < 0.12:
            self.now += rng.choice([-1, 1, 1]) * self.unit * rng.randrange(1, 60)
        elif self.way == "wild":
            self.now += rng.randrange(-6, 7) * self.grid
        at = self.now
        if rng.random() < 0.15:  # a straggler
            at -= rng.randrange(1, 8) * self.grid
        if self.jitter and rng.random() < 0.5:
            at += rng.choice([-1, 1, rng.randrange(-999, 1000)])
        return at


def random_call(rng, times, types, nulls):
    call = {"original_crime_type_name": rng.choice(types), "disposition": rng.choice(DISPOSITIONS),
            "address": rng.choice(MORE["address"]), "city": rng.choice(MORE["city"])}
    for name in list(call):
        if rng.random() < nulls:
            if rng.random() < 0.5:
                call[name] = None
            else:
                del call[name]
    if rng.random() < 0.03:
        call["disposition"] = rng.choice([22, True])
    call["call_date_time"] = iso(times.next(), rng)
    if rng.random() < 0.3:
        call["crime_id"] = str(rng.randrange(1000))
        call["not_a_field"] = {"deep": [1, "two"]}
    return call


def shown(rng, call):
    names = list(call)
    rng.shuffle(names)
    return json.dumps({n: call[n] for n in names}, ensure_ascii=rng.random() < 0.5)


def random_case(seed, number):
    rng = random.Random(f"{seed}/{number}")
    settings = random_settings(rng)
    times = Times(rng, settings)
    types = rng.sample(TYPES, rng.choice([1, 2, 3, len(TYPES)]))
    if rng.random() < 0.2:
        types = [f"Type {i}" for i in range(40)]
    nulls = rng.choice([0, 0, 0.05, 0.3])
    twice = rng.choice([0, 0.1, 0.4])
    bad = rng.choice([0, 0, 0, 0.15])
    batches, calls = [], []
    for _ in range(rng.choice([1, 2, 3, 3, 4, 4, 5])):
        batch = []
        for _ in range(rng.choice([0, 1, 2, 5, 8, 12, 12, 20, 60])):
            if rng.random() < bad:
                batch.append(rng.choice(NOT_A_CALL))
                continue
            if calls and rng.random() < twice:
                call = rng.choice(calls)
            else:
                call = random_call(rng, times, types, nulls)
                calls.append(call)
            batch.append(shown(rng, call))
        batches.append(batch)
    return {"name": f"random {number}", "settings": settings, "partitions": rng.choice([1, 1, 1, 2, 3]),
            "shuffle": rng.choice([1, 1, 2]), "batches": batches, "only_calls": bad > 0,
            "without_data": rng.random() < 0.6}


def words(settings):
    """The settings in a few words."""
    s = settings

    def span(ms):
        for unit, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
            if ms and ms % unit == 0:
                return f"{ms // unit} {letter}"
        return f"{ms} ms"

    window = "no window"
    if s["window_ms"]:
        window = f"window {span(s['window_ms'])}"
        if s["slide_ms"] != s["window_ms"]:
            window += f" every {span(s['slide_ms'])}"
    return (f"{s['output_mode']}, distinct {s['distinct']}, watermark {span(s['watermark_ms'])}, {window}, "
            f"by {', '.join(s['group_by'])}{', joined' if s['join'] else ''}")
