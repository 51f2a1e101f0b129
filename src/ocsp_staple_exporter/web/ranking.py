"""The watched endpoints, the worst first, ready to be shown page by page.

The order is kept while results come in and endpoints come and go. A result of 100,000 changes
it seldom, since most staples stay as they are, and costs two shifts of a list where it does;
to sort them all for every page would hold up the probes.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice, starmap

from ocsp_staple_exporter.diagnosis import RANKS, State, urgency
from ocsp_staple_exporter.model import Change, Endpoint, Observation, ProbeError, ProbeResult
from ocsp_staple_exporter.results import Results

LOOKED_AT_AT_ONCE = 500
"""Endpoints that a search looks at before it lets probes go on: about 2 ms."""

SORTED_AT_ONCE = 1000
"""Endpoints that are sorted for the first time before probes go on."""

PLACED_AT_ONCE = 500
"""Endpoints that find their places in an order that stays; where more come or go, it is made anew."""

WAITING = urgency(None)

_Key = tuple[int, bool, datetime, str, str]
"""Urgency, then the endpoint's name, then its id: no two are equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which endpoints to show; by default all of them."""

    states: Collection[State] = ()
    """Any of these; empty: every state."""

    text: str = ""
    """Each of its words is found, in any case, in what `text_of` says of an endpoint."""

    labels: Collection[tuple[str, str | None]] = ()
    """All of these; None stands for any value."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a selection."""

    total: int
    """Of the whole selection."""

    endpoints: tuple[Endpoint, ...]


class Ranking:
    """A subscriber and a follower of results, by its own act."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._keys: dict[str, _Key] = {}
        self._order: list[_Key] = []
        self._is_made = False
        self._stale: set[str] = set()
        """Endpoints that came, went or have another result since the order began to be made anew."""

        self._one_at_a_time = asyncio.Lock()
        results.subscribe(self)
        results.follow(self)

    def published(self, result: ProbeResult, _previous: ProbeResult | None) -> None:
        self._have_placed([result.endpoint.id])

    def removed(self, endpoint: Endpoint) -> None:
        """`list_changed` says so too."""

    def list_changed(self, change: Change[Endpoint]) -> None:
        ids = {endpoint.id for endpoint in (*change.removed, *change.added)}
        self._is_made = self._is_made and len(ids) <= PLACED_AT_ONCE
        self._have_placed(ids)

    async def counts(self) -> dict[State, int]:
        """How many endpoints are in each state, the worst first; 0 where none is."""
        order = await self._current()
        return {state: len(range(*_span(order, state))) for state in State}

    async def page(self, selection: Selection, *, offset: int, limit: int) -> Page:
        """The endpoints `offset` to `offset + limit` of a selection, as it was when this was called."""
        order, watched = await self._current(), self._results.watched
        spans = [_span(order, state) for state in State if state in selection.states or not selection.states]
        places = chain.from_iterable(starmap(range, spans))
        if selection.text or selection.labels:
            found = await self._search([watched[order[place][-1]] for place in places], selection)
            return Page(len(found), tuple(found[offset : offset + limit]))
        shown = [order[place] for place in islice(places, offset, offset + limit)]
        return Page(sum(end - start for start, end in spans), tuple(watched[key[-1]] for key in shown))

    async def _search(self, endpoints: Sequence[Endpoint], selection: Selection) -> list[Endpoint]:
        words, found = selection.text.casefold().split(), []
        for number, endpoint in enumerate(endpoints, 1):
            if not selection.labels or _has_labels(endpoint, selection.labels):
                text = text_of(endpoint, self._results.latest(endpoint.id)).casefold() if words else ""
                if all(word in text for word in words):
                    found.append(endpoint)
            if number % LOOKED_AT_AT_ONCE == 0:
                await asyncio.sleep(0)
        return found

    def _have_placed(self, ids: Collection[str]) -> None:
        if not self._is_made:
            self._stale.update(ids)
            return
        for each in ids:
            self._place(each)

    def _place(self, endpoint_id: str) -> None:
        """Put one endpoint where it belongs now, or nowhere if it went."""
        endpoint, before = self._results.watched.get(endpoint_id), self._keys.pop(endpoint_id, None)
        after = None if endpoint is None else self._key(endpoint)
        if after is not None:
            self._keys[endpoint_id] = after
        if before == after:
            return
        if before is not None:
            del self._order[bisect_left(self._order, before)]
        if after is not None:
            insort(self._order, after)

    async def _current(self) -> list[_Key]:
        async with self._one_at_a_time:
            while not self._is_made:
                await self._make_anew()
        return self._order

    async def _make_anew(self) -> None:
        """Sort in runs and merge these, so that no step takes long; not made where most changes meanwhile."""
        self._stale.clear()
        self._keys.clear()
        runs: deque[list[_Key]] = deque([[]])
        for part in _in_parts(self._results.endpoints):
            run = [self._key(endpoint) for endpoint in part]
            self._keys.update((key[-1], key) for key in run)
            runs.append(sorted(run))
            await asyncio.sleep(0)
        while len(runs) > 1:
            runs.append(sorted(runs.popleft() + runs.popleft()))
            await asyncio.sleep(0)
        (self._order,) = runs
        while self._stale:
            if len(self._stale) > PLACED_AT_ONCE + len(self._order) // 2:
                return
            for _ in range(min(PLACED_AT_ONCE, len(self._stale))):
                self._place(self._stale.pop())
            await asyncio.sleep(0)
        self._is_made = True

    def _key(self, endpoint: Endpoint) -> _Key:
        result = self._results.latest(endpoint.id)
        return (*(urgency(result) if result else WAITING), endpoint.name, endpoint.id)


def _in_parts(endpoints: tuple[Endpoint, ...]) -> Iterator[tuple[Endpoint, ...]]:
    for start in range(0, len(endpoints), SORTED_AT_ONCE):
        yield endpoints[start : start + SORTED_AT_ONCE]


def _has_labels(endpoint: Endpoint, wanted: Collection[tuple[str, str | None]]) -> bool:
    own = dict((("target", endpoint.target), *endpoint.labels, *endpoint.fan_out))
    return all(name in own and value in {None, own[name]} for name, value in wanted)


def text_of(endpoint: Endpoint, result: ProbeResult | None) -> str:
    """What a search looks at: names, labels, what is wrong, and the certificate's names and serial number."""
    labels = (*endpoint.labels, *endpoint.fan_out)
    parts = [endpoint.target, endpoint.host, endpoint.server_name or "", *(value for _, value in labels)]
    match result and result.outcome:
        case Observation(certificate=leaf, assessment=assessment) as seen:
            parts += [leaf.subject, leaf.issuer, leaf.serial_number, seen.address or ""]
            parts += [finding.reason.value for finding in (*assessment.errors, *assessment.warnings)]
        case ProbeError(reason=reason):
            parts.append(reason.value)
    return "\n".join(parts)


def _span(order: Sequence[_Key], state: State) -> tuple[int, int]:
    rank = RANKS[state]
    return (
        bisect_left(order, rank, key=lambda key: key[0]),
        bisect_left(order, rank + 1, key=lambda key: key[0]),
    )
