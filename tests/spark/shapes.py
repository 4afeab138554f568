"""Messages of every shape that a topic may hold, one a line, for kcat -P: what both engines must read alike."""
import json
import sys

T = "2018-12-31T23:57:00.000"


def call(at=T, kind="A", disposition="ADM", **more):
    fields = {"call_date_time": at, "original_crime_type_name": kind, "disposition": disposition, **more}
    return json.dumps({k: v for k, v in fields.items() if v is not ...}, ensure_ascii=False)


def raw(kind, disposition='"ADM"', at=f'"{T}"'):
    return f'{{"call_date_time":{at},"original_crime_type_name":{kind},"disposition":{disposition}}}'


MESSAGES = [
    # times
    *(call(at=at, kind="time") for at in (
        "2018-12-31", "2018-12-31T23:57", "2018-12-31 23:57:01", "2018-12-31T23:57:00.1", "2018-12-31T23:57:00.1239",
        "2018-12-31T23:57:00Z", "2018-12-31T23:57:00+01:00", "2018-12-31T23:57:00-0800", "1969-12-31T23:59:59.999",
        "2020-02-29", "0001-01-01T00:00:00")),
    *(call(at=at, kind="no time") for at in (
        "", " ", "2018", "2018-12", "2018-13-01", "2019-02-29", "2018-12-31T24:00:00", "2018-12-31T23:60:00",
        "2018-12-31T2:3:4", " 2018-12-31", "2018-12-31 ", "2018-12-31T", "2018-12-31T23:57:00.", "now", "+2018-12-31",
        "2018-12-31T23:57:00 UTC", "tomorrow", ..., None)),
    raw('"number as time"', at="1546300620"),
    # texts
    *(call(kind=kind) for kind in (
        "", " ", "Ä ü € 😀", 'quote "', "comma, too", "back\\slash", "tab\there", "\u0001", "\u007f", "a\u0000b", "null",
        "line\nfeed", "CASE", "case", "e\u0301", "\u00e9", "\ufffd", ..., None)),
    *(call(disposition=d) for d in ("", ..., None, "22")),
    raw('"\\u0041\\/\\b\\f\\r\\ud83d\\ude00"'),
    # values that are no texts
    *(raw(v) for v in ("1", "-1", "0", "true", "false", "null")),
    raw('"a"', disposition="5"),
    # names
    json.dumps({"call_dttm": T, "original_crimetype_name": "portal", "disposition": "ADM"}),
    '{"call_date_time":"2018-12-31","call_date_time":"%s","original_crime_type_name":"twice","disposition":"ADM"}' % T,
    '{"CALL_DATE_TIME":"%s","original_crime_type_name":"upper","disposition":"ADM"}' % T,
    call(kind="unknown fields", unknown={"a": [1, {"b": None}]}, another=[1.5e3, "x"]),
    # not calls
    "this is not a call", "{", "}", "{}", "[]", "[1,2]", "1", '"text"', "null", "true", '{"a"}', '{"a":1,}',
    call(kind="comma behind")[:-1] + ",}", call(kind="twice") + call(kind="twice"), call(kind="garbage") + " x",
    call(kind="comma after") + ",", "[" + call(kind="array") + "]", "'" + call(kind="quoted") + "'",
    call(kind="single").replace('"', "'"), raw("NaN"), raw("01"), raw("+1"), raw("unquoted"),
    '{call_date_time:"%s"}' % T, "  " + call(kind="blanks before"), call(kind="blanks behind") + "  \t", " ",
    raw('"cut').rstrip("}"), raw('"bad \\x escape"'),
]

if __name__ == "__main__":
    for message in MESSAGES:
        assert "\n" not in message
        sys.stdout.buffer.write(message.encode() + b"\n")
    # Bytes that are no text.
    sys.stdout.buffer.write(raw('"@"').encode().replace(b"@", b"\xff\xfe") + b"\n")
    sys.stdout.buffer.write(call(kind="x" * (1024 * 1024)).encode()[:900 * 1024] + b"\n")
