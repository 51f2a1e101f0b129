"""Prometheus's durations: `30s`, `5m`, `1h30m`, `500ms`."""

from __future__ import annotations

import re
from datetime import timedelta

from ocsp_staple_exporter.config.words import quoted

LONGEST = timedelta(days=365)
"""A longer one is a slip of the pen, and would not fit every computation with a date."""

_MILLISECONDS = {
    "y": 365 * 86_400_000,
    "w": 7 * 86_400_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1000,
    "ms": 1,
}
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,18}}){unit})?" for unit in _MILLISECONDS))


def parse_duration(text: str) -> timedelta:
    """Read a duration; raises ValueError, whose text says what is wrong.

    Units stand in the order y, w, d, h, m, s, ms, each at most once; `0` needs none.
    """
    if text == "0":
        return timedelta()
    if text.isdecimal():
        raise ValueError(f"{quoted(text)} has no unit: write {quoted(text + 's')} for seconds")
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"{quoted(text)} is no duration: write 30s, 5m, 1h30m or 500ms")
    milliseconds = sum(int(count) * _MILLISECONDS[unit] for unit, count in match.groupdict("0").items())
    if milliseconds > LONGEST / timedelta(milliseconds=1):
        raise ValueError(f"{quoted(text)} is too long: at most {format_duration(LONGEST)}")
    return timedelta(milliseconds=milliseconds)


def format_duration(length: timedelta) -> str:
    """Write a duration as Prometheus does, in whole milliseconds."""
    left = length // timedelta(milliseconds=1)
    words = []
    for unit, size in _MILLISECONDS.items():
        count, left = divmod(left, size)
        if count:
            words.append(f"{count}{unit}")
    return "".join(words) or "0s"
