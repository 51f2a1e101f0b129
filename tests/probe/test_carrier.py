"""What a socket does that is ready, full or gone."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import pytest

from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.probe.carrier import Carrier
from ocsp_staple_exporter.probe.failing import PhaseError


class Talker:
    """Says so much to whatever it hears, and is done when it has heard three times."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.heard: list[bytes] = []
        self.hears = asyncio.Event()

    @property
    def done(self) -> bool:
        return len(self.heard) == 3

    def receive(self, data: bytes) -> bytes:
        if not data:
            return b""
        self.heard.append(data)
        self.hears.set()
        return self._answer

    def receive_eof(self) -> None:
        raise AssertionError("nobody closes")


async def converse(answer: bytes, peer: socket.socket, ours: socket.socket) -> Talker:
    talker = Talker(answer)
    with Carrier(ours) as carrier:
        carrying = asyncio.ensure_future(carrier.carry(talker))
        loop = asyncio.get_running_loop()
        for _ in range(3):
            talker.hears.clear()
            await loop.sock_sendall(peer, b"?")
            hears = asyncio.create_task(talker.hears.wait())
            await asyncio.wait({hears, carrying}, return_when=asyncio.FIRST_COMPLETED)
            hears.cancel()
        async with asyncio.timeout(10):
            await carrying
    return talker


@pytest.fixture
def pair() -> tuple[socket.socket, socket.socket]:
    ours, peer = socket.socketpair()
    for end in (ours, peer):
        end.settimeout(0)  # non-blocking
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    return ours, peer


async def test_what_fits_the_buffer_is_sent_though_nobody_reads_it_yet(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, peer = pair
    with ours, peer:
        assert len((await converse(b"!", peer, ours)).heard) == 3
        assert peer.recv(10) == b"!!!"


async def test_a_peer_that_reads_nothing_is_given_up_where_its_buffer_is_full(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, peer = pair
    with ours, peer, pytest.raises(PhaseError) as failed:
        await converse(b"!" * 3000, peer, ours)
    assert failed.value.reason is ProbeFailure.CONNECTION_RESET
    assert failed.value.detail == "No buffer space available"


@pytest.mark.parametrize("seconds", [0, 1e-5])
async def test_a_deadline_that_comes_with_the_connection_breaks_nothing(seconds: float) -> None:
    """On asyncio's own loop the socket is told ready once more before the waiting ends."""
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    async def one(listener: socket.socket) -> None:
        with socket.socket() as ours:
            ours.settimeout(0)
            with Carrier(ours) as carrier, suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await carrier.connect(listener.getsockname())

    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        await asyncio.gather(*(one(listener) for _ in range(300)))
    assert complaints == []
