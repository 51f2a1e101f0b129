"""Lengths of time as bars: the numbers that an SVG needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ocsp_staple_exporter.model import Phase, Reason, Verdict

_WHOLE = 100.0
"""All bars are so many units wide."""

_LEAST = 1.0
"""Units of the shortest stretch that can be seen."""


@dataclass(frozen=True, slots=True)
class Validity:
    """How much of a staple's time, from thisUpdate to nextUpdate, is left now."""

    this_update: datetime
    next_update: datetime
    left: timedelta
    """Negative when nextUpdate has passed."""

    tone: str
    """`good`; `warn` when a newer one is overdue; `bad` when stale; `idle` for a staple that cannot be believed."""

    @property
    def width(self) -> float:
        """The part that is left, from 0 to 100; 0 for times in the wrong order."""
        whole = self.next_update - self.this_update
        if whole <= timedelta(0):
            return 0.0
        return round(_WHOLE * min(1.0, max(0.0, self.left / whole)), 2)


def validity_of(verdict: Verdict | None, now: datetime) -> Validity | None:
    """None where the staple does not say until when it is valid."""
    if verdict is None or verdict.this_update is None or verdict.next_update is None:
        return None
    left = verdict.next_update - now
    return Validity(verdict.this_update, verdict.next_update, left, _tone(verdict, left))


def _tone(verdict: Verdict, left: timedelta) -> str:
    if left <= timedelta(0):
        return "bad"
    if not verdict.verified:
        return "idle"
    overdue = any(warning.reason is Reason.REFRESH_OVERDUE for warning in verdict.warnings)
    return "warn" if overdue else "good"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a stacked bar."""

    start: float
    width: float


def phases(durations: Mapping[Phase, float]) -> Iterator[tuple[Phase, float, Stretch]]:
    """The phases that ran, in order, with their seconds and their part of the whole."""
    ran = [(phase, durations[phase]) for phase in Phase if phase in durations]
    stretches = stacked([seconds for _, seconds in ran])
    for (phase, seconds), stretch in zip(ran, stretches, strict=True):
        yield phase, seconds, stretch


def stacked(amounts: list[float]) -> list[Stretch]:
    """Stretches side by side that fill the bar; what is little is made wide enough to be seen."""
    total = sum(amounts)
    shares = [max(_LEAST, _WHOLE * amount / total) if total > 0 else _WHOLE / len(amounts) for amount in amounts]
    scale = _WHOLE / sum(shares) if shares else 1.0
    stretches, start = [], 0.0
    for share in shares:
        stretches.append(Stretch(round(start, 2), round(share * scale, 2)))
        start += share * scale
    return stretches
