from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from ocsp_staple_exporter.config import Config, Limits
from ocsp_staple_exporter.model import Endpoint, Module, ProbeResult
from tests.api.site import real_parts, serving_parts
from tests.exposition import made_results as made
from tests.web.made_parts import Idle, parts


class Probes:
    """Probes that wait until they are released."""

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self.started = asyncio.Semaphore(0)
        self.asked: list[Endpoint] = []
        self.cancelled = asyncio.Event()

    async def __call__(
        self, endpoint: Endpoint, *, may_connect: Callable[[str], bool] = lambda _: True, **_more: object
    ) -> ProbeResult:
        assert may_connect("127.0.0.1")
        self.asked.append(endpoint)
        self.started.release()
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return made.result(of=endpoint)


async def test_the_scrapes_timeout_cuts_the_modules() -> None:
    probes = Probes()
    probes.released.set()
    async with serving_parts(replace(parts(), probe=probes)) as site:
        await site.ask("/probe?target=a.example", headers={"X-Prometheus-Scrape-Timeout-Seconds": "4"})
        await site.ask("/probe?target=a.example")
    assert [endpoint.module.timeout.total_seconds() for endpoint in probes.asked] == [3.5, 15]


@pytest.mark.parametrize(
    ("limit", "taken", "places"), [(4, 0, 4), (4, 2, 2), (4, 3, 1), (4, 4, 1), (8, 8, 2), (1, 1, 1)]
)
async def test_more_than_the_places_is_a_503_until_one_is_free(limit: int, taken: int, places: int) -> None:
    probes, busy = Probes(), Idle()
    busy.in_flight, busy.places_taken = 4096 + taken, taken  # thousands of dead hosts stand aside
    given = replace(parts(config=Config((), Limits(limit))), probe=probes)
    given.own.progress = busy
    async with asyncio.timeout(10), serving_parts(given) as site:
        asked = [asyncio.create_task(site.ask("/probe?target=a.example")) for _ in range(places)]
        for _ in asked:
            await probes.started.acquire()
        refused = await site.ask("/probe?target=a.example")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
        assert (await site.ask("/metrics")).status == 200
        probes.released.set()
        assert {reply.status for reply in await asyncio.gather(*asked)} == {200}
        assert (await site.ask("/probe?target=a.example")).status == 200


async def test_a_client_that_goes_away_ends_its_probe() -> None:
    probes = Probes()
    async with serving_parts(replace(parts(config=Config((), Limits(1))), probe=probes)) as site:
        gone = asyncio.create_task(site.ask("/probe?target=a.example"))
        await probes.started.acquire()
        gone.cancel()
        async with asyncio.timeout(5):
            await probes.cancelled.wait()
            await asyncio.gather(gone, return_exceptions=True)
        probes.released.set()
        assert (await site.ask("/probe?target=a.example")).status == 200


async def test_the_end_of_the_server_ends_a_probe() -> None:
    probes = Probes()
    async with serving_parts(replace(parts(), probe=probes)) as site:
        asked = asyncio.create_task(site.ask("/probe?target=a.example"))
        await probes.started.acquire()
    assert probes.cancelled.is_set()
    await asyncio.gather(asked, return_exceptions=True)


async def test_a_bug_of_ours_is_a_probe_that_failed() -> None:
    async def broken(
        endpoint: Endpoint, *, may_connect: Callable[[str], bool] = lambda _: True, **_more: object
    ) -> ProbeResult:
        raise RuntimeError(f"{endpoint} {may_connect}")

    async with serving_parts(replace(parts(), probe=broken)) as site:
        reply = await site.ask("/probe?target=a.example")
    assert reply.status == 200
    assert b'ocsp_staple_probe_error{reason="internal_error"} 1.0\n' in reply.body
    assert b"ocsp_staple_probe_success 0.0\n" in reply.body


async def test_a_reload_counts_from_the_next_question() -> None:
    config = [Config((), modules={"default": Module()})]
    given = replace(real_parts(config[0]), config=lambda: config[-1])
    async with serving_parts(given) as site:
        assert (await site.ask("/probe?target=127.0.0.1:1&module=new")).status == 400
        config.append(Config((), modules={"default": Module(), "new": Module(name="new")}))
        assert (await site.ask("/probe?target=127.0.0.1:1&module=new")).status == 200
