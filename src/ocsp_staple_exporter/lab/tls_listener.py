"""A lab server on a loopback port: one `ServerHandshake` for every connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from ocsp_staple_exporter.model import HandshakeError

LOOPBACK = "127.0.0.1"

LONGEST_CONNECTION = 30.0
"""Seconds after which a connection is dropped, whatever it does."""


class Connection(Protocol):
    """What one connection does with its bytes; `ServerHandshake` is one."""

    parting_alert: bytes
    closed: bool

    def receive(self, data: bytes) -> bytes:
        """Take bytes, give the bytes to send; raises HandshakeError."""


@asynccontextmanager
async def serve(
    accept: Callable[[], Connection],
    *,
    port: int = 0,
    longest_connection: float = LONGEST_CONNECTION,
) -> AsyncIterator[int]:
    """Listen on loopback until the block is left; yields the port, which the kernel chooses when it is 0.

    `accept` makes the `Connection` of each client; `longest_connection` is in seconds.
    Connections that are open when the block is left are dropped.
    """
    open_connections: set[_Transfer] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Transfer(accept(), longest_connection, open_connections), LOOPBACK, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for connection in list(open_connections):
            connection.abort()
        await server.wait_closed()


class _Transfer(asyncio.Protocol):
    """Carries bytes between a socket and a `Connection`."""

    def __init__(self, connection: Connection, longest: float, open_connections: set[_Transfer]) -> None:
        self._connection = connection
        self._longest = longest
        self._open_connections = open_connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # what a stream server makes
        self._open_connections.add(self)
        self._deadline = asyncio.get_running_loop().call_later(self._longest, self.abort)

    def data_received(self, data: bytes) -> None:
        try:
            self._transport.write(self._connection.receive(data))
        except HandshakeError:
            self._transport.write(self._connection.parting_alert)
            self._transport.close()
        else:
            if self._connection.closed:
                self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        self._deadline.cancel()
        self._open_connections.discard(self)

    def abort(self) -> None:
        self._transport.abort()
