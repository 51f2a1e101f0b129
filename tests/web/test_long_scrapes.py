"""A text that is too long to be held whole goes out in parts."""

from __future__ import annotations

import asyncio
import gzip
import logging
import random
import re
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import pytest_asyncio

from ocsp_staple_exporter.exposition import Exposition
from ocsp_staple_exporter.web import metrics as metrics_module
from ocsp_staple_exporter.web.connection import Connection
from ocsp_staple_exporter.web.listening import ListenAddress, listen, name
from ocsp_staple_exporter.web.parts import Parts
from ocsp_staple_exporter.web.serving import serving
from ocsp_staple_exporter.web.site import web_app
from tests.exposition import made_results as made
from tests.web.made_parts import parts as made_parts

MEGABYTE = random.Random(1).randbytes(1 << 20)  # noqa: S311 - no secret
"""Which gzip makes no smaller."""

LONG = 200
"""Megabytes: more than all buffers on the way to a client hold."""

TURNS = 500
"""Of the event loop, in which a text that nobody reads would grow."""


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


async def raw(session: aiohttp.ClientSession, request: bytes) -> bytes:
    """All that the server says until it ends the connection."""
    url = session._base_url
    assert url is not None
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(request)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_the_head_of_one_has_no_length_and_no_body(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_module, "PART_BYTES", 1)
    next_one = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    said = await raw(session, b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n" + next_one)
    head, _, rest = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"content-length" not in head.lower()
    assert rest.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("connection", [b"keep-alive", b"close"])
async def test_one_goes_out_whole_where_http_has_no_chunks(
    session: aiohttp.ClientSession, connection: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9112 §7.1: else an end in the middle would look like the end."""
    monkeypatch.setattr(metrics_module, "PART_BYTES", 1)
    next_one = b"GET /-/healthy HTTP/1.0\r\nConnection: close\r\n\r\n" if connection == b"keep-alive" else b""
    said = await raw(session, b"GET /metrics HTTP/1.0\r\nConnection: " + connection + b"\r\n\r\n" + next_one)
    head, _, rest = said.partition(b"\r\n\r\n")
    (length,) = re.findall(rb"(?i)content-length: (\d+)", head)
    body, after = rest[: int(length)], rest[int(length) :]
    assert body.count(b"\nprocess_cpu_seconds_total ") == 1
    assert after.endswith(b"Healthy.\n" if next_one else b"")


@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_no_part_is_made_before_there_is_room_for_it_and_none_for_who_has_left(
    session: aiohttp.ClientSession, coding: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    paused, full, ended, left = asyncio.Event(), asyncio.Event(), asyncio.Event(), asyncio.Event()
    made, made_while_full = [], []

    def families(_exposition: Exposition, _now: float) -> Iterator[bytes]:
        try:
            for number in range(LONG):
                made.append(number)
                if full.is_set():
                    made_while_full.append(number)
                yield MEGABYTE
        finally:
            ended.set()

    def pause_writing(connection: Connection) -> None:
        paused.set()
        full.set()
        pause(connection)

    def resume_writing(connection: Connection) -> None:
        full.clear()
        resume(connection)

    def connection_lost(connection: Connection, error: BaseException | None) -> None:
        lose(connection, error)
        left.set()

    pause, resume, lose = Connection.pause_writing, Connection.resume_writing, Connection.connection_lost
    monkeypatch.setattr(Exposition, "families", families)
    monkeypatch.setattr(Connection, "pause_writing", pause_writing)
    monkeypatch.setattr(Connection, "resume_writing", resume_writing)
    monkeypatch.setattr(Connection, "connection_lost", connection_lost)
    response = await session.get("/metrics", headers={"Accept-Encoding": coding})
    assert await response.content.read(100)
    await asyncio.wait_for(paused.wait(), 10)
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert made_while_full == []
    response.close()
    await asyncio.wait_for(ended.wait(), 10)
    await asyncio.wait_for(left.wait(), 10)
    assert len(made) < LONG
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
