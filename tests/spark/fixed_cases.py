"""Cases that each pin one rule down. `differs` says that ours differs from Spark on purpose: why, and how exactly."""
import json

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
EVENING = "2018-12-31T"
FIXED = []


def call(at, kind="A", disposition="ADM", **more):
    """A message. A time alone is one of the evening of 2018-12-31; None is null, ... leaves the field out."""
    if isinstance(at, str) and at[2:3] == ":":
        at = EVENING + at
    fields = {"call_date_time": at, "original_crime_type_name": kind, "disposition": disposition, **more}
    return json.dumps({k: v for k, v in fields.items() if v is not ...}, ensure_ascii=False)


def case(title, batches, differs=None, partitions=1, shuffle=1, without_data=True, **settings):
    window = settings.get("window_ms", 0)
    all_settings = {"distinct": "off", "watermark_ms": 5 * MINUTE, "window_ms": 0, "slide_ms": window,
                    "group_by": ["original_crime_type_name"], "join": False, "output_mode": "complete",
                    "parallelism": 1, **settings}
    one = {"name": title, "title": title, "settings": all_settings, "partitions": partitions, "shuffle": shuffle,
           "without_data": without_data, "batches": batches}
    if differs:
        one["differs"] = differs
    FIXED.append(one)


# ---- event time and the watermark ----

case("the event-time average is a running mean cut to milliseconds, not rounded",
     [[call("23:00:00.000"), call("23:00:00.001"), call("23:00:00.001")],
      [call(f"23:{i % 60:02d}:{i * 7 % 60:02d}.{i * 37 % 1000:03d}") for i in range(70)],
      [call("23:00:00.000"), call("23:59:59.999")]], output_mode="update")
case("the event-time average before the epoch is cut toward zero",
     [[call("1969-12-31T23:59:59.998"), call("1969-12-31T23:59:59.999")],
      [call("1969-12-31T23:59:59.999"), call("1970-01-01T00:00:00.000"), call("1970-01-01T00:00:00.000")]])
case("the averages of several partitions are merged by weight",
     [[call(f"22:{i:02d}:00.{i * 53 % 1000:03d}") for i in range(50)]], partitions=3, shuffle=2)
case("the watermark is at the epoch until the first batch has ended, and never before it",
     [[call("1969-12-31T20:00:00"), call("1970-01-01T00:30:00")], [call("1969-12-31T23:30:00")]],
     output_mode="update", window_ms=HOUR)
case("the watermark never moves back",
     [[call("23:30:00")], [call("20:00:00")], [call("23:31:00")]], output_mode="update", window_ms=10 * MINUTE)
case("a row whose type is null moves the watermark all the same",
     [[call("21:00:00"), call("23:50:00", kind=None)], [call("21:05:00")], [call("23:51:00")]],
     output_mode="append", window_ms=30 * MINUTE)
case("a duplicate moves no watermark, since it does not reach it",
     [[call("23:00:00"), call("23:00:00")], [call("23:00:00")]], distinct="global", output_mode="update",
     window_ms=10 * MINUTE)
case("a row that is dropped as late still counts in min and average",
     [[call("23:30:00")], [call("10:00:00")], [call("23:30:30")]], output_mode="append", window_ms=10 * MINUTE)
case("a delay of nothing", [[call("23:00:00"), call("22:00:00")], [call("23:00:00"), call("22:59:59")]],
     watermark_ms=0, output_mode="update", window_ms=10 * MINUTE)

# ---- late rows, closing windows, batches without data ----

