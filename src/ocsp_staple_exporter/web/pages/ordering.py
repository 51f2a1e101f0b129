"""Other orders of the list than the worst first; a hundred thousand endpoints hold nobody up."""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import Callable, Sequence
from itertools import islice

from ocsp_staple_exporter.model import Endpoint
from ocsp_staple_exporter.results import Results
from ocsp_staple_exporter.web.pages.complaints import verdict_of

AT_ONCE = 1000
"""Endpoints that are looked at before the event loop gets its turn: 2 to 4 ms."""


async def by_name(endpoints: Sequence[Endpoint], *, offset: int, limit: int) -> tuple[Endpoint, ...]:
    """The endpoints `offset` to `offset + limit` in the order of their names."""
    return await _ordered(endpoints, lambda _: 0.0, offset, limit)


async def by_time_left(
    endpoints: Sequence[Endpoint], results: Results, *, offset: int, limit: int
) -> tuple[Endpoint, ...]:
    """What is stale for the longest first; last, what has no nextUpdate."""

    def end(endpoint: Endpoint) -> float:
        verdict = verdict_of(results.latest(endpoint.id))
        return verdict.next_update.timestamp() if verdict and verdict.next_update else math.inf

    return await _ordered(endpoints, end, offset, limit)


async def _ordered(
    endpoints: Sequence[Endpoint], key: Callable[[Endpoint], float], offset: int, limit: int
) -> tuple[Endpoint, ...]:
    """By the key, then by name: parts are sorted, then merged as far as is asked for."""
    if offset >= len(endpoints):
        return ()
    runs = []
    for start in range(0, len(endpoints), AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, len(endpoints)))
        runs.append(sorted((key(endpoints[number]), endpoints[number].name, number) for number in numbers))
        await asyncio.sleep(0)
    merged = heapq.merge(*runs)
    for passed in range(0, offset, AT_ONCE):
        for _ in islice(merged, min(AT_ONCE, offset - passed)):
            pass
        await asyncio.sleep(0)
    return tuple(endpoints[number] for _, _, number in islice(merged, limit))
