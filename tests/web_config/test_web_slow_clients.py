"""Clients that take their time, of every kind, and one that does not have to wait for them."""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import resource
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from ocsp_staple_exporter.web import serving as serving_module
from ocsp_staple_exporter.web.connection import Patience
from ocsp_staple_exporter.web.visitors import Visitors
from ocsp_staple_exporter.web.web_config import passwords
from tests.web_config.live import LARGE, Run, access, basic, hang_up, hashed, site, trusting

MANY = 200
HASTY = Patience(handshake=0.1, request=0.1, idle=0.1, reading=0.1)
WITH_REQUESTS = Patience(request=0.1)


@asynccontextmanager
async def crowd(port: int, send: bytes, count: int = MANY) -> AsyncIterator[list[socket.socket]]:
    """Clients that send this and nothing more, and read nothing."""
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.socket()) for _ in range(count)]
        for client in clients:
            client.settimeout(0)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await loop.sock_connect(client, ("127.0.0.1", port))
            with suppress(ConnectionError):  # there was no room
                await loop.sock_sendall(client, send)
        await asyncio.sleep(0.05)  # until the last one is let in
        yield clients


async def is_closed(client: socket.socket) -> bool:
    """Whether the other side ends the connection; what it still sends is read."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(5):
            while await loop.sock_recv(client, 1 << 20):
                pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("most", [serving_module.MOST_CONNECTIONS, 50], ids=["room for all", "room for few"])
@pytest.mark.parametrize(
    "send",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n", id="half a header"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", id="idle"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT", id="half of a second request"),
        pytest.param(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n", id="no reading"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx", id="half a body"),
        pytest.param(b"not HTTP", id="no HTTP"),
    ],
)
def test_slow_clients_hold_nobody_up(run: Run, send: bytes, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.web_config.live.LARGE", LARGE[:1_000_000])

    async def ask() -> None:
        async with site(most_connections=most) as listening, crowd(listening.port, send):
            async with asyncio.timeout(5):
                for _ in range(3):
                    assert (await listening.ask()).status == 200

    run(ask())


@pytest.mark.parametrize("most", [serving_module.MOST_CONNECTIONS, 50], ids=["room for all", "room for few"])
@pytest.mark.parametrize("send", [b"", b"\x16\x03\x01\x02\x00\x01"], ids=["nothing", "half a ClientHello"])
def test_handshakes_that_never_end_hold_nobody_up(tmp_path: Path, run: Run, send: bytes, most: int) -> None:
    async def ask() -> None:
        async with site(access(tmp_path), most_connections=most) as listening, crowd(listening.port, send):
            async with asyncio.timeout(5):
                for _ in range(3):
                    assert (await listening.ask(context=trusting(tmp_path))).status == 200

    run(ask())


def test_wrong_passwords_hold_nobody_up_who_is_known(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(passwords, "_matches", lambda password, _: password == b"right" or not go_on.wait(10))
    users = f"basic_auth_users: {{a: {hashed(b'any')}}}"

    async def ask() -> None:
        async with site(access(tmp_path, users), most_connections=20) as listening, AsyncExitStack() as stack:
            assert (await listening.ask(basic("a", "right"))).status == 200
            for number in range(60):
                wrong = f"GET / HTTP/1.1\r\nHost: x\r\n{basic('a', str(number))}\r\n\r\n".encode()
                await stack.enter_async_context(crowd(listening.port, wrong, 1))
            async with asyncio.timeout(5):
                assert (await listening.ask(basic("a", "right"))).status == 200
            go_on.set()

    run(ask())


@pytest.mark.parametrize(
    ("send", "patience"),
    [
        pytest.param(b"", WITH_REQUESTS, id="nothing"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n", WITH_REQUESTS, id="half a header"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx", WITH_REQUESTS, id="half a body"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", Patience(idle=0.1), id="idle"),
        pytest.param(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n", Patience(reading=0.1), id="no reading"),
    ],
)
def test_patience_ends(run: Run, send: bytes, patience: Patience, caplog: pytest.LogCaptureFixture) -> None:
    async def ask() -> None:
        async with site(patience=patience) as listening, crowd(listening.port, send, 1) as (client,):
            if b"large" in send:
                await asyncio.sleep(0.5)  # not to read is to let time pass
            assert await is_closed(client)

    run(ask())
    assert caplog.records == []


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"Content-Length: 9\r\n\r\n123456789", b" 405 "),
        (b"Content-Length: 9999999\r\n\r\n" + b"x" * 2_000_000, b" 413 "),
        (b"Transfer-Encoding: chunked\r\n\r\nnone\r\n", b" 400 "),
    ],
    ids=["whole", "too large", "broken"],
)
def test_a_body_is_read_before_its_request_is_worked_for(
    run: Run, body: bytes, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> None:
        async with site() as listening:
            reader, writer = await listening.connect()
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\n" + body)
            assert answer in await reader.readuntil(b"\r\n")
            await hang_up(writer)

    run(ask())
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("users", ["", f"basic_auth_users: {{a: {hashed(b'b')}}}"], ids=["everybody", "users"])
def test_a_body_that_cannot_be_decompressed_is_no_error_of_ours(
    tmp_path: Path, run: Run, users: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> None:
        async with site(access(tmp_path, users)) as listening:
            reader, writer = await listening.connect()
            head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
            writer.write(head + b"abcd")
            assert (b" 401 " if users else b" 400 ") in await reader.read()
            await hang_up(writer)

    run(ask())
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_an_error_of_ours_is_logged(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def ask() -> None:
        async with site() as listening:
            assert (await listening.ask(path="/broken")).status == 500

    run(ask())
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_patience_ends_with_a_second_request_too(run: Run) -> None:
    async def ask() -> None:
        async with site(patience=WITH_REQUESTS) as listening, asyncio.timeout(5):
            reader, writer = await listening.connect()
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"here you are")
            writer.write(b"GET / HT")
            assert await reader.read() == b""
            await hang_up(writer)

    run(ask())


def test_patience_with_a_handshake_ends(tmp_path: Path, run: Run) -> None:
    async def ask() -> None:
        async with site(access(tmp_path), patience=HASTY) as listening, crowd(listening.port, b"", 1) as (client,):
            assert await is_closed(client)

    run(ask())


async def drip(writer: asyncio.StreamWriter, data: bytes) -> None:
    for byte in data:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


def test_a_byte_now_and_then_does_not_prolong_a_request(run: Run) -> None:
    async def ask() -> None:
        async with site(patience=HASTY) as listening:
            _, writer = await listening.connect()
            with pytest.raises(ConnectionError):
                await drip(writer, b"GET /a-long-path HTTP/1.1" * 100)
            await hang_up(writer)

    run(ask())


def test_an_answer_that_takes_long_to_make_is_waited_for(run: Run) -> None:
    async def ask() -> None:
        async with site(patience=HASTY, most_connections=1) as listening:
            asking = asyncio.create_task(listening.ask(path="/slow"))
            await listening.working.wait()
            with pytest.raises((ConnectionError, EOFError)):  # the only place is taken
                await listening.ask()
            await asyncio.sleep(0.3)  # longer than the patience with clients
            listening.go_on.set()
            assert (await asking).body == b"at last"
            assert (await listening.ask()).status == 200

    run(ask())


def test_an_answer_of_any_size_is_read_whole(tmp_path: Path, run: Run) -> None:
    async def ask() -> None:
        async with site(access(tmp_path)) as listening:
            assert (await listening.ask(path="/large", context=trusting(tmp_path))).body == LARGE

    run(ask())


def test_a_kept_connection_serves_many_requests_and_pipelined_ones(run: Run) -> None:
    get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + bytes(200_000)

    async def ask() -> None:
        async with site(patience=Patience(idle=5, request=0.2), most_connections=1) as listening:
            reader, writer = await listening.connect()
            for requests in (get, get, 5 * get, post, get + post + get):
                writer.write(requests)
                for _ in range(requests.count(b"HTTP/1.1")):
                    await reader.readuntil(b"HTTP/1.1 ")
                await asyncio.sleep(0.3)  # idle for longer than a header may take
            await hang_up(writer)

    run(ask())


def test_a_connection_is_kept_whose_body_was_of_no_interest(tmp_path: Path, run: Run) -> None:
    users = f"basic_auth_users: {{a: {hashed(b'b')}}}"
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123456789"

    async def ask() -> None:
        async with site(access(tmp_path, users), patience=Patience(idle=5, request=0.2)) as listening:
            reader, writer = await listening.connect()
            for _ in range(3):
                writer.write(post)
                await reader.readuntil(b"Unauthorized\n")
                await asyncio.sleep(0.3)  # idle for longer than a header may take
            await hang_up(writer)

    run(ask())


def test_running_out_of_file_descriptors_is_survived(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing spins, somebody has to go, and who comes later is served."""
    monkeypatch.setattr(serving_module, "PAUSE_SECONDS", 0.05)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def ask() -> None:
        async with site() as listening:
            with socket.socket() as waiting, socket.socket() as client:
                waiting.connect(("127.0.0.1", listening.port))
                for one in (waiting, client):
                    one.settimeout(0)
                await asyncio.sleep(0.05)
                fillers = [os.dup(0) for _ in range(100)]  # more than there are gaps below
                resource.setrlimit(resource.RLIMIT_NOFILE, (fillers[-1] + 1, hard))
                try:
                    await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", listening.port))
                    await asyncio.get_running_loop().sock_sendall(client, b"GET / HTTP/1.0\r\n\r\n")
                    assert await is_closed(waiting)
                    answer = await asyncio.get_running_loop().sock_recv(client, 100)
                finally:
                    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                    for filler in fillers:
                        os.close(filler)
            assert answer.startswith(b"HTTP/1.0 200")

    run(ask())


