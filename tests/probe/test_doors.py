"""How many probes may be at one IP address together, and that waiting there is nobody's failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from ocsp_staple_exporter.model import Endpoint, Module, Observation, Phase, ProbeError, ProbeFailure
from ocsp_staple_exporter.probe import Doors, Prober
from tests.probe.hosts import host
from tests.schedule.virtual_time import run

IP = "192.0.2.1"


async def visit(doors: Doors, inside: list[int], seconds: float, ip: str = IP) -> None:
    if not doors.try_enter(ip):
        await doors.enter(ip)
    inside[0] += 1
    inside[1] = max(inside)
    try:
        await asyncio.sleep(seconds)
    finally:
        inside[0] -= 1
        doors.leave(ip)


@pytest.mark.parametrize(("most", "together"), [(None, 20), (3, 3), (1, 1)])
def test_so_many_are_at_one_address_together(most: int | None, together: int) -> None:
    async def visits() -> list[int]:
        doors, inside = Doors(), [0, 0]
        doors.allow(most)
        await asyncio.gather(*(visit(doors, inside, 1.0) for _ in range(20)))
        return inside

    assert run(visits()) == [0, together]


def test_one_address_is_not_in_the_way_of_another() -> None:
    async def visits() -> list[int]:
        doors, inside = Doors(), [0, 0]
        doors.allow(1)
        await asyncio.gather(*(visit(doors, inside, 1.0, f"192.0.2.{number}") for number in range(9)))
        return inside

    assert run(visits()) == [0, 9]


def test_who_is_called_away_while_waiting_leaves_the_place_to_the_next() -> None:
    async def visits() -> list[int]:
        doors, inside = Doors(), [0, 0]
        doors.allow(1)
        first, second, third = (asyncio.create_task(visit(doors, inside, 1.0)) for _ in range(3))
        await asyncio.sleep(0.5)
        second.cancel()
        async with asyncio.timeout(3):
            await asyncio.gather(first, third)
        with suppress(asyncio.CancelledError):
            await second
        assert doors.try_enter(IP)
        return inside

    assert run(visits()) == [0, 1]


def test_who_is_called_away_at_its_turn_does_not_keep_the_place() -> None:
    async def visits() -> bool:
        doors = Doors()
        doors.allow(1)
        assert doors.try_enter(IP)
        waiting = asyncio.create_task(doors.enter(IP))
        await asyncio.sleep(0)
        doors.leave(IP)
        waiting.cancel()  # after its turn came and before it could take it
        with suppress(asyncio.CancelledError):
            await waiting
        return doors.try_enter(IP)

    assert run(visits())


async def test_waiting_for_others_takes_nothing_from_a_probe_s_timeout() -> None:
    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    prober = Prober(trust_anchors=())
    prober.doors.allow(1)
    async with host(hang) as port:
        module = Module(timeout=timedelta(seconds=0.2))
        endpoint = Endpoint(target="a", host="127.0.0.1", port=port, server_name="a.test", module=module)
        results = await asyncio.gather(*(prober.probe(endpoint) for _ in range(3)))
    for result in results:
        assert not isinstance(result.outcome, Observation)
        assert isinstance(result.outcome, ProbeError)
        assert result.outcome.reason is ProbeFailure.HANDSHAKE_TIMEOUT
        assert result.durations[Phase.HANDSHAKE] > 0.1


async def test_who_is_called_away_on_the_way_back_from_waiting_leaves_the_address() -> None:
    entered, back = asyncio.Event(), asyncio.Event()

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        entered.set()
        await reader.read()

    @asynccontextmanager
    async def apart() -> AsyncIterator[None]:
        yield
        back.set()
        await asyncio.Event().wait()

    prober = Prober(trust_anchors=())
    prober.doors.allow(1)
    async with host(hang) as port:
        endpoint = Endpoint(target="a", host="127.0.0.1", port=port, server_name="a.test", module=Module())
        first = asyncio.create_task(prober.probe(endpoint))
        await entered.wait()
        second = asyncio.create_task(prober.probe(endpoint, apart=apart))
        first.cancel()
        await back.wait()
        assert not prober.doors.try_enter("127.0.0.1")
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        assert prober.doors.try_enter("127.0.0.1")
