"""Which targets are watched, and which endpoints that makes.

The one place that knows both: whoever changes the list of targets tells it here, look-ups of
names tell it what they found, and it tells what that means for what is probed. A change costs
as much as it changes, however long the list is.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import structlog

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Addresses, Change, Endpoint, IPFamily, Target, difference, expand, undivided
from ocsp_staple_exporter.probe import eligible_family
from ocsp_staple_exporter.resolver import Address
from ocsp_staple_exporter.watchlist.addresses import Known
from ocsp_staple_exporter.watchlist.rounds import Rounds

SHORTEST_PERIOD, LONGEST_PERIOD = 60.0, 120.0
"""Seconds between two look-ups of a name. More often, the resolver would only give the answer that it remembers."""

Resolve = Callable[[str, int, IPFamily], Awaitable[tuple[Address, ...]]]

log = structlog.get_logger()


class Unresolved(NamedTuple):
    """A target whose name does not resolve."""

    target: str
    detail: str
    known: int
    """Its addresses from earlier, which are still probed."""


@dataclass(slots=True)
class _Followed:
    """A target that is watched at all of its addresses."""

    target: Target
    known: Known = field(default_factory=Known)


class WatchList:
    """`changed` is told which endpoints came and went, before `watch` or `change` returns.

    `resolve` gives the addresses of a host, as `Resolver.resolve` does.
    """

    def __init__(self, changed: Callable[[Change[Endpoint]], None], resolve: Resolve) -> None:
        self._changed = changed
        self._resolve = resolve
        self._targets: dict[str, Target] = {}
        self._followed: dict[str, _Followed] = {}
        self._rounds = Rounds(self._look_up)
        self.targets: Mapping[str, Target] = MappingProxyType(self._targets)
        """By name, as they are now: it changes with the list."""

        self.unresolved: set[str] = set()
        """The names of targets whose hosts do not resolve."""

    async def run(self) -> None:
        """Look names up until cancelled."""
        await self._rounds.run()

    def watch(self, targets: Iterable[Target]) -> None:
        """Watch exactly these; those that stay the same are not touched."""
        self.change(difference(self._targets, {target.name: target for target in targets}))

    def change(self, change: Change[Target]) -> None:
        """Watch these no longer, and those from now on; the others are not touched."""
        removed: list[Endpoint] = []
        before: dict[str, _Followed] = {}
        for target in change.removed:
            removed += self.endpoints_of(target.name)
            self._targets.pop(target.name, None)
            followed = self._followed.pop(target.name, None)
            if followed is not None:
                self._rounds.end(target.name)
                self.unresolved.discard(target.name)
                before[target.name] = followed
        added: list[Endpoint] = []
        for target in change.added:
            self._targets[target.name] = target
            if target.module.addresses is Addresses.ALL:
                self._follow(target, before.get(target.name))
            added += self.endpoints_of(target.name)
        self._tell(Change(tuple(added), tuple(removed)))

    def endpoints_of(self, name: str) -> tuple[Endpoint, ...]:
        """Those of the target of that name; none where its first look-up has not ended, or where there is no target."""
        target, followed = self._targets.get(name), self._followed.get(name)
        if target is None:
            return ()
        return expand(target) if followed is None else _endpoints(target, followed.known)

    def known_of(self, name: str) -> Known | None:
        """What look-ups told of that target; None where it is not watched at all of its addresses."""
        followed = self._followed.get(name)
        return followed.known if followed else None

    def why_unresolved(self, most: int) -> tuple[Unresolved, ...]:
        """The first so many by name."""
        found = ((name, self._followed[name].known) for name in heapq.nsmallest(most, self.unresolved))
        return tuple(Unresolved(name, known.failure, len(known.sightings)) for name, known in found)

    def _follow(self, target: Target, before: _Followed | None) -> None:
        """What is known stays known where the same name is asked for in the same way."""
        asked_before = before is not None and _question(before.target) == _question(target)
        known = before.known if before is not None and asked_before else Known()
        self._followed[target.name] = _Followed(target, known)
        if known.unresolved:
            self.unresolved.add(target.name)
        self._rounds.begin(target.name, _period(target))

    async def _look_up(self, name: str) -> None:
        followed = self._followed[name]
        host, port = followed.target.host, followed.target.port
        try:
            async with asyncio.timeout(followed.target.module.timeout.total_seconds()):
                answer = await self._resolve(host, port, eligible_family(followed.target.module))
        except OSError as error:  # TimeoutError is one
            known = followed.known.after_failure(printable(error.strerror or str(error) or "no answer in time"))
        else:
            now = asyncio.get_running_loop().time()
            known = followed.known.after_answer({address.ip for address in answer}, now)
        if self._followed.get(name) is followed:  # still: the list may have changed meanwhile
            self._learn(followed, known)

    def _learn(self, followed: _Followed, known: Known) -> None:
        name, before = followed.target.name, followed.known
        followed.known = known
        (self.unresolved.add if known.unresolved else self.unresolved.discard)(name)
        _log_news(name, before, known)
        if (known.addresses, known.unresolved) != (before.addresses, before.unresolved):
            old, new = _endpoints(followed.target, before), _endpoints(followed.target, known)
            self._tell(difference({each.id: each for each in old}, {each.id: each for each in new}))

    def _tell(self, change: Change[Endpoint]) -> None:
        if change:
            self._changed(change)


def _endpoints(target: Target, known: Known) -> tuple[Endpoint, ...]:
    """For each address one or more; one for a name that does not resolve, whose probe shows that."""
    found = expand(target, known.addresses)
    return (*found, undivided(target)) if known.unresolved else found


def _question(target: Target) -> tuple[object, ...]:
    return target.host, eligible_family(target.module)


def _period(target: Target) -> float:
    return min(max(target.module.interval.total_seconds(), SHORTEST_PERIOD), LONGEST_PERIOD)


def _log_news(target: str, before: Known, now: Known) -> None:
    came, went = now.sightings.keys() - before.sightings.keys(), before.sightings.keys() - now.sightings.keys()
    if came or went:
        log.info("addresses changed", target=target, came=",".join(sorted(came)), went=",".join(sorted(went)))
    if now.left_out and not before.left_out:
        log.warning("more addresses than are watched", target=target, left_out=now.left_out)
    if now.unresolved and not before.unresolved:
        log.warning("the name does not resolve", target=target, detail=now.failure, known=len(now.sightings))
    if before.unresolved and not now.unresolved:
        log.info("the name resolves again", target=target)
