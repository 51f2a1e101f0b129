"""What the last probes of each endpoint came to.

The last KEPT results, and the last KEPT failures before them: after a good night the
evening's failures are still there. An entry takes some 100 bytes; the findings' reasons
are shared by all entries that have the same.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from ocsp_staple_exporter.diagnosis import State, state_of
from ocsp_staple_exporter.model import Endpoint, Observation, ProbeResult

KEPT = 20
SOUND = frozenset({State.GOOD, State.NOT_DUE, State.WARNING})


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
        self._recent: dict[str, deque[Past]] = {}
        self._failures: dict[str, deque[Past]] = {}

    def published(self, result: ProbeResult, _previous: ProbeResult | None) -> None:
        endpoint_id = result.endpoint.id
        recent = self._recent.setdefault(endpoint_id, deque())
        recent.appendleft(_past(result))
        if len(recent) > KEPT:
            oldest = recent.pop()
            if oldest.state not in SOUND:
                self._failures.setdefault(endpoint_id, deque(maxlen=KEPT)).appendleft(oldest)

    def removed(self, endpoint: Endpoint) -> None:
        self._recent.pop(endpoint.id, None)
        self._failures.pop(endpoint.id, None)

    def of(self, endpoint_id: str) -> tuple[Past, ...]:
        """The newest first; empty for an endpoint without results."""
        return (*self._recent.get(endpoint_id, ()), *self._failures.get(endpoint_id, ()))


def _past(result: ProbeResult) -> Past:
    return Past(result.started_at, sum(result.durations.values()), state_of(result), _shared(_reasons(result)))


def _reasons(result: ProbeResult) -> tuple[str, ...]:
    if isinstance(result.outcome, Observation):
        assessment = result.outcome.assessment
        return tuple(finding.reason.value for finding in (*assessment.errors, *assessment.warnings))
    return (result.outcome.reason.value,)


@lru_cache(maxsize=1024)
def _shared(reasons: tuple[str, ...]) -> tuple[str, ...]:
    return reasons
