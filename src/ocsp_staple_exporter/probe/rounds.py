"""The handshakes of one probe: those that the module asks for, then retries while a staple that is due is missing.

Most probes make one handshake, and it tells all. A server whose workers each fetch a staple
for themselves answers differently from one connection to the next, and so do several
servers behind one address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ocsp_staple_exporter.model import Endpoint, Observation, PeerError, Phase, ProbeError, Rounds, Verdict
from ocsp_staple_exporter.probe.comparing import compared, lacks_a_due_staple
from ocsp_staple_exporter.probe.failing import forget_frames
from ocsp_staple_exporter.probe.stopwatch import Stopwatch


class Sitting:
    """What has been seen of one address so far; it outlives the deadline that ends it."""

    def __init__(self, endpoint: Endpoint, stopwatch: Stopwatch) -> None:
        self._endpoint = endpoint
        self._stopwatch = stopwatch
        self._seen: list[Observation | ProbeError] = []
        self._left_out = endpoint.module.handshakes
        """Handshakes that are still to be made, as far as can be told now."""

        self._slowest = 0.0
        """Seconds of the longest handshake, with its connection and its verdict."""

    async def shake_hands(
        self, once: Callable[[], Awaitable[Observation]], deadline: float
    ) -> Observation | ProbeError:
        """As often as the module says; what the deadline, a time of the event loop, has no room for is left out.

        A PeerError of `once` becomes a ProbeError among the handshakes.
        """
        loop, module = asyncio.get_running_loop(), self._endpoint.module
        while self._left_out:
            wait = module.staple_retry_delay.total_seconds() if len(self._seen) >= module.handshakes else 0.0
            began = loop.time()
            if self._seen and began + wait + self._slowest > deadline:
                break
            if wait:
                self._stopwatch.begin(Phase.WAIT)
                await asyncio.sleep(wait)
            await self._shake_hands(once)
            self._slowest = max(self._slowest, loop.time() - began - wait)
        return self._together()

    @property
    def outcome(self) -> Observation | ProbeError | None:
        """What the handshakes so far come to together; None before the first has ended."""
        return self._together() if self._seen else None

    def _together(self) -> Observation | ProbeError:
        """The first failure where no handshake could be read."""
        if len(self._seen) == 1 and not self._left_out:
            return self._seen[0]
        if not any(isinstance(one, Observation) for one in self._seen):
            return self._seen[0]
        rounds = Rounds(seen=tuple(self._seen), retries=self._retries, left_out=self._left_out)
        return compared(self._endpoint, rounds)

    async def _shake_hands(self, once: Callable[[], Awaitable[Observation]]) -> None:
        seen: Observation | ProbeError
        try:
            seen = await once()
        except PeerError as error:
            seen = ProbeError(error.reason, error.detail)
            forget_frames(error)
        self._seen.append(next((known for known in self._seen if known == seen), seen))
        module = self._endpoint.module
        self._left_out = max(0, module.handshakes - len(self._seen))
        if self._lacks_a_staple():
            self._left_out += module.staple_retries - self._retries

    @property
    def _retries(self) -> int:
        return max(0, len(self._seen) - self._endpoint.module.handshakes)

    def _lacks_a_staple(self) -> bool:
        """None came, and one is due."""
        observed = [one for one in self._seen if isinstance(one, Observation)]
        if any(isinstance(one.assessment, Verdict) for one in observed):
            return False
        return any(map(lacks_a_due_staple, observed))
