"""The watched endpoints, the worst first, ready to be shown page by page.

The order is kept while results come in. A result of 100,000 changes it seldom, since most
staples stay as they are, and costs two shifts of a list where it does; to sort them all
for every page would hold up the probes.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice, starmap

from ocsp_staple_exporter.diagnosis import RANKS, State, urgency
from ocsp_staple_exporter.model import Endpoint, Observation, ProbeError, ProbeResult
from ocsp_staple_exporter.results import Results

LOOKED_AT_AT_ONCE = 500
"""Endpoints that a search looks at before it lets probes go on: about 2 ms."""

SORTED_AT_ONCE = 1000
"""Endpoints that are sorted for the first time before probes go on."""

WAITING = urgency(None)

_Key = tuple[int, bool, datetime, str, str]
"""Urgency, then the target's name, then the endpoint's id: no two are equal."""


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
    """A subscriber of results, by its own act."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._keys: dict[str, _Key] = {}
        self._order: list[_Key] = []
        self._watched: Mapping[str, Endpoint] = {}
        self._late: set[str] = set()
        """Endpoints with another key than when the order began to be made anew."""

        self._one_at_a_time = asyncio.Lock()
        results.subscribe(self)

    def published(self, result: ProbeResult, _previous: ProbeResult | None) -> None:
        endpoint_id = result.endpoint.id
        key = (*urgency(result), result.endpoint.target, endpoint_id)
        before = self._keys.get(endpoint_id)
        if key == before:
            return
        self._keys[endpoint_id] = key
        if before is not None and self._is_current():
            _move(self._order, before, key)
        else:
            self._late.add(endpoint_id)

    def removed(self, endpoint: Endpoint) -> None:
        self._keys.pop(endpoint.id, None)

    async def counts(self) -> dict[State, int]:
        """How many endpoints are in each state, the worst first; 0 where none is."""
        order = await self._current()
        return {state: len(range(*_span(order, state))) for state in State}

    async def page(self, selection: Selection, *, offset: int, limit: int) -> Page:
        """The endpoints `offset` to `offset + limit` of a selection, as it was when this was called."""
        order, watched = await self._current(), self._watched
        spans = [_span(order, state) for state in State if state in selection.states or not selection.states]
        places = chain.from_iterable(starmap(range, spans))
        if selection.text or selection.labels:
            found = await self._search([order[place] for place in places], selection)
            total, shown = len(found), found[offset : offset + limit]
        else:
            total = sum(end - start for start, end in spans)
            shown = [order[place] for place in islice(places, offset, offset + limit)]
        return Page(total, tuple(watched[key[-1]] for key in shown))

    async def _search(self, keys: Sequence[_Key], selection: Selection) -> list[_Key]:
        watched, words, found = self._watched, selection.text.casefold().split(), []
        for number, key in enumerate(keys, 1):
            endpoint = watched[key[-1]]
            if not selection.labels or _has_labels(endpoint, selection.labels):
                text = text_of(endpoint, self._results.latest(key[-1])).casefold() if words else ""
                if all(word in text for word in words):
                    found.append(key)
            if number % LOOKED_AT_AT_ONCE == 0:
                await asyncio.sleep(0)
        return found

    def _is_current(self) -> bool:
        return self._results.watched is self._watched

    async def _current(self) -> list[_Key]:
        """The order, made anew where the list of endpoints is another one."""
        async with self._one_at_a_time:
            while not self._is_current():
                await self._make_anew(self._results.watched)
        return self._order

    async def _make_anew(self, watched: Mapping[str, Endpoint]) -> None:
        """Sort in runs and merge these, so that no step takes long; give up where the list changes once more."""
        self._late.clear()
        keys: dict[str, _Key] = {}
        runs: deque[list[_Key]] = deque([[]])
        for ids in _in_parts(tuple(watched)):
            run = [self._keys.get(each) or self._key(watched[each]) for each in ids]
            keys.update(zip(ids, run, strict=True))
            runs.append(sorted(run))
            await asyncio.sleep(0)
        while len(runs) > 1:
            runs.append(sorted(runs.popleft() + runs.popleft()))
            await asyncio.sleep(0)
        if watched is self._results.watched:
            (order,) = runs
            for each in self._late:
                _move(order, keys[each], self._keys[each])
                keys[each] = self._keys[each]
            self._keys, self._order, self._watched = keys, order, watched

    def _key(self, endpoint: Endpoint) -> _Key:
        endpoint_id = endpoint.id
        result = self._results.latest(endpoint_id)
        return (*(urgency(result) if result else WAITING), endpoint.target, endpoint_id)


def _move(order: list[_Key], before: _Key, after: _Key) -> None:
    del order[bisect_left(order, before)]
    insort(order, after)


def _in_parts(ids: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(ids), SORTED_AT_ONCE):
        yield ids[start : start + SORTED_AT_ONCE]


def _has_labels(endpoint: Endpoint, wanted: Collection[tuple[str, str | None]]) -> bool:
    own = {"target": endpoint.target, **dict(endpoint.labels)}
    return all(name in own and value in {None, own[name]} for name, value in wanted)


def text_of(endpoint: Endpoint, result: ProbeResult | None) -> str:
    """What a search looks at: names, labels, what is wrong, and the certificate's names and serial number."""
    parts = [endpoint.target, endpoint.host, endpoint.server_name or "", *(value for _, value in endpoint.labels)]
    match result and result.outcome:
        case Observation(certificate=leaf, assessment=assessment) as seen:
            parts += [leaf.subject, leaf.issuer, leaf.serial_number, seen.address]
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
