"""Places for probes: a bound on how many are under way together.

A host that has not answered for PATIENCE will most likely not answer before its deadline. Its
probe gives up its place and stands aside, where there is room for more: so dead hosts take no
place of living ones, however many wait for their deadline.
"""

from __future__ import annotations

import asyncio
import itertools

PATIENCE = 1.0
"""Seconds. A living host answers in less, but for those that wait for something themselves."""

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
        self._changed = asyncio.Event()

    async def take(self) -> int:
        """A ticket for one probe, as soon as there is a place."""
        now = asyncio.get_running_loop().time
        while len(self._taken) >= self._number and not self._step_aside(now()):
            await self._wait()
        ticket = next(self._tickets)
        self._taken[ticket] = now()
        return ticket

    def free(self, ticket: int) -> None:
        if self._taken.pop(ticket, None) is None:
            self._aside.discard(ticket)
        self._changed.set()

    def resize(self, number: int, aside: int) -> None:
        """Where there are fewer now, probes under way still end in peace."""
        self._number, self._room_aside = number, aside
        self._changed.set()

    def _step_aside(self, now: float) -> bool:
        """Let the oldest probe stand aside, if it has waited for long enough and there is room."""
        ticket, since = next(iter(self._taken.items()))
        if now + CLOCK_STEP < since + PATIENCE or len(self._aside) >= self._room_aside:
            return False
        del self._taken[ticket]
        self._aside.add(ticket)
        return len(self._taken) < self._number

    async def _wait(self) -> None:
        """Until a place is freed, or the oldest probe may stand aside."""
        self._changed.clear()
        timer = None
        if len(self._aside) < self._room_aside:
            may_step_aside = next(iter(self._taken.values())) + PATIENCE
            timer = asyncio.get_running_loop().call_at(may_step_aside, self._changed.set)
        try:
            await self._changed.wait()
        finally:
            if timer is not None:
                timer.cancel()
