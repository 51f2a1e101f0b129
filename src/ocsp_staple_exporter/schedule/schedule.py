"""When each endpoint is probed.

Every endpoint has its place in its module's interval, taken from a hash of its id: its
tick comes once per interval at that place, counted from the start of the schedule. The
places are spread evenly, so a long list makes a steady trickle of probes and never a wave.

The first round does not wait for that: it takes no longer than the list needs at
FIRST_ROUND_RATE, and no longer than the interval. The tick after it is the first that is
at least half an interval later, so that nobody is probed twice in a row.

A tick that passes while its endpoint is still being probed, or waits for a free place,
is skipped, not made up for. How late probes start is `lag_seconds`.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import random
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple, Protocol

import structlog

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Change, Endpoint, ProbeError, ProbeFailure, ProbeResult, difference
from ocsp_staple_exporter.probe import Apart
from ocsp_staple_exporter.schedule.lag import Peak
from ocsp_staple_exporter.schedule.pace import Pace
from ocsp_staple_exporter.schedule.places import CLOCK_STEP, Places

FIRST_ROUND_RATE = 50
"""Probes per second in the first round, unless the interval demands more."""

JITTER = 1 / 20
"""The largest delay of a tick, as a part of the interval: it keeps us out of step with the servers' own timers."""

FEW_TURNS = 1000
"""Turns of endpoints that went may wait for their time, as long as they are not the most by more than these."""

Publish = Callable[[ProbeResult], None]


class Probe(Protocol):
    """What probes an endpoint; inside `apart` it waits for other probes and not for its host."""

    def __call__(self, endpoint: Endpoint, /, *, apart: Apart) -> Awaitable[ProbeResult]: ...


log = structlog.get_logger()


def place(endpoint: Endpoint) -> float:
    """Where in any interval the endpoint's tick is, 0 <= place < 1; the same in every process."""
    return int(endpoint.id, 16) / (1 << 4 * len(endpoint.id))


class _Turn(NamedTuple):
    """The next probe of an endpoint, in seconds of the loop's clock; sorted by its first two fields."""

    due: float
    number: int
    """Of the endpoint, in the order in which they came: no two turns are equal."""

    tick: float
    """The undelayed tick that `due` stems from."""

    place: float
    endpoint: Endpoint


class _UnderWay(NamedTuple):
    endpoint: Endpoint
    probe: asyncio.Task[ProbeResult]


class NoLongerWatchedError(Exception):
    """The endpoint went, or is probed in another way now, while somebody waited for its probe."""


