"""The targets in force, and the endpoints that come of them.

The one place that knows both: whoever changes the list of targets tells it here, and it
tells what that means for what is probed. A change costs as much as it changes, however
long the list is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from types import MappingProxyType

from ocsp_staple_exporter.model import Change, Endpoint, Target, difference, expand


class WatchList:
    """`changed` is told which endpoints came and went, before `watch` or `change` returns."""

    def __init__(self, changed: Callable[[Change[Endpoint]], None]) -> None:
        self._changed = changed
        self._targets: dict[str, Target] = {}
        self.targets: Mapping[str, Target] = MappingProxyType(self._targets)
        """By name, as they are now: it changes with the list."""

    def watch(self, targets: Iterable[Target]) -> None:
        """Watch exactly these; those that stay the same are not touched."""
        self.change(difference(self._targets, {target.name: target for target in targets}))

    def change(self, change: Change[Target]) -> None:
        """Watch these no longer, and those from now on; the others are not touched."""
        for target in change.removed:
            self._targets.pop(target.name, None)
        self._targets.update((target.name, target) for target in change.added)
        if change:
            self._changed(Change(added=_all_of(change.added), removed=_all_of(change.removed)))


def _all_of(targets: Iterable[Target]) -> tuple[Endpoint, ...]:
    return tuple(chain.from_iterable(map(expand, targets)))
