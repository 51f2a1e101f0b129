"""How quickly one probe may follow another."""

from __future__ import annotations

import asyncio


class Pace:
    """At most so many starts per second, evenly; None: as they come."""

    def __init__(self, per_second: float | None) -> None:
        self.per_second = per_second
        self._next = 0.0

    async def keep(self) -> None:
        """Return when the next may start."""
        if self.per_second is None:
            return
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now)
        wait = self._next - now
        self._next += 1 / self.per_second
        if wait > 0:
            await asyncio.sleep(wait)
