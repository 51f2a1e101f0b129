"""Places for probes: a bound on how many are under way together."""

from __future__ import annotations

import asyncio


class Places:
    """How many probes may be under way together."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._taken = 0
        self._changed = asyncio.Event()

    async def take(self) -> None:
        while self._taken >= self._number:
            self._changed.clear()
            await self._changed.wait()
        self._taken += 1

    def free(self) -> None:
        self._taken -= 1
        self._changed.set()

    def resize(self, number: int) -> None:
        """Where there are fewer now, probes under way still end in peace."""
        self._number = number
        self._changed.set()