for mode in ("update", "append"):
    case(f"all rows of a batch are late ({mode})",
         [[call("23:30:00")], [call("10:00:00"), call("10:00:01"), call("11:00:00", "B")], [call("23:31:00")]],
         output_mode=mode, window_ms=HOUR)
    case(f"a window that ends at the watermark is closed, one that ends a millisecond later is open ({mode})",
         [[call("22:00:00.000"), call("22:10:00.000"), call("22:25:00.000")],
          [call("22:19:59.999"), call("22:09:59.999")], [call("22:25:00.001")], [call("22:19:59.999")]],
         output_mode=mode, window_ms=10 * MINUTE)
    # Only without a batch between them does a batch with data see two different watermarks.
    for between in (True, False):
        case(f"a late row is judged by the watermark of the batch before ({mode}, "
             f"{'after batches without data' if between else 'back to back: one batch behind'})",
             [[call("22:00:00")], [call("23:30:00"), call("22:00:10")], [call("22:00:20"), call("23:31:00")],
              [call("22:00:30")], [call("23:31:00")]],
             output_mode=mode, window_ms=10 * MINUTE, without_data=between)
    case(f"back to back: a row comes into a window that closes in the same batch ({mode})",
         [[call("22:00:00")], [call("22:30:00")], [call("22:01:00"), call("22:02:00", "B")], [call("22:01:00")]],
         output_mode=mode, window_ms=10 * MINUTE, without_data=False)
    case(f"back to back: within the watermark, a row is late one batch behind ({mode})",
         [[call("22:00:00")], [call("22:30:00"), call("22:00:00")], [call("22:00:00"), call("22:01:00")],
          [call("22:01:00"), call("22:30:00")], [call("23:30:00"), call("22:25:00")], [call("22:30:00")]],
         output_mode=mode, window_ms=10 * MINUTE, distinct="within-watermark", without_data=False)
    case(f"a row of a sliding window is late for one of its windows and not for the others ({mode})",
         [[call("22:00:00")], [call("22:40:00")], [call("22:31:00"), call("22:05:00"), call("22:21:00", "B")],
          [call("23:59:00")]], output_mode=mode, window_ms=HOUR // 2, slide_ms=10 * MINUTE)
    case(f"far ahead and back: everything after the jump is late ({mode})",
         [[call("20:00:00"), call("20:01:00")], [call("2030-01-01T00:00:00")],
          [call("20:02:00"), call("20:03:00", "B")],
          [call("2030-01-01T02:00:00")]], output_mode=mode, window_ms=HOUR)
case("late rows are reported as groups of a batch, not as rows",
     [[call("23:30:00")], [call("10:00:00", k) for k in "ABAB"] + [call("11:00:00", k) for k in "AAC"],
      [call("10:00:00")]], output_mode="update", window_ms=HOUR, partitions=3, shuffle=2)
case("append: the batch without data after the last one puts out what the watermark has closed, and no more",
     [[call("20:10:00"), call("21:10:00"), call("21:20:00", "B")], [call("23:10:00")]],
     output_mode="append", window_ms=HOUR)
case("append: a window of one batch that is closed by the next watermark comes out without data",
     [[call("20:00:00"), call("23:00:00")]], output_mode="append", window_ms=10 * MINUTE)
case("update without a window: nothing is late or removed, but the watermark's batch runs",
     [[call("23:00:00"), call("23:01:00", "B")], [call("10:00:00")], [call("23:02:00")]], output_mode="update")
case("update by the event time itself: it closes when the watermark reaches it",
     [[call("22:00:00"), call("22:05:00"), call("22:05:00.001")], [call("22:00:00"), call("22:10:00")],
      [call("22:04:00"), call("22:05:00"), call("22:05:00.001")]],
     output_mode="update", group_by=["call_date_time", "original_crime_type_name"])
case("complete: nothing is late and nothing is removed, and no batch runs without data",
     [[call("23:00:00")], [call("10:00:00")], [call("2030-01-01T00:00:00")], [call("10:00:00")]], window_ms=HOUR)
case("a given batch without rows, first, between and last",
     [[], [call("20:00:00"), call("23:00:00")], [], [call("23:40:00")], []], output_mode="append", window_ms=HOUR)

# ---- windows ----

case("windows start at multiples of the slide since the epoch, before it as well",
     [[call("1969-12-31T23:59:59.999"), call("1970-01-01T00:00:00.000"), call("1969-12-30T12:00:00")]],
     window_ms=7 * MINUTE, slide_ms=3 * MINUTE)
case("a week's window starts on a Thursday, as the epoch did",
     [[call("2019-01-02T23:59:59.999"), call("2019-01-03T00:00:00.000")]], window_ms=7 * DAY)
case("a slide that does not divide the window gives some rows a window more",
     [[call(f"22:{i:02d}:00") for i in range(30)]], window_ms=10 * MINUTE, slide_ms=4 * MINUTE)
case("a slide of a millisecond less than the window",
     [[call("22:00:00.000"), call("22:00:00.999"), call("22:00:00.998")]],
     window_ms=1000, slide_ms=999)

# ---- distinct ----

case("distinct takes the selected fields alone, and null is equal to null",
     [[call("22:00:00", crime_id="1"), call("22:00:00", crime_id="2"), call("22:00:00", "a"),
       call("22:00:00", kind=None), call("22:00:00", kind=...), call("22:00:00", "", ""), call("22:00:00", "", None)],
      [call("22:00:00", "", ""), call("22:00:00", "", None), call("22:00:00", "A ")]], distinct="global")
case("distinct takes the group-by fields as well",
     [[call("22:00:00", address="1"), call("22:00:00", address="2"), call("22:00:00", address="1"),
       call("22:00:00", address=None)]], distinct="global", group_by=["address"])
case("one moment in several spellings is one row",
     [[call("22:00:00"), call("22:00:00.000"), call("22:00:00.000Z"), call("2018-12-31 22:00"),
       call("2019-01-01T00:00:00+02:00"), call("22:00"), call("2018-12-31T22:00:00.0")]], distinct="global")
for mode in ("complete", "update", "append"):
    case(f"within the watermark a row is forgotten when the watermark reaches its time and the delay ({mode})",
         [[call("22:00:00"), call("22:00:00.001", "B"), call("22:00:00")], [call("22:19:59.999", "C")],
          [call("22:20:00", "C"), call("22:00:00"), call("22:10:00.001")],
          [call("22:10:00.001"), call("22:30:00", "D")],
          [call("22:00:00.001", "B"), call("22:10:00.001")]],
         distinct="within-watermark", watermark_ms=10 * MINUTE, output_mode=mode,
         window_ms=HOUR if mode == "append" else 0)
case("within the watermark a late row is dropped before it is looked up, in complete mode too",
     [[call("23:00:00")], [call("22:55:00"), call("22:55:00.001"), call("10:00:00", "B")],
      [call("22:54:59"), call("23:00:00")]],
     distinct="within-watermark")
case("within a watermark of nothing", [[call("23:00:00"), call("23:00:00")], [call("23:00:00"), call("23:00:01")],
                                       [call("23:00:00"), call("23:00:01"), call("23:00:02")]],
     distinct="within-watermark", watermark_ms=0, output_mode="update")
case("within the watermark, then late for a window of its own",
     [[call("22:00:00")], [call("22:30:00")], [call("22:26:00"), call("22:24:00"), call("22:30:00")],
      [call("23:30:00")]],
     distinct="within-watermark", output_mode="update", window_ms=10 * MINUTE)

# ---- fields ----

case("the codes are joined before the count; an unknown code and a null description are one group",
     [[call("22:00:00", disposition=d) for d in ("ADM", "CAN", "22", "OTS", "adm", "ADM ", "", None)]],
     join=True, group_by=["disposition_description"])
case("a null in a group-by field is a group of its own, not the empty text",
     [[call("22:00:00", city=None), call("22:00:00", city=""), call("22:00:00"), call("22:00:00", city="Daly City")]],
     group_by=["city", "original_crime_type_name"], output_mode="update")
case("numbers, booleans, objects and lists in a text field are their JSON text",
     [[call("22:00:00", disposition=22), call("22:00:00", disposition="22"), call("22:00:00", disposition=True),
       '{"call_date_time":"2018-12-31T22:00:00","disposition":{"a":[1,null]},"original_crime_type_name":[]}']],
     group_by=["disposition", "original_crime_type_name"])
case("of a name that stands twice the last one counts",
     [['{"disposition":"ADM","original_crime_type_name":"A","call_date_time":"2018-12-31T22:00:00",'
       '"disposition":"HAN"}']],
     group_by=["disposition"])
case("text is compared as bytes: case, spaces, accents and escapes",
     [[call("22:00:00", t) for t in ("Ca\u00f1on", "Can\u0303on", "CA\u00d1ON", " A", "A ", "A\u0000B", "\U0001f6a8")]
      + ['{"call_date_time":"2018-12-31T22:00:00","disposition":"ADM","original_crime_type_name":"Ca\\u00f1on"}',
         '{"call_date_time":"2018-12-31T22:00:00","disposition":"ADM","original_crime_type_name":"\\ud83d\\udea8"}']])

# ---- where ours differs on purpose ----

BAD = "a message without a readable event time is bad: counted, shown and kept, and it goes no further"
case("an event time that is null, missing or garbled (global distinct)",
     [[call("22:00:00"), call(None), call(None), call(...), call("nonsense", "B"), "{}", "nonsense"],
      [call("22:01:00")]],
     differs={
         "why": BAD,
         "how": [
             "batch 0: min: ours 1546293600000, Spark 0",
             "batch 0: avg: ours 1546293600000, Spark 386573400000",
             "batch 0: dedupe numRowsTotal: ours 1, Spark 4",
             "batch 0: dedupe numRowsUpdated: ours 1, Spark 4",
             "batch 0: dedupe numDroppedDuplicateRows: ours 0, Spark 3",
             "batch 1: dedupe numRowsTotal: ours 2, Spark 5",
         ]},
     distinct="global")
case("an event time that is null, within the watermark",
     [[call("22:00:00"), call(None), call("22:00:00")], [call(None), call("22:20:00")], [call(None)]],
     differs={
         "why": BAD,
         "how": [
             "batch 0: min: ours 1546293600000, Spark 0",
             "batch 0: avg: ours 1546293600000, Spark 1030862400000",
             "batch 0: dedupeWithinWatermark numRowsTotal: ours 1, Spark 2",
             "batch 0: dedupeWithinWatermark numRowsUpdated: ours 1, Spark 2",
             "batch 1: dedupeWithinWatermark numRowsRemoved: ours 0, Spark 1",
             "batch 2: min: ours 1546294800000, Spark 0",
             "batch 2: avg: ours 1546294800000, Spark 773147400000",
             "batch 2: dedupeWithinWatermark numRowsUpdated: ours 1, Spark 2",
             "batch 2: dedupeWithinWatermark numRowsRemoved: ours 0, Spark 1",
             "batch 4: min: ours None, Spark 0",
             "batch 4: max: ours None, Spark 0",
             "batch 4: avg: ours None, Spark 0",
             "batch 4: dedupeWithinWatermark numRowsUpdated: ours 0, Spark 1",
             "batch 4: dedupeWithinWatermark numRowsRemoved: ours 0, Spark 1",
         ]},
     distinct="within-watermark", output_mode="update")
case("an event time that is null, before an hourly window",
     [[call("22:00:00"), call(None), call(...)], [call("23:59:00")]],
     differs={
         "why": BAD,
         "how": [
             "batch 0: min: ours 1546293600000, Spark 0",
             "batch 0: avg: ours 1546293600000, Spark 515431200000",
         ]},
     output_mode="append", window_ms=HOUR)
case("times finer than a millisecond",
     [[call("22:00:00.0001"), call("22:00:00.0002"), call("22:00:00.0009")]],
     differs={
         "why": "event time is kept in milliseconds, finer digits are cut; Spark keeps six",
         "how": [
             "batch 0: dedupe numRowsTotal: ours 1, Spark 3",
             "batch 0: dedupe numRowsUpdated: ours 1, Spark 3",
             "batch 0: dedupe numDroppedDuplicateRows: ours 2, Spark 0",
             'batch 0: output: only ours has ["A", 1]; only Spark has ["A", 3]',
             'batch 0: table: only ours has ["A", 1]; only Spark has ["A", 3]',
         ]},
     distinct="global")
case("spellings of a time that only Spark reads",
     [[call("22:00:00"), call("2018"), call("2018-12"), call("2018-12-31T2:3:4"), call(" 2018-12-31 ")]],
     differs={
         "why": "a time is YYYY-MM-DD with or without HH:MM[:SS[.fff]]; anything shorter is more likely damage",
         "how": [
             "batch 0: min: ours 1546293600000, Spark 1514764800000",
             "batch 0: avg: ours 1546293600000, Spark 1539423396800",
             'batch 0: output: only ours has ["A", 1]; only Spark has ["A", 5]',
             'batch 0: table: only ours has ["A", 1]; only Spark has ["A", 5]',
         ]})
case("JSON that only Spark's lenient reader takes",
     [[call("22:00:00"), call("22:00:00", "Q").replace('"', "'"), call("22:00:00", "T") + " and more"]],
     differs={
         "why": "a message must be JSON as RFC 8259 has it; anything else is kept as bad",
         "how": [
             "batch 0: stateStoreSave numRowsTotal: ours 1, Spark 3",
             "batch 0: stateStoreSave numRowsUpdated: ours 1, Spark 3",
             'batch 0: output: only Spark has ["Q", 1] ["T", 1]',
             'batch 0: table: only Spark has ["Q", 1] ["T", 1]',
         ]})
case("the open-data portal's own field names",
     [['{"call_dttm":"2018-12-31T22:00:00","disposition":"ADM","original_crimetype_name":"A"}']],
     differs={
         "why": "ours knows the portal's two other names, the reference's schema does not",
         "how": [
             "batch 0: min: ours 1546293600000, Spark 0",
             "batch 0: max: ours 1546293600000, Spark 0",
             "batch 0: avg: ours 1546293600000, Spark 0",
             "batch 0: stateStoreSave numRowsTotal: ours 1, Spark 0",
             "batch 0: stateStoreSave numRowsUpdated: ours 1, Spark 0",
             'batch 0: output: only ours has ["A", 1]',
             'batch 0: table: only ours has ["A", 1]',
         ]})
case("a window and the event time itself, both grouped by",
     [[call("22:00:00"), call("22:00:00"), call("22:10:00")], [call("23:30:00")], [call("22:00:00")]],
     differs={
         "why": "ours counts it, a window closing as a whole; Spark 3.5 refuses two columns with a watermark",
         "how": [
             "Spark refuses the query: More than one event time columns are available",
         ]},
     output_mode="update", window_ms=HOUR, group_by=["call_date_time"])
