"""Proxies on loopback: one that only says what its script says, and one that opens the way."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tests.probe.hosts import Behaviour


def saying(words: bytes, *, then_wait: bool = True) -> Behaviour:
    """Say this to whatever is said first, and wait for the end, or hang up."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(words)
        await writer.drain()
        if then_wait:
            await reader.read()

    return behave


def opening(port: int, questions: list[bytes], *answers: bytes) -> Behaviour:
    """Answer each question in turn; after the last, carry bytes between the client and that port."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            questions.append(await reader.read(4096))
            writer.write(answer)
        from_host, to_host = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_carry(reader, to_host))
                group.create_task(_carry(from_host, writer))
        finally:
            to_host.transport.abort()

    return behave


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