class Schedule:
    """Probes every endpoint in its time, none twice at once, at most `probes_in_flight` together.

    Beside them, `probes_aside` whose hosts keep us waiting (places.py); at most `per_second` start in a second.

    `probe` should never raise; where it does, that is logged and published as an internal error.
    `chance` yields numbers from 0 to 1 for the jitter.
    """

    def __init__(  # noqa: PLR0913 - each has a default that tests keep
        self,
        endpoints: Iterable[Endpoint],
        probe: Probe,
        publish: Publish,
        *,
        probes_in_flight: int,
        probes_aside: int = 0,
        per_second: float | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._endpoints = {endpoint.id: endpoint for endpoint in endpoints}
        self._probe = probe
        self._publish = publish
        self._chance = chance
        self._origin: float | None = None
        self._first_round_ends = 0.0
        self._numbers = itertools.count()
        self._turns: list[_Turn] = []
        self._under_way: dict[str, _UnderWay] = {}
        self._places = Places(probes_in_flight, probes_aside)
        self._pace = Pace(per_second)
        self._look_again = asyncio.Event()
        self._lag = Peak()

    @property
    def in_flight(self) -> int:
        return len(self._under_way)

    @property
    def places_taken(self) -> int:
        """Of `probes_in_flight`. Probes that stand aside, or would for another, are under way without one."""
        return self._places.taken

    @property
    def lag_seconds(self) -> float:
        """The largest delay of the last one to two minutes between a probe's time and its start.

        A probe that is overdue and still waits counts with its delay so far.
        """
        now = asyncio.get_running_loop().time()
        self._drop_those_that_went()
        overdue = now - self._turns[0].due if self._turns else 0.0
        return max(overdue, self._lag.largest(now))

    def watch(self, endpoints: Iterable[Endpoint], *, probes_in_flight: int) -> None:
        """Watch exactly these from now on."""
        self.allow(probes_in_flight)
        self.change(difference(self._endpoints, {endpoint.id: endpoint for endpoint in endpoints}))

    def allow(self, probes_in_flight: int, *, probes_aside: int = 0, per_second: float | None = None) -> None:
        """So many probes together from now on; those beyond that end in peace."""
        self._places.resize(probes_in_flight, probes_aside)
        self._pace.allow(per_second)

    def change(self, change: Change[Endpoint]) -> None:
        """Watch these no longer, and those from now on; the others keep their turns. The new ones begin soon."""
        for endpoint in change.removed:
            self._endpoints.pop(endpoint.id, None)
            under_way = self._under_way.pop(endpoint.id, None)
            if under_way is not None:  # else it would be taken for a probe of what comes in its place
                under_way.probe.cancel()
        self._endpoints.update((endpoint.id, endpoint) for endpoint in change.added)
        if self._origin is None:
            return
        for turn in self._first_round(change.added):
            heapq.heappush(self._turns, turn)
        if len(self._turns) > 2 * len(self._endpoints) + FEW_TURNS:
            self._turns = [turn for turn in self._turns if self._is_watched(turn.endpoint)]
            heapq.heapify(self._turns)
        self._look_again.set()

    async def run(self) -> None:
        """Probe until cancelled; probes under way are then cancelled and awaited."""
        self._origin = asyncio.get_running_loop().time()
        self._turns = self._first_round(self._endpoints.values())
        heapq.heapify(self._turns)
        try:
            while True:
                await self._next_is_due()
                ticket = await self._places.take()
                await self._pace.keep()
                if self._is_due():  # still: the list may have changed meanwhile
                    self._start(heapq.heappop(self._turns), ticket)
                else:
                    self._places.free(ticket)
        finally:
            probes = [probe for _, probe in self._under_way.values()]
            for probe in probes:
                probe.cancel()
            await asyncio.gather(*probes, return_exceptions=True)

    async def probe_now(self, endpoint: Endpoint) -> ProbeResult:
        """Probe out of turn and publish. Where a probe of the endpoint is under way, its result is awaited instead.

        Raises NoLongerWatchedError where the probe is given up, since the list changed.
        """
        if endpoint.id not in self._under_way:
            ticket = await self._places.take()
            if endpoint.id in self._under_way:  # begun while we waited
                self._places.free(ticket)
            else:
                self._begin(endpoint, ticket)
        probe = self._under_way[endpoint.id].probe
        try:
            return await asyncio.shield(probe)
        except asyncio.CancelledError:
            if probe.cancelled():
                raise NoLongerWatchedError(endpoint.name) from None
            raise  # it was us who were not wanted any more

    def _is_watched(self, endpoint: Endpoint) -> bool:
        """As this object: an entry that changed is another endpoint, with a turn of its own."""
        return self._endpoints.get(endpoint.id) is endpoint

    def _first_round(self, endpoints: Collection[Endpoint]) -> list[_Turn]:
        """The first turns of these, after those whose first round still goes on."""
        now = asyncio.get_running_loop().time()
        begin = max(now, self._first_round_ends)
        length = len(endpoints) / FIRST_ROUND_RATE
        turns = []
        for endpoint in endpoints:
            where, interval = place(endpoint), _interval(endpoint)
            tick = begin + where * length if begin + length <= now + interval else now + where * interval
            turns.append(_Turn(tick, next(self._numbers), tick, where, endpoint))
        longest = max(map(_interval, endpoints), default=0.0)
        self._first_round_ends = max(begin, min(begin + length, now + longest))
        return turns

    def _drop_those_that_went(self) -> None:
        """So that the next turn is one of an endpoint that is watched."""
        while self._turns and not self._is_watched(self._turns[0].endpoint):
            heapq.heappop(self._turns)

    def _is_due(self) -> bool:
        self._drop_those_that_went()
        return bool(self._turns) and self._turns[0].due <= asyncio.get_running_loop().time() + CLOCK_STEP

    async def _next_is_due(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._is_due():
            self._look_again.clear()
            timer = loop.call_at(self._turns[0].due, self._look_again.set) if self._turns else None
            await self._look_again.wait()
            if timer is not None:
                timer.cancel()

    def _start(self, turn: _Turn, ticket: int) -> None:
        now = asyncio.get_running_loop().time()
        self._lag.note(now - turn.due, now)
        if turn.endpoint.id in self._under_way:  # on demand
            self._places.free(ticket)
            self._plan_after(turn)
        else:
            self._begin(turn.endpoint, ticket).add_done_callback(lambda _: self._plan_after(turn))

    def _begin(self, endpoint: Endpoint, ticket: int) -> asyncio.Task[ProbeResult]:
        """Probe on a place that was taken before."""
        probe = asyncio.create_task(self._probe_and_publish(endpoint, ticket))
        self._under_way[endpoint.id] = _UnderWay(endpoint, probe)
        probe.add_done_callback(lambda _: self._end(endpoint, ticket))
        return probe

    def _end(self, endpoint: Endpoint, ticket: int) -> None:
        under_way = self._under_way.get(endpoint.id)
        if under_way is not None and under_way.endpoint is endpoint:
            del self._under_way[endpoint.id]
        self._places.free(ticket)

    async def _probe_and_publish(self, endpoint: Endpoint, ticket: int) -> ProbeResult:
        result = await self._result(endpoint, ticket)
        try:
            self._publish(result)
        except Exception:
            log.exception("a result could not be published", target=endpoint.target, **dict(endpoint.fan_out))
        return result

    async def _result(self, endpoint: Endpoint, ticket: int) -> ProbeResult:
        started_at = datetime.now(UTC)
        try:
            return await self._probe(endpoint, apart=partial(self._places.apart, ticket))
        except Exception as error:
            log.exception(
                "a probe broke: this is a bug of the exporter", target=endpoint.target, **dict(endpoint.fan_out)
            )
            detail = printable(f"{type(error).__name__}: {error}")
            outcome = ProbeError(ProbeFailure.INTERNAL_ERROR, detail)
            return ProbeResult(endpoint=endpoint, started_at=started_at, outcome=outcome)

    def _plan_after(self, turn: _Turn) -> None:
        """Put the endpoint's next turn on the heap: the first tick that is neither past nor too soon."""
        if self._origin is None or not self._is_watched(turn.endpoint):
            return
        interval = _interval(turn.endpoint)
        earliest = max(turn.tick + interval / 2, asyncio.get_running_loop().time())
        first = self._origin + turn.place * interval
        tick = first + math.ceil((earliest - first) / interval) * interval
        next_turn = turn._replace(due=tick + self._chance() * JITTER * interval, tick=tick)
        heapq.heappush(self._turns, next_turn)
        if self._turns[0] is next_turn:
            self._look_again.set()


def _interval(endpoint: Endpoint) -> float:
    return endpoint.module.interval.total_seconds()
