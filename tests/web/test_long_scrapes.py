"""A text that is too long to be held whole goes out in parts."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import pytest_asyncio

from ocsp_staple_exporter.exposition import Exposition
from ocsp_staple_exporter.web import metrics as metrics_module
from ocsp_staple_exporter.web.listening import ListenAddress, listen, name
from ocsp_staple_exporter.web.parts import Parts
from ocsp_staple_exporter.web.serving import serving
from ocsp_staple_exporter.web.site import web_app
from tests.exposition import made_results as made
from tests.web.made_parts import parts as made_parts

ENDLESS = 100_000
"""Megabytes: more than any machine has."""


@pytest.fixture
def parts() -> Parts:
    parts = made_parts([made.endpoint(f"host-{number}") for number in range(300)])
    for endpoint in parts.results.endpoints:
        parts.results.publish(made.result(of=endpoint))
    return parts


@pytest_asyncio.fixture
async def session(parts: Parts) -> AsyncIterator[aiohttp.ClientSession]:
    sockets = listen([ListenAddress("127.0.0.1", 0)])
    async with (
        serving(web_app(parts), sockets),
        aiohttp.ClientSession(f"http://{name(sockets[0])}", auto_decompress=False) as session,
    ):
        yield session


def of_endpoints(text: bytes) -> bytes:
    """Without the exporter's own metrics and the countdowns, which differ from scrape to scrape."""
    return text[: text.index(b"# HELP ocsp_staple_seconds_until_next_update")]


@pytest.mark.parametrize("part_bytes", [1, 1000, 100_000])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_it_is_the_same_text(
    session: aiohttp.ClientSession, parts: Parts, part_bytes: int, coding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_module, "PART_BYTES", part_bytes)
    async with session.get("/metrics", headers={"Accept-Encoding": coding}) as response:
        body = await response.read()
    assert response.headers.get("Content-Encoding", "identity") == coding
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "Content-Length" not in response.headers
    text = gzip.decompress(body) if coding == "gzip" else body
    whole = b"".join(parts.exposition.families(made.NOW.timestamp()))
    assert of_endpoints(text) == of_endpoints(whole)
    assert text.count(b"\nprocess_cpu_seconds_total ") == 1


async def test_a_short_one_goes_out_whole_and_with_its_length(session: aiohttp.ClientSession) -> None:
    async with session.get("/metrics", headers={"Accept-Encoding": "identity"}) as response:
        body = await response.read()
    assert int(response.headers["Content-Length"]) == len(body)


async def test_the_head_of_one_has_no_length_and_no_body(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_module, "PART_BYTES", 1)
    async with session.head("/metrics") as response:
        assert (response.status, await response.read()) == (200, b"")
    async with session.get("/-/healthy") as response:  # on the same connection
        assert await response.read() == b"Healthy.\n"


@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_no_part_is_made_before_there_is_room_for_it(
    session: aiohttp.ClientSession, coding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endless text would fill the memory otherwise; who leaves ends it."""
    ended = asyncio.Event()

    def families(_exposition: Exposition, _now: float) -> Iterator[bytes]:
        try:
            for number in range(ENDLESS):
                yield number.to_bytes(4) * (1 << 18)
        finally:
            ended.set()

    monkeypatch.setattr(Exposition, "families", families)
    response = await session.get("/metrics", headers={"Accept-Encoding": coding})
    assert await response.content.read(100)
    response.close()
    await asyncio.wait_for(ended.wait(), 10)
