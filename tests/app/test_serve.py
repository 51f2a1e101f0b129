from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable

import aiohttp
import pytest

from ocsp_staple_exporter import app
from ocsp_staple_exporter.config import Config, Limits
from ocsp_staple_exporter.model import Endpoint, ProbeResult
from ocsp_staple_exporter.schedule import Schedule
from ocsp_staple_exporter.web.listening import ListenAddress, listen, name
from tests.exposition import made_results as made

CONFIG = Config(targets=(made.target("a"),), limits=Limits(probes_in_flight=1))


@pytest.fixture
def sockets() -> list[socket.socket]:
    return listen([ListenAddress("127.0.0.1", 0)])


async def answer(
    endpoint: Endpoint, *, may_connect: Callable[[str], bool] = lambda _: True, **_more: object
) -> ProbeResult:
    assert may_connect("127.0.0.1")
    return made.result(of=endpoint)


async def test_what_a_probe_finds_is_served(sockets: list[socket.socket]) -> None:
    url = f"http://{name(sockets[0])}"
    serving = asyncio.create_task(app.serve(CONFIG, sockets, probe=answer))
    async with asyncio.timeout(10), aiohttp.ClientSession(url) as session:
        text = ""
        while 'ocsp_staple_verified{target="a"} 1.0\n' not in text:
            async with session.get("/metrics") as response:
                text = await response.text()
    os.kill(os.getpid(), signal.SIGTERM)
    await serving
    assert sockets[0].fileno() == -1


async def test_a_broken_schedule_ends_the_exporter_with_its_error(
    sockets: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(_self: Schedule) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Schedule, "run", run)
    with pytest.raises(ExceptionGroup) as caught:
        await app.serve(CONFIG, sockets, probe=answer)
    assert isinstance(caught.value.exceptions[0], ZeroDivisionError)
    assert sockets[0].fileno() == -1


def test_uvloop_is_used_where_it_is_installed() -> None:
    uvloop = pytest.importorskip("uvloop")
    assert app.loop_factory() is uvloop.new_event_loop


def test_asyncio_serves_where_uvloop_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert app.loop_factory() is None