@pytest.mark.parametrize(("seconds", "times"), [(60.0, 1), (0.0, 3)])
def test_running_out_of_file_descriptors_is_said_now_and_then(
    seconds: float, times: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(serving_module, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(serving_module, "WARNING_SECONDS", seconds)
    monkeypatch.setattr(Visitors, "dismiss_slowest", lambda _: False)  # else it is those who ask below
    attempts = itertools.count()
    accept = socket.socket.accept

    def poor(listening: socket.socket) -> tuple[socket.socket, object]:
        """Every other attempt finds no file descriptor left."""
        if next(attempts) % 2 == 0:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return accept(listening)

    monkeypatch.setattr(socket.socket, "accept", poor)

    async def ask() -> None:
        async with site() as listening:
            for _ in range(3):
                assert (await listening.ask()).status == 200

    asyncio.run(ask())
    assert [record.message for record in caplog.records] == [
        "connections cannot be accepted: Too many open files"
    ] * times


def test_answers_that_nobody_reads_fill_no_memory(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_module, "MOST_UNREAD_BYTES", 3 * len(LARGE))

    async def read_whole(client: socket.socket) -> bool:
        loop, count = asyncio.get_running_loop(), 0
        with suppress(ConnectionError):
            while count < len(LARGE) and (data := await loop.sock_recv(client, 1 << 20)):
                count += len(data)
        return count >= len(LARGE)

    async def ask() -> None:
        async with site() as listening:
            async with crowd(listening.port, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n", 10) as clients:
                assert (await listening.ask(path="/large")).body == LARGE  # who reads is not concerned
                whole = [await read_whole(client) for client in clients]
            assert whole[-2:] == [True, True]  # the last ones are not the slowest yet
            assert whole.count(True) <= 3

    run(ask())


def test_who_comes_in_a_crowd_through_a_narrow_door_is_turned_away_properly(run: Run) -> None:
    async def ask() -> None:
        async with site(most_connections=1) as listening:
            with ExitStack() as stack:
                # Without a pause between them, so that they are accepted in one go.
                clients = [
                    stack.enter_context(socket.create_connection(("127.0.0.1", listening.port))) for _ in range(5)
                ]
                for client in clients:
                    client.settimeout(0)
                assert all([await is_closed(client) for client in clients[:-1]])
                await asyncio.get_running_loop().sock_sendall(clients[-1], b"GET / HTTP/1.0\r\n\r\n")
                assert await is_closed(clients[-1])

    run(ask())


def test_nobody_is_counted_who_has_left(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms: list[Visitors] = []

    class Seen(Visitors):
        def __init__(self, *limits: int) -> None:
            super().__init__(*limits)
            rooms.append(self)

    monkeypatch.setattr(serving_module, "Visitors", Seen)

    async def ask() -> None:
        async with site(access(tmp_path)) as listening:
            assert (await listening.ask(context=trusting(tmp_path))).status == 200
            for _ in range(5):
                with pytest.raises((ConnectionError, EOFError)):
                    await listening.ask()
            async with crowd(listening.port, b"", 5):
                assert len(rooms[0]._present) == 5
            while rooms[0]._present:  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0)

    run(ask())


@pytest.mark.parametrize("path", ["/large", "/slow"])
def test_closing_does_not_wait_for_slow_clients(tmp_path: Path, run: Run, path: str) -> None:
    async def ask() -> None:
        async with site(access(tmp_path)) as listening, asyncio.timeout(5):
            _, writer = await listening.connect(trusting(tmp_path))
            writer.transport.pause_reading()  # type: ignore[attr-defined]  # of a transport for both directions
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            async with crowd(listening.port, b"", 3):
                await asyncio.sleep(0.1)
                closing = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - closing < 3
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()

    run(ask())
