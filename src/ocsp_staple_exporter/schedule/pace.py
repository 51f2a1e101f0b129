"""How quickly one probe may follow another."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress


class Pace:
    """At most so many starts per second, evenly; None: as they come."""

    def __init__(self, per_second: float | None) -> None:
        self._per_second = per_second
        self._last = -math.inf
        self._changed = asyncio.Event()

    def allow(self, per_second: float | None) -> None:
        """So many from now on, also for one that waits already."""
        self._per_second = per_second
        self._changed.set()

    async def keep(self) -> None:
        """Return when the next may start. For one waiting caller."""
        now = asyncio.get_running_loop().time
        asked = now()
        while (due := self._due()) > now():
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self._changed.wait()
        self._last = max(self._due(), asked)

    def _due(self) -> float:
        """When the next may start, in the loop's time."""
        return -math.inf if self._per_second is None else self._last + 1 / self._per_second
