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
import math
import random
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Endpoint, ProbeError, ProbeFailure, ProbeResult

FIRST_ROUND_RATE = 50
"""Probes per second in the first round, unless the interval demands more."""

JITTER = 1 / 20
"""The largest delay of a tick, as a part of the interval: it keeps us out of step with the servers' own timers."""

CLOCK_STEP = 0.001
"""Seconds. uvloop's clock counts milliseconds: waiting for less than one, a timer would fire too early and in vain."""

LAG_WINDOW = 60.0
"""Seconds for which a peak of the lag stays visible, so that a scrape does not miss it."""

Probe = Callable[[Endpoint], Awaitable[ProbeResult]]
Publish = Callable[[ProbeResult], None]

log = structlog.get_logger()


def place(endpoint: Endpoint) -> float:
    """Where in any interval the endpoint's tick is, 0 <= place < 1; the same in every process."""
    return int(endpoint.id, 16) / (1 << 4 * len(endpoint.id))


class _Turn(NamedTuple):
    """The next probe of an endpoint, in seconds of the loop's clock; sorted by its first two fields."""

    due: float
    number: int
    """Of the endpoint in its list: no two turns are equal."""

    tick: float
    """The undelayed tick that `due` stems from."""

    place: float
    endpoint: Endpoint


class Schedule:
    """Probes every endpoint in its time, none twice at once, at most `probes_in_flight` together.

    `probe` should never raise; where it does, that is logged and published as an internal error.
    `chance` yields numbers from 0 to 1 for the jitter.
    """

    def __init__(
        self,
        endpoints: Iterable[Endpoint],
        probe: Probe,
        publish: Publish,
        *,
        probes_in_flight: int,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._endpoints = tuple(endpoints)
        self._probe = probe
        self._publish = publish
        self._chance = chance
        self._origin = 0.0
        self._turns: list[_Turn] = []
        self._probes: set[asyncio.Task[None]] = set()
        self._free_places = asyncio.Semaphore(probes_in_flight)
        self._look_again = asyncio.Event()
        self._lag = _Peak()

    @property
    def in_flight(self) -> int:
        return len(self._probes)

    @property
    def lag_seconds(self) -> float:
        """The largest delay of the last one to two minutes between a probe's time and its start.

        A probe that is overdue and still waits counts with its delay so far.
        """
        now = asyncio.get_running_loop().time()
        overdue = now - self._turns[0].due if self._turns else 0.0
        return max(overdue, self._lag.largest(now))

    async def run(self) -> None:
        """Probe until cancelled; probes under way are then cancelled and awaited."""
        self._origin = asyncio.get_running_loop().time()
        self._turns = self._first_round()
        heapq.heapify(self._turns)
        try:
            while True:
                await self._next_is_due()
                await self._free_places.acquire()
                self._start(heapq.heappop(self._turns))
        finally:
            for probe in self._probes:
                probe.cancel()
            await asyncio.gather(*self._probes, return_exceptions=True)

    def _first_round(self) -> list[_Turn]:
        at_rate = len(self._endpoints) / FIRST_ROUND_RATE
        turns = []
        for number, endpoint in enumerate(self._endpoints):
            where = place(endpoint)
            tick = self._origin + where * min(at_rate, _interval(endpoint))
            turns.append(_Turn(tick, number, tick, where, endpoint))
        return turns

    async def _next_is_due(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._turns or self._turns[0].due > loop.time() + CLOCK_STEP:
            self._look_again.clear()
            timer = loop.call_at(self._turns[0].due, self._look_again.set) if self._turns else None
            await self._look_again.wait()
            if timer is not None:
                timer.cancel()

    def _start(self, turn: _Turn) -> None:
        now = asyncio.get_running_loop().time()
        self._lag.note(now - turn.due, now)
        probe = asyncio.create_task(self._take(turn))
        self._probes.add(probe)
        probe.add_done_callback(self._probes.discard)

    async def _take(self, turn: _Turn) -> None:
        try:
            self._publish(await self._result(turn.endpoint))
        except Exception:
            log.exception("a result could not be published", target=turn.endpoint.target)
        finally:
            self._free_places.release()
            self._plan_after(turn)

    async def _result(self, endpoint: Endpoint) -> ProbeResult:
        started_at = datetime.now(UTC)
        try:
            return await self._probe(endpoint)
        except Exception as error:
            log.exception("a probe broke: this is a bug of the exporter", target=endpoint.target)
            detail = printable(f"{type(error).__name__}: {error}")
            outcome = ProbeError(ProbeFailure.INTERNAL_ERROR, detail)
            return ProbeResult(endpoint=endpoint, started_at=started_at, outcome=outcome)

    def _plan_after(self, turn: _Turn) -> None:
        """Put the endpoint's next turn on the heap: the first tick that is neither past nor too soon."""
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


class _Peak:
    """The largest value of the last one to two windows."""

    def __init__(self) -> None:
        self._window = -1
        self._current = 0.0
        self._previous = 0.0

    def note(self, value: float, now: float) -> None:
        self._turn_over(now)
        self._current = max(self._current, value)

    def largest(self, now: float) -> float:
        self._turn_over(now)
        return max(self._current, self._previous)

    def _turn_over(self, now: float) -> None:
        window = int(now // LAG_WINDOW)
        if window != self._window:
            self._previous = self._current if window == self._window + 1 else 0.0
            self._current = 0.0
            self._window = window
