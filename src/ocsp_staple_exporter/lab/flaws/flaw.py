"""What is said about a flaw: its public name, how bad it is, and how to bring it about."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from ocsp_staple_exporter.lab.blueprint import Blueprint
from ocsp_staple_exporter.model import Reason

Change = Callable[[Blueprint], Blueprint]


class Severity(enum.Enum):
    ERROR = "error"
    """The staple is unusable."""

    WARNING = "warning"
    """The staple is usable, but somebody should look; some clients refuse it."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One way to break a sound staple."""

    reason: Reason
    """What a judge has to find."""

    severity: Severity
    summary: str
    change: Change
    also: frozenset[Reason] = frozenset()
    """What a judge may find besides, because the flaw cannot be had without it."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """A way to make an unusual staple in which there is nothing to find."""

    summary: str
    change: Change


def error(reason: Reason, summary: str, change: Change, *also: Reason) -> Flaw:
    return Flaw(reason, Severity.ERROR, summary, change, frozenset(also))


def warning(reason: Reason, summary: str, change: Change, *also: Reason) -> Flaw:
    return Flaw(reason, Severity.WARNING, summary, change, frozenset(also))
