"""Answers on sockets.

The connections are accepted here and not by aiohttp, so that each gets the TLS context of the
moment, their number is bounded, and running out of file descriptors is survived.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import math
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web

from ocsp_staple_exporter.web import headers
from ocsp_staple_exporter.web.connection import Connection, Patience, tell_connection
from ocsp_staple_exporter.web.visitors import Visitors
from ocsp_staple_exporter.web.web_config import Access, guard
from ocsp_staple_exporter.web.web_config.sans import has_allowed_name
from ocsp_staple_exporter.web.web_config.settings import ServerTLS

SHUTDOWN_SECONDS = 0.5
"""How long an answer under way may still take when the exporter stops."""

BACKLOG = 128

MOST_CONNECTIONS = 512

MOST_UNREAD_BYTES = 128 * 1024 * 1024
"""Of answers that wait for their readers, all together."""

PAUSE_SECONDS = 1.0
"""After a connection could not be accepted, as when file descriptors ran out."""

WARNING_SECONDS = 60.0
"""Between two warnings of a kind about clients that do not get in, as they come again and again."""

log = logging.getLogger(__name__)


@asynccontextmanager
async def serving(
    app: web.Application,
    sockets: Iterable[socket.socket],
    access: Access | None = None,
    *,
    patience: Patience | None = None,
    most_connections: int = MOST_CONNECTIONS,
) -> AsyncIterator[None]:
    """Answer on these sockets; they are closed at the end.

    `access` is --web.config.file; None is plain HTTP for everybody.
    """
    app.middlewares.insert(0, tell_connection)
    if access is not None:
        guard.install(app, access)  # first of all, as who is not let in is not worked for
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    server = runner.server
    assert server is not None  # noqa: S101 - set by setup()
    door = _Door(server, access, patience or Patience(), Visitors(most_connections, MOST_UNREAD_BYTES))
    tasks = [asyncio.create_task(door.accept(listening)) for listening in sockets]
    try:
        yield
    finally:
        await _cancel(tasks)
        await _cancel(door.arriving)
        await runner.cleanup()
        door.visitors.dismiss_all()


async def _somebody_comes(listening: socket.socket) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(listening, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(listening)


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Door:
    """Lets clients in, from every socket that is listened on."""

    def __init__(self, server: web.Server, access: Access | None, patience: Patience, visitors: Visitors) -> None:
        self._server = server
        self._access = access
        self._patience = patience
        self.visitors = visitors
        self.arriving: set[asyncio.Task[None]] = set()
        self._next_warnings: dict[str, float] = {}

    async def accept(self, listening: socket.socket) -> None:
        """Until cancelled; the socket is closed then."""
        with listening:
            listening.setblocking(False)  # noqa: FBT003 - the standard library's signature
            listening.listen(BACKLOG)
            while True:
                client = await self._next(listening)
                if self.visitors.make_room():
                    self._let_in(client, self._access.tls() if self._access else None)
                else:
                    client.close()

    async def _next(self, listening: socket.socket) -> socket.socket:
        while True:
            await _somebody_comes(listening)
            try:
                client, _ = listening.accept()  # `loop.sock_accept` loses whom it let in where it is cancelled
            except (BlockingIOError, ConnectionError):  # gone before its turn came
                continue
            except OSError as error:  # of file descriptors or memory there are none left
                self._warn("connections cannot be accepted: %s", error.strerror)
                await asyncio.sleep(PAUSE_SECONDS)  # Linux says so also while nobody asks to come in
                self.visitors.dismiss_slowest()
            else:
                client.setblocking(False)  # noqa: FBT003 - the standard library's signature
                return client

    def _let_in(self, client: socket.socket, tls: ServerTLS | None) -> None:
        connection = Connection(
            self._server,
            self.visitors,
            self._patience,
            admits=functools.partial(self._admits, tls),
            dress=self._dress,
        )
        self.visitors.arrived(connection)
        task = asyncio.create_task(self._connect(client, connection, tls))
        connection.arrival = task
        self.arriving.add(task)
        task.add_done_callback(functools.partial(self._arrived, client, connection))

    async def _connect(self, client: socket.socket, connection: Connection, tls: ServerTLS | None) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection,
                client,
                ssl=tls.context if tls else None,
                ssl_handshake_timeout=self._patience.handshake if tls else None,
            )
        except OSError as error:  # what a client does wrong in a handshake is its own affair
            log.debug("no TLS connection: %s", error)
        finally:
            connection.arrival = None

    def _arrived(self, client: socket.socket, connection: Connection, task: asyncio.Task[None]) -> None:
        self.arriving.discard(task)
        if connection.arrival is not None:  # cancelled before its first step
            client.close()
        if connection.transport is None:
            self.visitors.left(connection)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a connection failed", exc_info=error)

    def _dress(self, response: web.StreamResponse) -> None:
        headers.set_headers(response)
        if self._access is not None:
            guard.set_headers(response, self._access)

    def _admits(self, tls: ServerTLS | None, transport: asyncio.BaseTransport) -> bool:
        """Whether the client has a name that is allowed; its certificate is verified already."""
        if tls is None or tls.allowed_sans is None:
            return True
        certificate = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        if certificate and has_allowed_name(certificate, tls.allowed_sans):
            return True
        self._warn("a client's certificate has none of the names in client_allowed_sans")
        return False

    def _warn(self, message: str, *details: object) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._next_warnings.get(message, -math.inf):
            self._next_warnings[message] = now + WARNING_SECONDS
            log.warning(message, *details)
