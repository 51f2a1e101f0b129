"""When each name is looked up: again and again, each at its place in its period."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import zlib
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import structlog

AT_ONCE = 32
"""Look-ups under way together: half of the resolver's threads, so that the other half serves probes."""

CLOCK_STEP = 0.001
"""Seconds. uvloop's clock counts milliseconds: waiting for less than one, a timer would fire too early and in vain."""

log = structlog.get_logger()


class _Turn(NamedTuple):
    """The next look-up of a name, in seconds of the loop's clock."""

    due: float
    number: int
    """No two turns have the same."""

    name: str
    period: float


class Rounds:
    """`look` is called for every name, the first time at once. It should never raise."""

    def __init__(self, look: Callable[[str], Awaitable[None]]) -> None:
        self._look = look
        self._numbers = itertools.count()
        self._valid: dict[str, int] = {}
        """The number of each name's turn; others of that name are void."""

        self._turns: list[_Turn] = []
        self._free = asyncio.Semaphore(AT_ONCE)
        self._changed = asyncio.Event()

    def begin(self, name: str, period: float) -> None:
        """`period` is in seconds. Begun once more, a name has its first look-up once more."""
        self._plan(_Turn(-math.inf, next(self._numbers), name, period))

    def end(self, name: str) -> None:
        self._valid.pop(name, None)

    async def run(self) -> None:
        """Look until cancelled; what is under way is then cancelled too."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._next_is_due()
                await self._free.acquire()
                turn = heapq.heappop(self._turns)
                group.create_task(self._take(turn))

    def _plan(self, turn: _Turn) -> None:
        self._valid[turn.name] = turn.number
        heapq.heappush(self._turns, turn)
        self._changed.set()

    async def _take(self, turn: _Turn) -> None:
        try:
            if self._valid.get(turn.name) == turn.number:
                await self._look(turn.name)
        except Exception:
            log.exception("a look-up broke: this is a bug of the exporter", name=turn.name)
        finally:
            self._free.release()
        if self._valid.get(turn.name) == turn.number:  # still: the list may have changed meanwhile
            self._plan(turn._replace(due=_next_tick(turn), number=next(self._numbers)))

    async def _next_is_due(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._turns or self._turns[0].due > loop.time() + CLOCK_STEP:
            self._changed.clear()
            timer = loop.call_at(self._turns[0].due, self._changed.set) if self._turns else None
            await self._changed.wait()
            if timer is not None:
                timer.cancel()


def _next_tick(turn: _Turn) -> float:
    """The first at the name's place in the period that is at least half a period away."""
    place = zlib.crc32(turn.name.encode("utf-8", "surrogatepass")) / 2**32
    earliest = asyncio.get_running_loop().time() + turn.period / 2
    return (math.ceil(earliest / turn.period - place) + place) * turn.period
