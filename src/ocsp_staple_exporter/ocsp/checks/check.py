"""A check is one clause of an RFC or of the CA/Browser Forum's Baseline Requirements (BR)."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ocsp_staple_exporter.model import Reason

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Passed:
    """The clause is kept; `detail` gives the values that were looked at."""

    detail: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The clause is broken; `detail` gives the values compared, safe to show."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """The clause does not apply, or what it needs is missing."""

    detail: str


Outcome = Passed | Failed | Skipped


class Severity(enum.Enum):
    ERROR = "error"
    """The staple must not be used."""

    WARNING = "warning"
    """Some clients reject it, or it will soon be useless."""


@dataclass(frozen=True, slots=True)
class Check(Generic[Subject]):
    """One entry of the tables: the clause, what a breach is called, and the function that looks."""

    name: str
    clause: str
    severity: Severity
    reasons: tuple[Reason, ...]
    function: Callable[[Subject], Outcome]


Result = tuple[Check[Any], Outcome]
"""A check and what it came to."""


def run(checks: Iterable[Check[Subject]], subject: Subject) -> tuple[Result, ...]:
    """Run every check: one failure hides no other."""
    return tuple([(check, check.function(subject)) for check in checks])


def error(name: str, clause: str, function: Callable[[Subject], Outcome], *reasons: Reason) -> Check[Subject]:
    """A check whose breach makes the staple unusable."""
    return Check(name, clause, Severity.ERROR, reasons, function)


def warning(name: str, clause: str, function: Callable[[Subject], Outcome], *reasons: Reason) -> Check[Subject]:
    """A check whose breach some clients mind, or will."""
    return Check(name, clause, Severity.WARNING, reasons, function)
