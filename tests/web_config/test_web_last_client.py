"""A client that comes in the very moment in which the exporter stops."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.web_config.live import Run, site


def test_the_last_client_is_closed_like_all_others(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    accept = socket.socket.accept
    came: list[socket.socket] = []
    has_come = asyncio.Event()

    def last(listening: socket.socket) -> tuple[socket.socket, object]:
        client, address = accept(listening)
        came.append(client)
        has_come.set()
        (accepting,) = [task for task in asyncio.all_tasks() if "_Door.accept" in repr(task.get_coro())]
        asyncio.get_running_loop().call_soon(accepting.cancel)
        return client, address

    monkeypatch.setattr(socket.socket, "accept", last)

    async def come() -> None:
        async with site() as listening:
            with socket.create_connection(("127.0.0.1", listening.port)):
                await asyncio.wait_for(has_come.wait(), 10)

    run(come())
    assert [client.fileno() for client in came] == [-1]
