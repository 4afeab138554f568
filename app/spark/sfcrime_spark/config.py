"""config.ini, read by the rules of the program: `;` begins a comment, an indented line is an ordinary one.

Only text is dealt with here; what the values mean is said in settings.py.
"""
from __future__ import annotations

import configparser
import difflib
import re
from typing import Dict, Iterable, Optional

from .errors import SettingsError

UNITS_MS = {
    "weeks": 604800000, "week": 604800000, "w": 604800000, "days": 86400000, "day": 86400000, "d": 86400000,
    "hours": 3600000, "hour": 3600000, "h": 3600000, "minutes": 60000, "minute": 60000, "m": 60000, "mins": 60000,
    "min": 60000, "seconds": 1000, "second": 1000, "s": 1000, "secs": 1000, "sec": 1000, "milliseconds": 1,
    "millisecond": 1, "ms": 1,
}


class Config:
    """The file's sections. Its readers turn one key into a value or raise SettingsError."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.sections: Dict[str, Dict[str, str]] = {}
        parser = configparser.RawConfigParser(
            comment_prefixes=(";", "#"), inline_comment_prefixes=(";",), strict=False, empty_lines_in_values=False,
            default_section="\0")
        parser.optionxform = str  # type: ignore[method-assign, assignment]  # names keep their case
        try:
            parser.read_string("\n".join(line.lstrip() for line in text.splitlines()), source=name)
        except configparser.Error as error:
            raise SettingsError(str(error).replace("\n", " ")) from None
        for section in parser.sections():
            self.sections[section] = dict(parser.items(section))

    @classmethod
    def read(cls, path: str) -> "Config":
        try:
            with open(path, encoding="utf-8") as file:
                return cls(file.read(), path)
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path}: {getattr(error, 'strerror', None) or error}") from None

    def wrong(self, section: str, key: str, value: str, allowed: str) -> SettingsError:
        return SettingsError(f"{self.name}: [{section}] {key} = {value}: allowed is {allowed}")

    def check_keys(self, section: str, known: Iterable[str]) -> None:
        """A key that does not exist is a mistake, not something to leave out silently."""
        known = list(known)
        for key in self.sections.get(section, {}):
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"; did you mean '{near[0]}'?" if near else ""
                raise SettingsError(f"{self.name}: [{section}] has no key '{key}'{hint}")

    def text(self, section: str, key: str, preset: str) -> str:
        return self.sections.get(section, {}).get(key, preset)

    def optional(self, section: str, key: str, none: str = "none") -> Optional[str]:
        value = self.text(section, key, none)
        return None if value == none else value

    def choice(self, section: str, key: str, preset: str, choices: Iterable[str]) -> str:
        value, choices = self.text(section, key, preset), list(choices)
        if value not in choices:
            raise self.wrong(section, key, value, ", ".join(choices))
        return value

    def whole(self, section: str, key: str, preset: str, least: int, most: int, none: Optional[str] = None) -> int:
        """A whole number; `none` is a word for 0."""
        value = self.text(section, key, preset)
        if none is not None and value == none:
            return 0
        if not re.fullmatch(r"\+?\d{1,18}", value) or not least <= int(value) <= most:
            word = f", or {none}" if none else ""
            raise self.wrong(section, key, value, f"a whole number from {least} to {most}{word}")
        return int(value)

    def flag(self, section: str, key: str, preset: str) -> bool:
        value = self.text(section, key, preset).lower()
        if value in ("true", "yes", "on", "1"):
            return True
        if value in ("false", "no", "off", "0"):
            return False
        raise self.wrong(section, key, value, "true or false")

    def duration_ms(self, section: str, key: str, preset: str, none: Optional[str] = None) -> int:
        """`5 minutes`, `1 hour 30 minutes`, `90s`; `none` is a word for 0."""
        value = self.text(section, key, preset)
        if none is not None and value == none:
            return 0
        ms = duration_ms(value)
        if ms is None:
            word = f", or {none}" if none else ""
            raise self.wrong(section, key, value, f"a duration with its unit, as in '90 seconds' or '1 hour'{word}")
        return ms


def duration_ms(text: str) -> Optional[int]:
    parts = re.findall(r"\s*(\d+)\s*([A-Za-z]+)\s*", text)
    if not parts or "".join(a + b for a, b in parts) != re.sub(r"\s", "", text):
        return None
    if any(unit.lower() not in UNITS_MS for _, unit in parts):
        return None
    return sum(int(amount) * UNITS_MS[unit.lower()] for amount, unit in parts)
