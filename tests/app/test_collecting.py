"""Which objects the collector of garbage still has to look at."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from ocsp_staple_exporter import collecting

KEPT = 50_000
PATIENCE = 10.0
"""Seconds."""


@asynccontextmanager
async def sparing() -> AsyncIterator[None]:
    task = asyncio.create_task(collecting.spare_collections())
    await asyncio.sleep(0)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def young() -> int:
    return len(gc.get_objects(generation=0)) + len(gc.get_objects(generation=1))


async def collection_of(generation: int) -> None:
    """Wait for the next one."""
    ended = asyncio.Event()

    def told(phase: str, info: dict[str, int]) -> None:
        if (phase, info["generation"]) == ("stop", generation):
            ended.set()

    gc.callbacks.append(told)
    try:
        await asyncio.wait_for(ended.wait(), PATIENCE)
    finally:
        gc.callbacks.remove(told)


def probe_all(results: dict[int, list[int]]) -> None:
    """Each new one takes the place of one that went."""
    for number in range(KEPT):
        results[number] = [number]


async def test_what_takes_the_place_of_what_went_does_not_stay_young(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "YOUNG_EVERY", 0.001)
    results: dict[int, list[int]] = {}
    probe_all(results)
    async with sparing():
        probe_all(results)
        assert young() > KEPT  # the collector itself did not see that they became so many
        await collection_of(1)
        assert young() < KEPT / 10


async def test_everything_is_looked_at_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "YOUNG_EVERY", 0.001)
    monkeypatch.setattr(collecting, "ALL_EVERY", 0.002)
    async with sparing():
        await collection_of(2)


async def test_the_collector_is_as_it_was_afterwards() -> None:
    before = gc.get_threshold()
    async with sparing():
        assert gc.get_threshold() != before
    assert gc.get_threshold() == before
