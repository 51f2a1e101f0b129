"""The handshakes of a probe that made several, each in a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ocsp_staple_exporter.model import Observation, ProbeError, Verdict
from ocsp_staple_exporter.web.pages.names import FAILURES, FINDINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaken:
    """One handshake."""

    retry: bool
    tone: str
    """Of the style sheet: `good`, `warn` or `bad`."""

    phrase: str
    detail: str = ""
    serial_number: str = ""
    """Of the leaf; empty where there is none."""

    next_update: datetime | None = None


def handshakes_of(observation: Observation) -> list[Shaken]:
    """Empty where the probe made one handshake and no more were to be made."""
    rounds = observation.rounds
    if rounds is None:
        return []
    planned = len(rounds.seen) - rounds.retries
    return [_shaken(seen, retry=number >= planned) for number, seen in enumerate(rounds.seen)]


def _shaken(seen: Observation | ProbeError, *, retry: bool) -> Shaken:
    match seen:
        case ProbeError(reason, detail):
            return Shaken(retry=retry, tone="bad", phrase=FAILURES[reason], detail=detail)
        case Observation(assessment=Verdict() as verdict):
            tone, phrase = _worth(verdict)
            next_update = verdict.next_update
        case Observation(staple_expected=expected):
            tone, phrase, next_update = "bad" if expected else "idle", "no staple", None
    return Shaken(
        retry=retry, tone=tone, phrase=phrase, serial_number=seen.certificate.serial_number, next_update=next_update
    )


def _worth(verdict: Verdict) -> tuple[str, str]:
    if verdict.errors:
        return "bad", f"a staple: {FINDINGS[verdict.errors[0].reason]}"
    return ("warn", f"a staple: {FINDINGS[verdict.warnings[0].reason]}") if verdict.warnings else ("good", "a staple")
