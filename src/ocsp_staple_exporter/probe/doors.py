"""How many probes may be at one IP address together: thousands of names may lead to one load balancer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

Apart = Callable[[], AbstractAsyncContextManager[None]]
"""Around the time for which a probe waits for other probes. It may take a while to leave."""


class Doors:
    """One for each address; who has entered leaves."""

    def __init__(self) -> None:
        self._most: int | None = None
        self._inside: dict[str, int] = {}
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    def allow(self, most: int | None) -> None:
        """So many inside together from now on, None: as many as come. Who waits is let in as others leave."""
        self._most = most

    def try_enter(self, ip: str) -> bool:
        """Enter if there is room and nobody waits for it."""
        inside = self._inside.get(ip, 0)
        if self._most is not None and (inside >= self._most or self._waiting.get(ip)):
            return False
        self._inside[ip] = inside + 1
        return True

    async def enter(self, ip: str) -> None:
        """Enter when it is one's turn."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(ip, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # our turn came as we were called away
                self.leave(ip)
            raise

    def leave(self, ip: str) -> None:
        """Let in those who wait, as far as there is room."""
        inside = self._inside[ip] - 1
        waiting = self._waiting.get(ip, deque())
        while waiting and (self._most is None or inside < self._most):
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                inside += 1
        if not waiting:
            self._waiting.pop(ip, None)
        if inside:
            self._inside[ip] = inside
        else:
            del self._inside[ip]
