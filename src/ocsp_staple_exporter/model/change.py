"""What came and what went, of things that have a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar

Thing = TypeVar("Thing")


class Change(NamedTuple, Generic[Thing]):
    """What is another one under its old name is in both: it goes, then it comes."""

    added: tuple[Thing, ...] = ()
    removed: tuple[Thing, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


def difference(before: Mapping[str, Thing], after: Mapping[str, Thing]) -> Change[Thing]:
    """From one state to the other; what is equal under its name stays."""
    return Change(
        added=tuple(thing for name, thing in after.items() if before.get(name) != thing),
        removed=tuple(thing for name, thing in before.items() if after.get(name) != thing),
    )
