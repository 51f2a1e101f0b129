"""The list changes while it is probed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import pytest

from ocsp_staple_exporter.model import Change, Endpoint, ProbeResult
from ocsp_staple_exporter.schedule import NoLongerWatchedError, Schedule, place
from tests.schedule.test_schedule import MINUTE, Host, endpoint, endpoints, most_in_one_second, schedule_of
from tests.schedule.virtual_time import run


@asynccontextmanager
async def running(schedule: Schedule) -> AsyncIterator[None]:
    task = asyncio.create_task(schedule.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def starts_after_a_change(
    before: Iterable[Endpoint], after: Iterable[Endpoint], *, at: float, takes: float = 0.0, until: float
) -> Host:
    async def scenario() -> Host:
        host = Host(takes)
        schedule = schedule_of(before, host)
        async with running(schedule):
            await asyncio.sleep(at)
            schedule.watch(after, probes_in_flight=100)
            await asyncio.sleep(until - at)
        return host

    return run(scenario())


def test_an_endpoint_that_stays_keeps_its_times() -> None:
    untouched = starts_after_a_change([endpoint("a")], [endpoint("a")], at=1, until=10 * MINUTE)
    changed = starts_after_a_change([endpoint("a")], [endpoint("a"), endpoint("b")], at=90, until=10 * MINUTE)
    assert changed.starts("a") == untouched.starts("a")


def test_an_endpoint_that_went_is_not_probed_any_more() -> None:
    host = starts_after_a_change(endpoints(2), endpoints(1), at=MINUTE, until=10 * MINUTE)
    assert max(host.starts("host-1")) <= MINUTE < max(host.starts("host-0"))


def test_a_new_endpoint_is_probed_soon_and_then_at_its_place() -> None:
    host = starts_after_a_change([endpoint("a")], [endpoint("a"), endpoint("new")], at=100, until=20 * MINUTE)
    first, *later = host.starts("new")
    assert 100 <= first < 100.1
    assert [when % MINUTE for when in later] == pytest.approx([place(endpoint("new")) * MINUTE] * len(later))


def test_a_part_of_the_list_changes_and_the_others_keep_their_times() -> None:
    async def scenario(*changes: Change[Endpoint]) -> Host:
        host = Host()
        schedule = schedule_of([endpoint("a"), endpoint("b")], host)
        async with running(schedule):
            await asyncio.sleep(90)
            for change in changes:
                schedule.change(change)
            await asyncio.sleep(10 * MINUTE)
        return host

    untouched = run(scenario())
    changed = run(scenario(Change(added=(endpoint("c"),)), Change(removed=(endpoint("b"),))))
    assert changed.starts("a") == untouched.starts("a")
    assert max(changed.starts("b")) < 90 <= min(changed.starts("c")) < 91


@pytest.mark.parametrize("count", [1000, 12_000])
def test_a_list_that_comes_in_pieces_makes_no_wave(count: int) -> None:
    async def scenario() -> Host:
        host, every = Host(), endpoints(count)
        schedule = schedule_of([], host)
        async with running(schedule):
            await asyncio.sleep(0)
            for start in range(0, count, 100):
                schedule.change(Change(added=tuple(every[start : start + 100])))
            await asyncio.sleep(MINUTE)
        return host

    host = run(scenario())
    assert len({name for name, _ in host.started}) == count
    assert most_in_one_second(when for _, when in host.started) < (80 if count == 1000 else 350)


def test_endpoints_that_come_and_go_leave_nothing_behind() -> None:
    async def scenario() -> tuple[int, float]:
        schedule = schedule_of([endpoint("a", interval=3600)], Host())
        async with running(schedule):
            for number in range(20_000):
                passing = endpoint(f"passing-{number}", interval=3600)
                schedule.change(Change(added=(passing,)))
                schedule.change(Change(removed=(passing,)))
            await asyncio.sleep(2)
            return len(schedule._turns), schedule.lag_seconds

    kept, lag = run(scenario())
    assert kept < 2000
    assert lag < 0.1


def test_a_thousand_new_endpoints_make_no_wave() -> None:
    host = starts_after_a_change([], endpoints(1000), at=100, until=125)
    assert len(host.started) == 1000
    assert most_in_one_second(when for _, when in host.started) < 80


def test_an_entry_that_is_probed_in_another_way_begins_anew() -> None:
    host = starts_after_a_change([endpoint("a", 600)], [endpoint("a", 10)], at=100, until=200)
    assert host.starts("a")[1] == pytest.approx(100, abs=0.1)
    assert len(host.starts("a")) >= 10


def test_an_endpoint_that_goes_while_it_is_probed_has_no_next_turn() -> None:
    host = starts_after_a_change([endpoint("a")], [], at=1, takes=5, until=10 * MINUTE)
    assert len(host.started) == 1


def test_an_entry_that_changes_while_it_is_probed_is_probed_anew_at_once_and_never_twice_together() -> None:
    host = starts_after_a_change([endpoint("a", 3600)], [endpoint("a", 1800)], at=1, takes=5, until=30)
    assert host.starts("a") == pytest.approx([0, 1], abs=0.1)
    assert host.most_of_one == 1
    assert [result.endpoint.module.interval.total_seconds() for result in host.published] == [1800]


def test_the_place_of_a_probe_that_was_given_up_is_free_again() -> None:
    async def scenario() -> int:
        host = Host(takes=3600)
        schedule = schedule_of(endpoints(2), host, at_most=2)
        async with running(schedule):
            await asyncio.sleep(1)
            host.takes = 0
            schedule.watch(endpoints(40, interval=600), probes_in_flight=2)
            await asyncio.sleep(5)
        return len(host.published)

    assert run(scenario()) == 40


def test_whoever_waits_for_a_probe_that_is_given_up_is_told() -> None:
    async def scenario() -> None:
        schedule = schedule_of([endpoint("a")], Host(takes=10))
        async with running(schedule):
            await asyncio.sleep(1)
            asked = asyncio.create_task(schedule.probe_now(endpoint("a")))
            await asyncio.sleep(1)
            schedule.watch([], probes_in_flight=1)
            with pytest.raises(NoLongerWatchedError):
                await asked

    run(scenario())


def test_a_probe_on_demand_outlives_a_change_of_other_entries() -> None:
    async def scenario() -> None:
        schedule = schedule_of([endpoint("a")], Host(takes=10))
        async with running(schedule):
            await asyncio.sleep(100)
            asked = asyncio.create_task(schedule.probe_now(endpoint("a")))
            await asyncio.sleep(1)
            schedule.watch([endpoint("a"), endpoint("b")], probes_in_flight=9)
            assert (await asked).endpoint == endpoint("a")

    run(scenario())


def test_an_endpoint_that_goes_and_comes_back_has_one_turn_per_interval() -> None:
    async def scenario() -> Host:
        host = Host(takes=3)
        schedule = schedule_of([endpoint("a")], host)
        async with running(schedule):
            for _ in range(4):
                await asyncio.sleep(1)
                schedule.watch([], probes_in_flight=5)
                schedule.watch([endpoint("a")], probes_in_flight=5)
            await asyncio.sleep(20 * MINUTE)
        return host

    starts = run(scenario()).starts("a")
    assert starts[:5] == pytest.approx([0, 1, 2, 3, 4], abs=0.1)
    assert len(starts[5:]) in {20, 21}


def test_before_it_runs_the_list_may_change_as_well() -> None:
    host = Host()

    async def scenario() -> None:
        schedule = schedule_of(endpoints(3), host)
        schedule.watch(endpoints(1), probes_in_flight=1)
        async with running(schedule):
            await asyncio.sleep(1)

    run(scenario())
    assert [name for name, _ in host.started] == ["host-0"]


@pytest.mark.parametrize(("before", "after"), [(2, 9), (9, 2)])
def test_the_limit_of_probes_under_way_changes_with_the_list(before: int, after: int) -> None:
    async def scenario() -> tuple[int, int]:
        host = Host(takes=10)
        schedule = schedule_of(endpoints(200), host, at_most=before)
        async with running(schedule):
            await asyncio.sleep(MINUTE)
            most_before = host.most_together
            schedule.watch(endpoints(200), probes_in_flight=after)
            await asyncio.sleep(MINUTE)
            host.most_together = 0
            await asyncio.sleep(3 * MINUTE)
            return most_before, host.most_together

    assert run(scenario()) == (before, after)


def test_a_list_that_empties_while_a_probe_waits_for_its_place_is_probed_no_more() -> None:
    async def scenario() -> list[str]:
        host = Host(takes=10)
        schedule = schedule_of(endpoints(5), host, at_most=1)
        async with running(schedule):
            await asyncio.sleep(1)
            schedule.watch([], probes_in_flight=1)
            await asyncio.sleep(5 * MINUTE)
        return [name for name, _ in host.started]

    assert len(run(scenario())) == 1


def test_a_probe_on_demand_comes_at_once_is_published_and_changes_no_turn() -> None:
    async def scenario(*, demand: bool) -> tuple[list[float], int]:
        host = Host(takes=1)
        schedule = schedule_of([endpoint("a")], host)
        async with running(schedule):
            await asyncio.sleep(100)
            if demand:
                began = asyncio.get_running_loop().time()
                result = await schedule.probe_now(endpoint("a"))
                assert asyncio.get_running_loop().time() == began + 1
                assert host.published[-1] is result
            await asyncio.sleep(10 * MINUTE)
        return host.starts("a"), len(host.published)

    asked, published = run(scenario(demand=True))
    unasked, _ = run(scenario(demand=False))
    assert [when for when in asked if when != 100] == unasked
    assert published == len(asked)


def test_whoever_asks_during_a_probe_gets_its_result() -> None:
    async def scenario() -> None:
        host = Host(takes=10)
        schedule = schedule_of([endpoint("a")], host)
        async with running(schedule):
            await asyncio.sleep(1)
            first, second = await asyncio.gather(schedule.probe_now(endpoint("a")), schedule.probe_now(endpoint("a")))
        assert first is second is host.published[0]
        assert len(host.started) == 1

    run(scenario())


def test_whoever_goes_away_leaves_the_probe_to_the_others() -> None:
    async def scenario() -> None:
        host = Host(takes=10)
        schedule = schedule_of([endpoint("a")], host)
        async with running(schedule):
            await asyncio.sleep(1)
            impatient = asyncio.create_task(schedule.probe_now(endpoint("a")))
            await asyncio.sleep(1)
            impatient.cancel()
            await asyncio.sleep(10)
        assert len(host.published) == 1

    run(scenario())


def test_a_turn_that_comes_during_a_probe_on_demand_is_skipped() -> None:
    async def scenario() -> tuple[Host, float]:
        host = Host()
        schedule = schedule_of([endpoint("a")], host)
        async with running(schedule):
            await asyncio.sleep(5 * MINUTE + place(endpoint("a")) * MINUTE - 1)
            host.takes = 30
            await schedule.probe_now(endpoint("a"))
            asked_at = host.starts("a")[-1]
            await asyncio.sleep(2 * MINUTE)
        return host, asked_at

    host, asked_at = run(scenario())
    assert host.most_of_one == 1
    assert min(when for when in host.starts("a") if when > asked_at) == pytest.approx(asked_at + MINUTE + 1)


def test_probes_on_demand_keep_to_the_limit() -> None:
    async def scenario() -> int:
        host = Host(takes=10)
        schedule = schedule_of([], host, at_most=3)
        async with running(schedule):
            await asyncio.gather(*map(schedule.probe_now, endpoints(20)))
        return host.most_together

    assert run(scenario()) == 3


def test_a_probe_on_demand_that_breaks_is_a_result_like_any_other() -> None:
    async def probe(_probed: Endpoint, **_: object) -> ProbeResult:
        raise ZeroDivisionError

    async def scenario() -> ProbeResult:
        schedule = Schedule([], probe, lambda _: None, probes_in_flight=1)
        return await schedule.probe_now(endpoint("a"))

    assert "ZeroDivisionError" in str(run(scenario()).outcome)
