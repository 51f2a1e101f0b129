"""Places for probes: a bound on how many are under way together.

A host that has not answered for PATIENCE will most likely not answer before its deadline. Its
probe gives up its place and stands aside, where there is room for more: so dead hosts take no
place of living ones, however many wait for their deadline.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

PATIENCE = 1.0
"""Seconds. A living host answers in less, but for those that wait for something themselves."""

LONG_TURN = 0.05
"""Seconds of a turn of the event loop from which on probes wait for us and not for their hosts: more of them
under way would only make all of them slower."""

CLOCK_STEP = 0.001
"""Seconds. uvloop's clock counts milliseconds, so a timer may fire that much too early."""


class Places:
    """How many probes may be under way together: so many in places, and so many that stand aside."""

    def __init__(self, number: int, aside: int) -> None:
        self._number = number
        self._room_aside = aside
        self._taken: dict[int, float] = {}  # by ticket, the time of the loop at which it was taken; the oldest first
        self._aside: set[int] = set()
        self._tickets = itertools.count()
        self._turn = asyncio.Lock()
        """Of those who wait, the first has it: a place that is freed wakes nobody else."""

        self._changed = asyncio.Event()

    @property
    def taken(self) -> int:
        """Those that nobody could have now. A probe that may stand aside does so only once its place is wanted."""
        now = asyncio.get_running_loop().time()
        waiting = sum(1 for _ in itertools.takewhile(partial(_is_patient, now), self._taken.values()))
        return len(self._taken) - min(waiting, max(0, self._room_aside - len(self._aside)))

    async def take(self) -> int:
        """A ticket for one probe, as soon as there is a place."""
        ticket = next(self._tickets)
        await self._take(ticket)
        return ticket

    @asynccontextmanager
    async def apart(self, ticket: int) -> AsyncIterator[None]:
        """For a probe that waits for other probes: meanwhile it has neither a place nor room aside."""
        self.free(ticket)
        yield
        await self._take(ticket)

    async def _take(self, ticket: int) -> None:
        now = asyncio.get_running_loop().time
        if self._turn.locked() or len(self._taken) >= self._number:
            async with self._turn:
                await self._until_one_is_free()
                self._taken[ticket] = now()
        else:
            self._taken[ticket] = now()

    async def _until_one_is_free(self) -> None:
        now = asyncio.get_running_loop().time
        while len(self._taken) >= self._number:
            if self._may_step_aside(now()) and await _turn_of_the_loop() <= LONG_TURN:
                self._step_aside()
            elif len(self._taken) >= self._number:  # still: that turn may have freed one, and nobody tells us again
                await self._wait()

    def free(self, ticket: int) -> None:
        """Of a probe that has ended, wherever it was."""
        if self._taken.pop(ticket, None) is None:
            self._aside.discard(ticket)
        self._changed.set()

    def resize(self, number: int, aside: int) -> None:
        """Where there are fewer now, probes under way still end in peace."""
        self._number, self._room_aside = number, aside
        self._changed.set()

    def _may_step_aside(self, now: float) -> bool:
        """The oldest probe has waited for long enough, and there is room."""
        if not self._taken or len(self._aside) >= self._room_aside:
            return False
        return _is_patient(now, next(iter(self._taken.values())))

    def _step_aside(self) -> None:
        """Whichever is the oldest by now."""
        if self._taken:
            ticket = next(iter(self._taken))
            del self._taken[ticket]
            self._aside.add(ticket)

    async def _wait(self) -> None:
        """Until a place is freed, or the oldest probe may stand aside, or may be looked at again."""
        self._changed.clear()
        timer = None
        if self._taken and len(self._aside) < self._room_aside:
            loop = asyncio.get_running_loop()
            oldest = next(iter(self._taken.values()))
            due = oldest + PATIENCE if oldest + PATIENCE > loop.time() + CLOCK_STEP else loop.time() + PATIENCE
            timer = loop.call_at(due, self._changed.set)
        try:
            await self._changed.wait()
        finally:
            if timer is not None:
                timer.cancel()


def _is_patient(now: float, since: float) -> bool:
    """A probe that took its place at `since` has waited for long enough to stand aside."""
    return now + CLOCK_STEP >= since + PATIENCE


async def _turn_of_the_loop() -> float:
    """Seconds that the event loop takes for everybody who is ready."""
    now = asyncio.get_running_loop().time
    began = now()
    await asyncio.sleep(0)
    return now() - began
