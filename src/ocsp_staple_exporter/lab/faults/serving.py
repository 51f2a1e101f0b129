"""A faulty server on a loopback port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from ocsp_staple_exporter.lab.faults.fault import Fault
from ocsp_staple_exporter.lab.faults.server import FaultyServer
from ocsp_staple_exporter.lab.tls_listener import LOOPBACK
from ocsp_staple_exporter.lab.tls_terms import Credential
from ocsp_staple_exporter.model import HandshakeError

READ_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Drip:
    """How slowly a server speaks."""

    width: int
    """Bytes at a time."""

    seconds: float
    """Between them."""


@dataclass(slots=True)
class Encounters:
    """What came of the connections to one port."""

    port: int
    sent: int = 0
    """Bytes, of all connections."""

    alerts: list[int | None] = field(default_factory=list)
    """The fatal alert that each client sent, of the connections that are over."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """One of them is over."""


@asynccontextmanager
async def serve_fault(fault: Fault, credential: Credential, drip: Drip | None = None) -> AsyncIterator[Encounters]:
    """Commit `fault` with every connection to a port of loopback, until the block is left.

    With `drip` every byte is spoken, but slowly. Connections that are open in the end are dropped.
    """
    conversations: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
    encounters, over = Encounters(0), asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            conversations[task] = writer
        server = FaultyServer(fault, credential)
        with suppress(ConnectionError):
            await _converse(server, reader, _Voice(writer, drip, encounters, over))
        encounters.alerts.append(server.alert)
        encounters.ended.set()
        writer.close()

    listening = await asyncio.start_server(accept, LOOPBACK, 0)
    encounters.port = listening.sockets[0].getsockname()[1]
    try:
        yield encounters
    finally:
        listening.close()
        over.set()
        for writer in conversations.values():
            writer.transport.abort()
        await asyncio.gather(*conversations)


@dataclass(frozen=True, slots=True)
class _Voice:
    writer: asyncio.StreamWriter
    drip: Drip | None
    encounters: Encounters
    over: asyncio.Event

    async def say(self, words: bytes) -> None:
        width = len(words) if self.drip is None else self.drip.width
        for at in range(0, len(words), max(width, 1)):
            self.writer.write(words[at : at + width])
            self.encounters.sent += len(words[at : at + width])
            await self.writer.drain()
            if self.drip is not None:
                await self._pause(self.drip.seconds)

    async def _pause(self, seconds: float) -> None:
        """Shorter where the server ends."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), seconds)


async def _converse(server: FaultyServer, reader: asyncio.StreamReader, voice: _Voice) -> None:
    """Until either side has enough. Raises ConnectionError."""
    while not server.closed:
        heard = await reader.read(READ_BYTES)
        if not heard:
            return
        try:
            await voice.say(server.receive(heard))
        except HandshakeError:
            await voice.say(server.parting_alert)
            return
        while more := server.more():
            await voice.say(more)
            await asyncio.sleep(0)  # `drain` alone waits for nobody until megabytes are sent
