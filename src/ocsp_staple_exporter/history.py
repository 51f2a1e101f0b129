"""What the last probes of each endpoint came to.

The last KEPT results, and the last KEPT failures before them: after a good night the
evening's failures are still there. An entry takes 15 bytes: at 100,000 endpoints, objects
would take a gigabyte, and the garbage collector a second to look at them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from ocsp_staple_exporter.diagnosis import State, state_of
from ocsp_staple_exporter.model import Endpoint, Observation, ProbeResult

KEPT = 20
SOUND = frozenset({State.GOOD, State.NOT_DUE, State.WARNING})

MOST_COMBINATIONS = 10_000
"""Of reasons that are told apart; of those that come later an entry keeps the first reason alone."""

_ENTRY = struct.Struct("<dIBH")
"""Unix time, microseconds, number of the state, number of the reasons."""

_MOST_MICROSECONDS = 2**32 - 1

_STATES = tuple(State)
_NUMBERS = {state: number for number, state in enumerate(_STATES)}


@dataclass(frozen=True, slots=True)
class Past:
    """One probe of the past."""

    started_at: datetime
    seconds: float
    """All phases together."""

    state: State
    reasons: tuple[str, ...]
    """The values of the label `reason`: of the failure, or of errors and warnings in their order."""


class History:
    """A subscriber of results."""

    def __init__(self) -> None:
        self._recent: dict[str, bytes] = {}
        self._failures: dict[str, bytes] = {}
        self._reasons = _Reasons()

    def published(self, result: ProbeResult, _previous: ProbeResult | None) -> None:
        endpoint_id = result.endpoint.id
        recent = self._pack(result) + self._recent.get(endpoint_id, b"")
        if len(recent) > KEPT * _ENTRY.size:
            recent, oldest = recent[: -_ENTRY.size], recent[-_ENTRY.size :]
            if _STATES[_ENTRY.unpack(oldest)[2]] not in SOUND:
                failures = oldest + self._failures.get(endpoint_id, b"")
                self._failures[endpoint_id] = failures[: KEPT * _ENTRY.size]
        self._recent[endpoint_id] = recent

    def removed(self, endpoint: Endpoint) -> None:
        self._recent.pop(endpoint.id, None)
        self._failures.pop(endpoint.id, None)

    def of(self, endpoint_id: str) -> tuple[Past, ...]:
        """The newest first; empty for an endpoint without results."""
        packed = self._recent.get(endpoint_id, b"") + self._failures.get(endpoint_id, b"")
        return tuple(
            Past(datetime.fromtimestamp(started_at, UTC), microseconds / 1e6, _STATES[state], self._reasons[reasons])
            for started_at, microseconds, state, reasons in _ENTRY.iter_unpack(packed)
        )

    def _pack(self, result: ProbeResult) -> bytes:
        microseconds = min(round(sum(result.durations.values()) * 1e6), _MOST_MICROSECONDS)
        reasons = self._reasons.number(_reasons(result))
        return _ENTRY.pack(result.started_at.timestamp(), microseconds, _NUMBERS[state_of(result)], reasons)


class _Reasons:
    """Combinations of reasons by numbers."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}
        self._combinations: list[tuple[str, ...]] = []

    def __getitem__(self, number: int) -> tuple[str, ...]:
        return self._combinations[number]

    def number(self, reasons: tuple[str, ...]) -> int:
        number = self._numbers.get(reasons)
        if number is not None:
            return number
        if len(reasons) > 1 and len(self._combinations) >= MOST_COMBINATIONS:
            return self.number(reasons[:1])
        self._combinations.append(reasons)
        return self._numbers.setdefault(reasons, len(self._combinations) - 1)


def _reasons(result: ProbeResult) -> tuple[str, ...]:
    if isinstance(result.outcome, Observation):
        assessment = result.outcome.assessment
        return tuple(finding.reason.value for finding in (*assessment.errors, *assessment.warnings))
    return (result.outcome.reason.value,)
