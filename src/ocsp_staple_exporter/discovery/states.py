"""What is known of each list, and what all of them come to."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ocsp_staple_exporter.discovery.entries import Entries
from ocsp_staple_exporter.model import Target


class Source(enum.Enum):
    """Where a list comes from. Values are the metric label `source`: a public contract."""

    FILE = "file"
    URL = "url"


class Key(NamedTuple):
    """Which list."""

    source: Source
    name: str
    """A path or a URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """One list: as it was last read, and whether that is how it is now."""

    key: Key
    entries: Entries
    """As last read without a fault; empty before that."""

    read_at: datetime | None = None
    """When that was, aware UTC; None: never yet."""

    problems: tuple[str, ...] = ()
    """Why the list is not as it should be, one line each; none: it is."""

    shadowed: int = 0
    """Targets whose name stands in the configuration or in an earlier list, which counts."""


class Merged(NamedTuple):
    """All targets by name, and how many of each list's names were taken before."""

    targets: dict[str, Target]
    shadowed: dict[Key, int]


def merge(configured: Mapping[str, Target], states: Iterable[ListState]) -> Merged:
    """The configuration's own targets go first, then each list in turn: the first of a name counts."""
    targets = dict(configured)
    shadowed = {}
    for state in states:
        new = state.entries.targets
        before = len(targets)
        for name, target in new.items():
            targets.setdefault(name, target)
        shadowed[state.key] = before + len(new) - len(targets)
    return Merged(targets, shadowed)
