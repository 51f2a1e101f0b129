"""A change in pieces, between which everything else has its turn."""

from __future__ import annotations

from collections.abc import Iterator

from ocsp_staple_exporter.model import Change, Target

SLICE = 200
"""Targets put in force at once: two milliseconds."""


def slices(change: Change[Target]) -> Iterator[Change[Target]]:
    """What is another one under its old name goes and comes in the same slice."""
    added = {target.name: target for target in change.added}
    removed = {target.name: target for target in change.removed}
    names = tuple(removed | added)
    for start in range(0, len(names), SLICE):
        part = names[start : start + SLICE]
        yield Change(
            added=tuple(added[name] for name in part if name in added),
            removed=tuple(removed[name] for name in part if name in removed),
        )
