from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from ocsp_staple_exporter.model import Endpoint, Module, ProbeError, ProbeFailure, ProbeResult
from ocsp_staple_exporter.schedule import JITTER, Schedule, place
from tests.schedule.virtual_time import CoarseLoop, run

Started = list[tuple[str, float]]
MINUTE = 60.0


def endpoint(target: str, interval: float = MINUTE) -> Endpoint:
    module = Module(interval=timedelta(seconds=interval))
    return Endpoint(target=target, host="localhost", port=443, server_name=None, module=module)


def endpoints(count: int, interval: float = MINUTE) -> list[Endpoint]:
    return [endpoint(f"host-{number}", interval) for number in range(count)]


def refused(probed: Endpoint) -> ProbeResult:
    outcome = ProbeError(ProbeFailure.CONNECT_REFUSED, "refused")
    return ProbeResult(endpoint=probed, started_at=datetime.now(UTC), outcome=outcome)


class Host:
    """Answers every probe after `takes` seconds and notes when each began."""

    def __init__(self, takes: float = 0.0) -> None:
        self.takes = takes
        self.started: Started = []
        self.under_way: Counter[str] = Counter()
        self.most_together = 0
        self.most_of_one = 0
        self.published: list[ProbeResult] = []

    async def probe(self, probed: Endpoint, **_: object) -> ProbeResult:
        self.started.append((probed.target, asyncio.get_running_loop().time()))
        self.under_way[probed.target] += 1
        self.most_together = max(self.most_together, self.under_way.total())
        self.most_of_one = max(self.most_of_one, self.under_way[probed.target])
        try:
            await asyncio.sleep(self.takes)
        finally:
            self.under_way[probed.target] -= 1
        return refused(probed)

    def starts(self, target: str) -> list[float]:
        return [when for name, when in self.started if name == target]


def schedule_of(
    listed: Iterable[Endpoint], host: Host, *, at_most: int = 100, chance: Callable[[], float] = lambda: 0.0
) -> Schedule:
    return Schedule(listed, host.probe, host.published.append, probes_in_flight=at_most, chance=chance)


async def run_for(schedule: Schedule, seconds: float) -> None:
    """Let the schedule run, then cancel it; a failure of its own comes out."""
    running = asyncio.create_task(schedule.run())
    await asyncio.wait([running], timeout=seconds)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def run_schedule(schedule: Schedule, seconds: float) -> None:
    run(run_for(schedule, seconds))


def most_in_one_second(starts: Iterable[float]) -> int:
    return max(Counter(int(when) for when in starts).values())


def test_a_short_list_is_probed_at_once() -> None:
    host = Host()
    run_schedule(schedule_of(endpoints(10), host), 0.2)
    assert {name for name, _ in host.started} == {one.target for one in endpoints(10)}


def test_a_longer_list_begins_at_the_rate_of_the_first_round() -> None:
    host = Host()
    run_schedule(schedule_of(endpoints(1000), host), 20.0)
    assert len(host.started) == 1000
    assert most_in_one_second(when for _, when in host.started) < 80


def test_a_very_long_list_takes_the_whole_interval_and_makes_no_wave() -> None:
    host = Host()
    run_schedule(schedule_of(endpoints(12_000), host), MINUTE)
    assert len(host.started) == 12_000
    assert most_in_one_second(when for _, when in host.started) < 260
    assert max(when for _, when in host.started) > 59


def test_later_rounds_are_spread_over_the_interval_even_for_a_short_list() -> None:
    host = Host()
    run_schedule(schedule_of(endpoints(600), host), 10 * MINUTE)
    seconds = Counter(int(when) for _, when in host.started if when > 2 * MINUTE)
    assert len(seconds) == 8 * 60
    assert max(seconds.values()) < 30


def test_each_endpoint_is_probed_once_per_interval_at_its_place() -> None:
    host, one = Host(takes=1.0), endpoint("steady")
    run_schedule(schedule_of([one], host), 100 * MINUTE)
    starts = host.starts("steady")
    assert starts[0] < 0.1
    assert MINUTE / 2 <= starts[1] - starts[0] < MINUTE * 1.5
    assert [when % MINUTE for when in starts[1:]] == pytest.approx([place(one) * MINUTE] * len(starts[1:]))
    assert len(starts) in {100, 101}


def test_the_place_depends_on_the_name_and_nothing_else() -> None:
    assert place(endpoint("a")) == place(endpoint("a", interval=5))
    assert place(endpoint("a")) != place(endpoint("b"))
    assert all(0 <= place(one) < 1 for one in endpoints(1000))


def test_jitter_delays_a_tick_but_does_not_add_up() -> None:
    host, one = Host(), endpoint("jittered")
    run_schedule(schedule_of([one], host, chance=lambda: 1.0), 50 * MINUTE)
    late = (place(one) + JITTER) % 1 * MINUTE
    assert [when % MINUTE for when in host.starts("jittered")[1:]] == pytest.approx([late] * 49, abs=1e-6)


def test_each_module_has_its_own_interval() -> None:
    host = Host()
    run_schedule(schedule_of([endpoint("often", 10), endpoint("seldom", 600)], host), 3000)
    assert len(host.starts("often")) in {300, 301}
    assert len(host.starts("seldom")) in {5, 6}


def test_a_probe_that_ends_early_is_not_kept_waiting_by_a_later_turn_of_another() -> None:
    host = Host(takes=1.0)
    run_schedule(schedule_of([endpoint("often", 2), endpoint("seldom", 86_400)], host), 100)
    assert len(host.starts("often")) >= 49


