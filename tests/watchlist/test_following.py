"""Targets that are watched at all of their addresses, in virtual time, with a name service that changes its mind."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import capture_logs

from ocsp_staple_exporter.model import Addresses, Change, Endpoint, IPFamily, KeyType, Target
from ocsp_staple_exporter.resolver import Address
from ocsp_staple_exporter.watchlist import Unresolved, WatchList
from tests.exposition import made_results as made
from tests.schedule.virtual_time import run

A, B, C = "192.0.2.1", "192.0.2.2", "2001:db8::1"
MINUTE = 60.0


def at(address: str) -> Address:
    if ":" in address:
        return Address(socket.AF_INET6, (address, 443, 0, 0))
    return Address(socket.AF_INET, (address, 443))


class Names:
    """A name service; what it holds may change at any time. A name that it does not hold does not exist."""

    def __init__(self, **held: str) -> None:
        self.held = held
        self.asked: list[tuple[str, float, IPFamily]] = []
        self.takes = 0.0
        self.under_way = self.most_under_way = 0

    async def resolve(self, host: str, _port: int, family: IPFamily) -> tuple[Address, ...]:
        self.asked.append((host, asyncio.get_running_loop().time(), family))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(self.takes)
        self.under_way -= 1
        if host not in self.held:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return tuple(map(at, self.held[host].split()))

    def times(self, host: str) -> list[float]:
        return [when for asked, when, _ in self.asked if asked == host]


class Watched:
    """The endpoints as those who are told of changes see them; a change that does not fit is an error."""

    def __init__(self) -> None:
        self.endpoints: dict[str, Endpoint] = {}
        self.changes: list[Change[Endpoint]] = []

    def __call__(self, change: Change[Endpoint]) -> None:
        self.changes.append(change)
        for endpoint in change.removed:
            assert self.endpoints.pop(endpoint.id) == endpoint
        for endpoint in change.added:
            assert endpoint.id not in self.endpoints
            self.endpoints[endpoint.id] = endpoint

    @property
    def names(self) -> list[str]:
        return sorted(endpoint.name for endpoint in self.endpoints.values())


def target(name: str = "shop", *, interval: float = MINUTE, **changes: Any) -> Target:
    module = replace(made.MODULE, interval=timedelta(seconds=interval), addresses=Addresses.ALL, **changes)
    return replace(made.target(name), host=f"{name}.test", module=module)


@asynccontextmanager
async def watching(names: Names, targets: Iterable[Target]) -> AsyncIterator[tuple[WatchList, Watched]]:
    watched = Watched()
    watch_list = WatchList(watched, names.resolve)
    watch_list.watch(targets)
    task = asyncio.create_task(watch_list.run())
    try:
        yield watch_list, watched
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


Scenario = Callable[[], Coroutine[Any, Any, None]]


def in_virtual_time(scenario: Scenario) -> Callable[[], None]:
    def test() -> None:
        run(scenario())

    test.__name__, test.__doc__ = scenario.__name__, scenario.__doc__
    return test


@in_virtual_time
async def test_every_address_is_an_endpoint_as_soon_as_the_name_is_resolved() -> None:
    async with watching(Names(**{"shop.test": f"{A} {C}"}), [target()]) as (watch_list, watched):
        assert (watched.names, watch_list.endpoints_of("shop")) == ([], ())
        await asyncio.sleep(1)
        assert watched.names == [f"shop ({A})", f"shop ({C})"]
        assert {endpoint.host for endpoint in watched.endpoints.values()} == {"shop.test"}
        assert sorted(watch_list.endpoints_of("shop"), key=lambda each: each.name) == sorted(
            watched.endpoints.values(), key=lambda each: each.name
        )


@in_virtual_time
async def test_addresses_and_key_types_multiply() -> None:
    both = target(key_types=(KeyType.RSA, KeyType.ECDSA))
    async with watching(Names(**{"shop.test": f"{A} {B}"}), [both]) as (_, watched):
        await asyncio.sleep(1)
        assert watched.names == [f"shop ({a}, {kind})" for a in (A, B) for kind in ("ecdsa", "rsa")]


@in_virtual_time
async def test_a_new_address_comes_within_a_minute_and_one_that_vanished_goes_within_minutes() -> None:
    names = Names(**{"shop.test": f"{A} {B}"})
    async with watching(names, [target()]) as (_, watched):
        await asyncio.sleep(10 * MINUTE)
        names.held["shop.test"] = f"{A} {C}"
        await asyncio.sleep(MINUTE)
        assert watched.names == [f"shop ({A})", f"shop ({B})", f"shop ({C})"]
        await asyncio.sleep(6 * MINUTE)
        assert watched.names == [f"shop ({A})", f"shop ({C})"]
        assert len(watched.changes) == 3


@in_virtual_time
async def test_a_name_service_that_flaps_changes_nothing() -> None:
    names = Names(**{"shop.test": f"{A} {B}"})
    async with watching(names, [target()]) as (watch_list, watched):
        await asyncio.sleep(1)
        for number in range(600):
            held = (A, f"{B} {A}", "", B)[number % 4]
            names.held = {"shop.test": held} if held else {}
            await asyncio.sleep(20)
        assert len(watched.changes) == 1
        assert not watch_list.unresolved


@in_virtual_time
async def test_a_name_that_never_resolved_is_one_endpoint_that_shows_it() -> None:
    names = Names()
    async with watching(names, [target(key_types=(KeyType.RSA, KeyType.ECDSA))]) as (watch_list, watched):
        await asyncio.sleep(10 * MINUTE)
        assert watched.names == ["shop"]
        assert watch_list.why_unresolved(9) == (Unresolved("shop", "Name or service not known", 0),)
        names.held["shop.test"] = A
        await asyncio.sleep(MINUTE)
        assert watched.names == [f"shop ({A}, ecdsa)", f"shop ({A}, rsa)"]
        assert not watch_list.unresolved


@in_virtual_time
async def test_a_name_that_stops_resolving_keeps_its_addresses_and_shows_it_beside_them() -> None:
    names = Names(**{"shop.test": f"{A} {B}"})
    async with watching(names, [target()]) as (watch_list, watched):
        await asyncio.sleep(1)
        names.held.clear()
        await asyncio.sleep(2 * MINUTE)
        assert watched.names == [f"shop ({A})", f"shop ({B})"]
        await asyncio.sleep(2 * MINUTE)
        assert watched.names == ["shop", f"shop ({A})", f"shop ({B})"]
        assert watch_list.why_unresolved(9) == (Unresolved("shop", "Name or service not known", 2),)
        names.held["shop.test"] = f"{A} {B}"
        await asyncio.sleep(MINUTE)
        assert watched.names == [f"shop ({A})", f"shop ({B})"]


@in_virtual_time
async def test_a_name_service_that_hangs_is_given_the_modules_timeout() -> None:
    names = Names(**{"shop.test": A})
    names.takes = 3600
    async with watching(names, [target(timeout=timedelta(seconds=10))]) as (watch_list, watched):
        await asyncio.sleep(9)
        assert watched.names == []
        await asyncio.sleep(2)
        assert watched.names == ["shop"]
        assert watch_list.why_unresolved(1)[0].detail == "no answer in time"


@pytest.mark.parametrize(("interval", "period"), [(5, 60), (60, 60), (90, 90), (3600, 120)])
def test_a_name_is_looked_up_once_per_interval_within_bounds(interval: float, period: float) -> None:
    async def scenario() -> list[float]:
        names = Names(**{"shop.test": A})
        async with watching(names, [target(interval=interval)]):
            await asyncio.sleep(3600)
        return names.times("shop.test")

    first, *later = run(scenario())
    assert first == 0
    assert period / 2 <= later[0] < 1.5 * period
    gaps = {round(after - before, 6) for before, after in pairwise(later)}
    assert gaps == {period}


@in_virtual_time
async def test_look_ups_are_spread_and_few_at_a_time() -> None:
    hosts = [f"host-{number}" for number in range(300)]
    names = Names(**{f"{host}.test": A for host in hosts})
    names.takes = 0.01
    async with watching(names, map(target, hosts)) as (_, watched):
        await asyncio.sleep(2)
        assert len(watched.endpoints) == 300
        assert names.most_under_way <= 32
        names.asked.clear()
        await asyncio.sleep(5 * MINUTE)
    seconds = [int(when) for _, when, _ in names.asked]
    assert max(map(seconds.count, set(seconds))) < 20


@in_virtual_time
async def test_an_address_family_narrows_what_is_asked_for() -> None:
    names = Names(**{"shop.test": A})
    narrow = [
        target("a", ip_family=IPFamily.IPV6),
        target("b", source_address="192.0.2.9"),
        target("c"),
    ]
    async with watching(names, narrow):
        await asyncio.sleep(1)
    assert {host: family for host, _, family in names.asked} == {
        "a.test": IPFamily.IPV6,
        "b.test": IPFamily.IPV4,
        "c.test": IPFamily.ANY,
    }


@in_virtual_time
async def test_a_target_that_goes_takes_its_addresses_along_and_is_looked_up_no_more() -> None:
    names = Names(**{"shop.test": f"{A} {B}"})
    async with watching(names, [target()]) as (watch_list, watched):
        await asyncio.sleep(1)
        watch_list.watch([])
        assert (watched.names, watch_list.endpoints_of("shop")) == ([], ())
        names.asked.clear()
        with capture_logs() as logged:
            await asyncio.sleep(10 * MINUTE)
        assert (names.asked, logged) == ([], [])


@in_virtual_time
async def test_a_target_that_is_labelled_anew_keeps_what_is_known_of_its_addresses() -> None:
    names = Names(**{"shop.test": f"{A} {B}"})
    async with watching(names, [target()]) as (watch_list, watched):
        await asyncio.sleep(1)
        names.held.clear()
        watch_list.watch([replace(target(), labels=(("team", "web"),))])
        await asyncio.sleep(1)
        assert watched.names == [f"shop ({A})", f"shop ({B})"]
        assert {endpoint.labels for endpoint in watched.endpoints.values()} == {(("team", "web"),)}


@in_virtual_time
async def test_a_target_of_another_host_knows_nothing_of_the_one_before() -> None:
    names = Names(**{"shop.test": A, "other.test": B})
    async with watching(names, [target()]) as (watch_list, watched):
        await asyncio.sleep(1)
        watch_list.watch([replace(target(), host="other.test")])
        assert watched.names == []
        await asyncio.sleep(1)
        assert watched.names == [f"shop ({B})"]


@in_virtual_time
async def test_an_answer_that_comes_after_its_target_went_is_dropped() -> None:
    names = Names(**{"shop.test": A})
    names.takes = 5
    async with watching(names, [target()]) as (watch_list, watched):
        await asyncio.sleep(1)
        watch_list.watch([])
        await asyncio.sleep(10)
        assert watched.changes == []


@in_virtual_time
async def test_a_target_may_be_told_to_look_no_further_than_one_address() -> None:
    async with watching(Names(**{"shop.test": f"{A} {B}"}), [target()]) as (watch_list, watched):
        await asyncio.sleep(1)
        watch_list.watch([replace(target(), module=made.MODULE)])
        assert watched.names == ["shop"]
        assert watch_list.known_of("shop") is None


@in_virtual_time
async def test_news_about_addresses_are_lines_in_the_log_and_nothing_else_is() -> None:
    names = Names(**{"shop.test": A})
    with capture_logs() as logged:
        async with watching(names, [target()]):
            await asyncio.sleep(30 * MINUTE)
            names.held.clear()
            await asyncio.sleep(30 * MINUTE)
            names.held["shop.test"] = A
            await asyncio.sleep(30 * MINUTE)
    assert [line["event"] for line in logged] == [
        "addresses changed",
        "the name does not resolve",
        "the name resolves again",
    ]
    assert (logged[0]["came"], logged[0]["went"], logged[1]["known"]) == (A, "", 1)


@in_virtual_time
async def test_a_look_up_that_breaks_is_logged_and_made_again() -> None:
    class Broken(Names):
        async def resolve(self, host: str, _port: int, family: IPFamily) -> tuple[Address, ...]:
            await super().resolve(host, _port, family)
            raise ZeroDivisionError

    names = Broken(**{"shop.test": A})
    with capture_logs() as logged:
        async with watching(names, [target()]):
            await asyncio.sleep(3 * MINUTE)
    assert len(names.asked) >= 3
    assert {line["log_level"] for line in logged} == {"error"}
