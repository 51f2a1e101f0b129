"""Carries bytes between a connected socket and whoever speaks without one: tls/, and dialogues before it."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

from ocsp_staple_exporter.model import PeerError, ProbeFailure
from ocsp_staple_exporter.probe.failing import PhaseError, explain

READ_BYTES = 65_536
"""Asked of the kernel at once; a whole flight of a server is 2 to 6 kB."""

CONNECTS = frozenset({errno.EINPROGRESS, errno.EINTR, getattr(errno, "WSAEWOULDBLOCK", errno.EINPROGRESS)})
"""What `connect` says on a non-blocking socket when it has begun."""

MORE_FOLLOWS: int = getattr(socket, "MSG_MORE", 0)
"""Linux keeps what is sent so until it is told to go on."""


class Party(Protocol):
    """One side of a conversation: `tls.ClientHandshake` and `dialogue.Conversation`."""

    @property
    def done(self) -> bool:
        """Nothing more is to be read; what `receive` returned last is still to be sent."""

    def receive(self, data: bytes) -> bytes:
        """Take bytes (none to begin), give the bytes to send. Raises PeerError."""

    def receive_eof(self) -> None:
        """The peer closed or reset the connection. Raises PeerError unless done, or done by it."""


class _Turn(NamedTuple):
    """One party's time on the socket, and how it ends.

    Only the carrier has it, and no longer than it lasts: in a variable of a function it would be part of a reference
    cycle, by way of an error's traceback, and such garbage is collected once a day (collecting.py).
    """

    party: Party
    end: asyncio.Future[None]
    conclude: Callable[[bytes], None]
    """Sends what it says last."""


class Carrier:
    """Connects a socket and lets one party after the other speak on it.

    The event loop is told of the socket once. `loop.sock_connect` and `loop.sock_recv` tell it
    anew every time, which costs 100 us of CPU more for each probe.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._turn: _Turn | None = None

    def __enter__(self) -> Self:
        self._loop.add_reader(self._connection.fileno(), self._readable)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.remove_reader(self._connection.fileno())

    async def connect(self, sockaddr: tuple[Any, ...]) -> None:
        """Wait until the connection is there; raises OSError."""
        code = self._connection.connect_ex(sockaddr)
        if code in CONNECTS:
            await self._writable()
            code = self._connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))

    async def carry(self, party: Party, already: bytes = b"") -> None:
        """Until the party is done; `already` is what came before it spoke. Raises PeerError."""
        await self._carry(party, already, self._send)

    async def carry_to_the_end(self, party: Party, already: bytes = b"") -> None:
        """The same, and with its last words our side of the connection ends."""
        await self._carry(party, already, self.say_last_words)

    async def _carry(self, party: Party, already: bytes, conclude: Callable[[bytes], None]) -> None:
        self._turn = _Turn(party, self._loop.create_future(), conclude)
        try:
            self._send(party.receive(b""))
            if already and not party.done:
                self._take(self._turn.party, already)
            if not party.done:
                await self._turn.end
        except TimeoutError:
            raise
        except OSError as error:
            raise PhaseError(ProbeFailure.CONNECTION_RESET, explain(error)) from error
        finally:
            self._turn = None

    def say_last_words(self, words: bytes) -> None:
        """An alert, or Finished and close_notify: they fit the socket's buffer, and nobody waits for them.

        They go out in one segment with the end of our side, which wakes the server once instead of twice.
        """
        with suppress(OSError):
            self._connection.send(words, MORE_FOLLOWS)
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)

    async def _writable(self) -> None:
        ready = self._loop.create_future()
        self._loop.add_writer(self._connection.fileno(), _settle, ready)
        try:
            await ready
        finally:
            self._loop.remove_writer(self._connection.fileno())

    def _readable(self) -> None:
        if self._turn is None or self._turn.end.done():
            return
        try:
            self._take(self._turn.party, self._receive(self._turn.party))
        except BlockingIOError:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, `carry` raises it instead of waiting on
            self._turn.end.set_exception(error)

    def _receive(self, party: Party) -> bytes:
        """No bytes at the end of the connection, also where a reset ends it after everything was shown."""
        try:
            return self._connection.recv(READ_BYTES)
        except ConnectionResetError as reset:
            try:
                party.receive_eof()
            except PeerError:
                raise reset from None
            return b""

    def _take(self, party: Party, received: bytes) -> None:
        to_send = b""
        if received:
            to_send = party.receive(received)
        else:
            party.receive_eof()
        if not party.done:
            self._send(to_send)
        elif self._turn is not None:
            self._turn.conclude(to_send)
            self._turn.end.set_result(None)

    def _send(self, data: bytes) -> None:
        """All that a party says is shorter than the smallest send buffer: a peer that does not read it is given up."""
        try:
            sent = self._connection.send(data) if data else 0
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))


def _settle(ready: asyncio.Future[None]) -> None:
    """It may be called again before the loop is told that nobody waits any more."""
    if not ready.done():
        ready.set_result(None)