def test_missed_ticks_are_skipped_and_an_endpoint_is_never_probed_twice_at_once() -> None:
    host, one = Host(takes=25.0), endpoint("slow", 10)
    run_schedule(schedule_of([one], host), 301)
    starts = host.starts("slow")
    assert host.most_of_one == 1
    assert [later - earlier for earlier, later in pairwise(starts[1:])] == pytest.approx([30.0] * (len(starts) - 2))


def test_no_more_probes_than_allowed_are_under_way() -> None:
    host = Host(takes=10.0)
    schedule = schedule_of(endpoints(100), host, at_most=7)
    run_schedule(schedule, 5 * MINUTE)
    assert host.most_together == 7
    assert len({name for name, _ in host.started}) == 100


def test_waiting_for_a_free_place_shows_as_lag_and_passes() -> None:
    async def scenario() -> tuple[float, float]:
        host = Host(takes=5.0)
        schedule = schedule_of(endpoints(3), host, at_most=1)
        running = asyncio.create_task(schedule.run())
        await asyncio.sleep(4.5)
        overdue = schedule.lag_seconds
        assert schedule.in_flight == 1
        host.takes = 0.0
        await asyncio.sleep(4 * MINUTE)
        relaxed = schedule.lag_seconds
        running.cancel()
        await asyncio.wait([running])
        return overdue, relaxed

    overdue, relaxed = run(scenario())
    assert 4.4 < overdue <= 4.5
    assert relaxed == pytest.approx(0, abs=1e-6)


def test_a_peak_of_the_lag_stays_visible_for_a_minute() -> None:
    async def scenario() -> list[float]:
        host = Host(takes=5.0)
        schedule = schedule_of(endpoints(2, interval=3600), host, at_most=1)
        running = asyncio.create_task(schedule.run())
        seen = []
        for pause in (10, 55, 120):
            await asyncio.sleep(pause)
            seen.append(schedule.lag_seconds)
        running.cancel()
        await asyncio.wait([running])
        return seen

    at_first, after_a_minute, later = run(scenario())
    assert at_first == after_a_minute > 4.9
    assert later == 0


def test_a_schedule_on_time_has_no_lag() -> None:
    async def scenario() -> float:
        schedule = schedule_of(endpoints(50), Host())
        await run_for(schedule, 5 * MINUTE)
        return schedule.lag_seconds

    assert run(scenario()) < 1e-6


def test_an_exception_of_the_prober_is_logged_published_and_survived() -> None:
    published: list[ProbeResult] = []

    async def probe(probed: Endpoint, **_: object) -> ProbeResult:
        if probed.target == "broken":
            raise ZeroDivisionError("a bug\x1b[31m")
        return refused(probed)

    schedule = Schedule([endpoint("broken"), endpoint("fine")], probe, published.append, probes_in_flight=1)
    with capture_logs() as logged:
        run_schedule(schedule, 3 * MINUTE)
    broken = [one.outcome for one in published if one.endpoint.target == "broken"]
    assert broken[0] == ProbeError(ProbeFailure.INTERNAL_ERROR, r"ZeroDivisionError: a bug\x1b[31m")
    assert len(broken) >= 2
    assert len([one for one in published if one.endpoint.target == "fine"]) >= 2
    assert len(logged) == len(broken)
    assert logged[0]["log_level"] == "error"
    assert logged[0]["exc_info"]
    assert logged[0]["target"] == "broken"


def test_an_exception_of_a_subscriber_is_logged_and_survived() -> None:
    host = Host()

    def publish(_result: ProbeResult) -> None:
        raise ZeroDivisionError

    schedule = Schedule([endpoint("one")], host.probe, publish, probes_in_flight=1)
    with capture_logs() as logged:
        run_schedule(schedule, 5 * MINUTE)
    assert len(host.started) >= 4
    assert logged[0]["event"] == "a result could not be published"


def test_cancellation_ends_the_probes_under_way() -> None:
    ended: list[str] = []

    async def probe(probed: Endpoint, **_: object) -> ProbeResult:
        try:
            await asyncio.sleep(1e6)
        finally:
            await asyncio.sleep(0)  # closing a connection takes a turn of the loop
            ended.append(probed.target)
        return refused(probed)

    published: list[ProbeResult] = []
    schedule = Schedule(endpoints(5), probe, published.append, probes_in_flight=10)
    run_schedule(schedule, 10)
    assert len(ended) == 5
    assert schedule.in_flight == 0
    assert published == []


def test_an_empty_list_is_watched_in_peace() -> None:
    host = Host()
    run_schedule(schedule_of([], host), 1000)
    assert host.started == []


def test_a_hundred_thousand_endpoints_need_no_task_each() -> None:
    async def scenario() -> int:
        host = Host()
        schedule = schedule_of(endpoints(100_000, interval=3600), host)
        running = asyncio.create_task(schedule.run())
        await asyncio.sleep(0.5)
        tasks = len(asyncio.all_tasks())
        running.cancel()
        await asyncio.wait([running])
        return tasks

    assert run(scenario()) < 110


def test_probe_is_any_awaitable() -> None:
    done: list[ProbeResult] = []

    def probe(probed: Endpoint, **_: object) -> Awaitable[ProbeResult]:
        future: asyncio.Future[ProbeResult] = asyncio.get_running_loop().create_future()
        future.set_result(refused(probed))
        return future

    run_schedule(Schedule(endpoints(1), probe, done.append, probes_in_flight=1), 1)
    assert len(done) == 1


def test_a_loop_that_counts_milliseconds_does_not_spin_before_each_probe() -> None:
    async def scenario() -> int:
        schedule = schedule_of(endpoints(300), host := Host())
        await run_for(schedule, 2 * MINUTE)
        assert len(host.started) >= 300
        loop = asyncio.get_running_loop()
        assert isinstance(loop, CoarseLoop)
        return loop.timers // len(host.started)

    assert run(scenario(), CoarseLoop) <= 2
