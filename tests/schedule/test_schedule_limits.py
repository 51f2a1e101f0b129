"""What bounds the probes that are under way, and what does not: hosts that never answer."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

import pytest

from ocsp_staple_exporter.model import Endpoint, ProbeResult
from ocsp_staple_exporter.probe import Apart, Doors
from ocsp_staple_exporter.schedule import Schedule
from ocsp_staple_exporter.schedule.places import LONG_TURN, PATIENCE, Places
from tests.schedule.test_schedule import MINUTE, Host, endpoints, most_in_one_second, refused, run_for, run_schedule
from tests.schedule.virtual_time import VirtualTimeLoop, run

TIMEOUT = 15.0


class Hosts(Host):
    """Of a hundred, all over the interval, 10 hang until the deadline, 10 refuse and 5 send garbage."""

    def __init__(self) -> None:
        super().__init__(takes=0.05)

    async def probe(self, probed: Endpoint, **_: object) -> ProbeResult:
        fate = int(probed.id[-6:], 16) % 100
        if fate >= 25:
            return await super().probe(probed)
        await asyncio.sleep(TIMEOUT if fate < 10 else 0.0 if fate < 20 else 0.05)
        return refused(probed)


def lag_after(seconds: float, *, probes_aside: int) -> float:
    """Of 20,000 endpoints that are probed every minute."""
    hosts = Hosts()

    async def watch() -> float:
        schedule = Schedule(
            endpoints(20_000),
            hosts.probe,
            hosts.published.append,
            probes_in_flight=256,
            probes_aside=probes_aside,
            chance=lambda: 0.0,
        )
        running = asyncio.create_task(schedule.run())
        await asyncio.wait([running], timeout=seconds)
        lag = schedule.lag_seconds
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return lag

    return run(watch())


def test_dead_hosts_take_no_place_of_living_ones() -> None:
    assert lag_after(50, probes_aside=4096) < 1


def test_without_room_aside_dead_hosts_hold_up_all_others() -> None:
    assert lag_after(20, probes_aside=0) > 1


def test_room_aside_is_bounded_too() -> None:
    host = Host(takes=TIMEOUT)
    schedule = Schedule(endpoints(100), host.probe, host.published.append, probes_in_flight=4, probes_aside=6)
    run_schedule(schedule, TIMEOUT - 1)
    assert host.most_together == 4 + 6


@pytest.mark.parametrize(
    ("number", "aside", "after", "under_way", "taken"),
    [
        (3, 6, 0.5, 3, 3),
        (3, 6, 1.5, 3, 0),
        (3, 2, 1.5, 3, 1),
        (8, 8, 13.0, 8, 0),
        (8, 6, 13.0, 8, 2),
        (8, 0, 13.0, 4, 4),
    ],
)
def test_dead_hosts_that_stand_aside_or_would_take_no_place(
    number: int, aside: int, after: float, under_way: int, taken: int
) -> None:
    host = Host(takes=TIMEOUT)
    schedule = Schedule(endpoints(number), host.probe, host.published.append, probes_in_flight=4, probes_aside=aside)

    async def watch() -> tuple[int, int]:
        running = asyncio.create_task(run_for(schedule, TIMEOUT))
        await asyncio.sleep(after)
        seen = schedule.in_flight, schedule.places_taken
        await running
        return seen

    assert run(watch()) == (under_way, taken)


class BehindDoors(Host):
    """Of the names, nine of ten lead to one silent address, where one probe at a time may be."""

    def __init__(self, *, apart: bool) -> None:
        super().__init__()
        self.doors = Doors()
        self.doors.allow(1)
        self._apart = apart
        self.most_inside = 0

    async def visit(self, probed: Endpoint, *, apart: Apart) -> ProbeResult:
        if self.is_healthy(probed.target):
            return await self.probe(probed)
        if not self.doors.try_enter("silent"):
            async with apart() if self._apart else nullcontext():
                await self.doors.enter("silent")
        try:
            await asyncio.sleep(TIMEOUT)
        finally:
            self.doors.leave("silent")
        return refused(probed)

    @staticmethod
    def is_healthy(name: str) -> bool:
        return int(name.partition("-")[2] or 0) % 10 == 0


@pytest.mark.parametrize(("apart", "kept"), [(True, True), (False, False)])
def test_probes_that_wait_at_an_address_take_no_place_of_others(apart: bool, kept: bool) -> None:  # noqa: FBT001
    host = BehindDoors(apart=apart)
    listed = endpoints(100)
    schedule = Schedule(listed, host.visit, host.published.append, probes_in_flight=4, probes_aside=4)
    run_schedule(schedule, 5 * MINUTE)
    rounds = [len(host.starts(one.target)) for one in listed if host.is_healthy(one.target)]
    assert (min(rounds) >= 4) is kept, rounds


def test_a_probe_that_comes_back_waits_for_a_place_again() -> None:
    """More probes are never under way than may be, wherever they waited before."""
    together, most, gate = 0, 0, asyncio.Event()

    async def probe(probed: Endpoint, *, apart: Apart) -> ProbeResult:
        nonlocal together, most
        async with apart():
            await gate.wait()
        together += 1
        most = max(most, together)
        await asyncio.sleep(0.5)
        together -= 1
        return refused(probed)

    async def scenario() -> None:
        schedule = Schedule((), probe, lambda _: None, probes_in_flight=3)
        asked = [asyncio.create_task(schedule.probe_now(one)) for one in endpoints(20)]
        await asyncio.sleep(1)
        assert schedule.in_flight == 20
        assert schedule.places_taken == 0
        gate.set()
        await asyncio.gather(*asked)
        assert schedule.places_taken == 0

    run(scenario())
    assert most == 3


def test_a_quick_probe_is_not_put_aside() -> None:
    host = Host(takes=0.9)
    schedule = Schedule(endpoints(100), host.probe, host.published.append, probes_in_flight=4, probes_aside=50)
    run_schedule(schedule, MINUTE)
    assert host.most_together == 4


def test_a_busy_exporter_takes_on_no_more_than_it_can_do() -> None:
    """Where probes wait for the loop and not for their hosts, more of them would make all of them slower."""
    host = Host(takes=TIMEOUT)

    async def work_hard(loop: VirtualTimeLoop) -> None:
        while True:
            loop.pass_time(0.2)
            await asyncio.sleep(0)

    async def watch() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        schedule = Schedule(endpoints(100), host.probe, host.published.append, probes_in_flight=4, probes_aside=50)
        working = asyncio.create_task(work_hard(loop))
        await run_for(schedule, TIMEOUT - 1)
        working.cancel()

    run(watch())
    assert host.most_together == 4


@pytest.mark.parametrize(("per_second", "expected"), [(5.0, 5), (0.5, 1)])
def test_no_more_probes_start_in_a_second_than_are_allowed(per_second: float, expected: int) -> None:
    host = Host()
    schedule = Schedule(endpoints(300), host.probe, host.published.append, probes_in_flight=100, per_second=per_second)
    run_schedule(schedule, 30.0)
    assert most_in_one_second(when for _, when in host.started) == expected
    assert len(host.started) == pytest.approx(30 * per_second, abs=1)


def test_a_probe_that_waits_for_a_slow_pace_starts_when_the_pace_is_lifted() -> None:
    host = Host()
    schedule = Schedule(endpoints(3), host.probe, host.published.append, probes_in_flight=100, per_second=0.001)

    async def change() -> None:
        running = asyncio.create_task(run_for(schedule, MINUTE))
        await asyncio.sleep(10.0)
        assert len(host.started) == 1
        schedule.allow(100, per_second=None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(host.started) > 1
        await running

    run(change())


def test_another_pace_counts_from_the_next_probe_on() -> None:
    host = Host()
    schedule = Schedule(endpoints(3000), host.probe, host.published.append, probes_in_flight=100, per_second=1.0)

    async def change() -> None:
        running = asyncio.create_task(run_for(schedule, 20.0))
        await asyncio.sleep(10.0)
        slow = len(host.started)
        schedule.allow(100, per_second=None)
        await running
        assert slow == pytest.approx(10, abs=1)
        assert len(host.started) > 300

    run(change())


def test_a_place_goes_to_who_has_waited_longest() -> None:
    async def scenario() -> list[str]:
        places, order = Places(1, aside=0), list[str]()
        first = await places.take()

        async def visit(name: str) -> None:
            ticket = await places.take()
            order.append(name)
            await asyncio.sleep(0.1)
            places.free(ticket)

        waiting = [asyncio.create_task(visit(name)) for name in ("second", "third")]
        await asyncio.sleep(0)
        places.free(first)
        await visit("newcomer")  # in this very turn of the loop
        await asyncio.gather(*waiting)
        return order

    assert run(scenario()) == ["second", "third", "newcomer"]


def test_who_waits_for_a_place_gets_one_that_is_freed_while_the_loop_is_looked_at() -> None:
    """Nobody tells of that place again."""

    async def scenario() -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        places = Places(1, aside=1)
        first = await places.take()
        loop.pass_time(PATIENCE + 1)
        waiting = asyncio.create_task(places.take())

        def end_the_first_at_length() -> None:
            loop.pass_time(LONG_TURN + 1)
            places.free(first)

        loop.call_soon(end_the_first_at_length)  # after the first step of who waits, in the same turn
        return await asyncio.wait_for(waiting, 1)

    run(scenario())
