"""Times, spans and foreign text as they stand on a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from markupsafe import Markup, escape

from ocsp_staple_exporter.foreign_text import printable

LONGEST = 1024
"""Characters kept of one text."""


def shown(text: str) -> str:
    """Text as it is where it prints as itself, else with escapes; cut where it is too long."""
    return text if text.isprintable() and len(text) <= LONGEST else printable(text, LONGEST)


def foreign(text: str) -> Markup:
    """Text of a stranger or of the configuration: escaped, and apart from the direction of what is around it."""
    return Markup("<bdi>{}</bdi>").format(shown(text))


def span(length: timedelta) -> str:
    """`3 d 11 h`, `2 h 5 min`, `45 min`, `12 s`: the two largest units of a length, whatever its sign."""
    minutes, seconds = divmod(int(abs(length).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return _two(days, "d", hours, "h")
    if hours:
        return _two(hours, "h", minutes, "min")
    return f"{minutes} min" if minutes else f"{seconds} s"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"


def relative(moment: datetime, now: datetime) -> str:
    """`in 3 d 11 h`, `12 s ago`, `just now`."""
    distance = moment - now
    if abs(distance) < timedelta(seconds=1):
        return "just now"
    return f"in {span(distance)}" if distance > timedelta(0) else f"{span(distance)} ago"


def iso(moment: datetime) -> str:
    """`2026-03-01T12:00:00Z`: what the attribute `datetime` takes."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year >= 1000 else moment.isoformat()


def clock(moment: datetime) -> str:
    """`2026-03-01 12:00:00 UTC`."""
    return iso(moment).replace("T", " ").replace("Z", " UTC")


def moment(at: datetime) -> Markup:
    """An absolute time."""
    return Markup('<time datetime="{}">{}</time>').format(iso(at), clock(at))


def since(at: datetime, now: datetime) -> Markup:
    """A time as its distance from now; the absolute one is a title."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(iso(at), clock(at), relative(at, now))


def seconds(length: float) -> str:
    """`12 µs`, `12.3 ms`, `1.25 s`: how long something took."""
    if length < 0.0000995:
        return f"{length * 1_000_000:.0f} µs"
    if length < 0.0995:
        return f"{length * 1000:.1f} ms"
    return f"{length * 1000:.0f} ms" if length < 0.9995 else f"{length:.2f} s"


def every(length: timedelta) -> str:
    """`1 min`, `90 s`: an interval as somebody set it."""
    total = length.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if total >= size and total % size == 0:
            return f"{total / size:g} {unit}"
    return f"{total:g} s"


def in_pairs(digits: str) -> Markup:
    """Hexadecimal digits as `ab:cd:ef`, with places where a line may break."""
    pairs = [digits[place : place + 2] for place in range(0, len(digits), 2)]
    return Markup(":<wbr>").join(map(escape, pairs))


def prose(text: str) -> Markup:
    """Sentences in which `words between backticks` are code."""
    parts = text.split("`")
    return Markup().join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )
