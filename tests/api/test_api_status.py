from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from ocsp_staple_exporter.config import Config, Limits
from ocsp_staple_exporter.diagnosis import State
from ocsp_staple_exporter.discovery import Entries, Key, ListState, Source
from ocsp_staple_exporter.model import Addresses, Change, Endpoint, IPFamily
from ocsp_staple_exporter.resolver import Address
from ocsp_staple_exporter.sharding import Shard
from ocsp_staple_exporter.watchlist import WatchList
from tests.api.site import serving_parts
from tests.exposition import made_results as made
from tests.web.made_parts import parts


async def test_the_status_says_what_runs_with_which_configuration() -> None:
    config = Config((made.target("a"), made.target("b")), Limits(7), files=(Path("/etc/x.yaml"), Path("/etc/ca.pem")))
    async with serving_parts(parts(config=config)) as site:
        status = (await site.ask("/api/v1/status")).json
    assert (status["version"], status["revision"], status["started_at"]) == ("1.2.3", "abc", "2026-03-01T00:00:00Z")
    assert status["answered_at"] == "2026-03-01T12:00:00Z"
    assert status["configuration"] == {
        "files": ["/etc/x.yaml", "/etc/ca.pem"],
        "probe_on_demand": False,
        "last_loading": {"at": "2026-03-01T12:00:00Z", "succeeded": True, "problems": []},
    }
    assert status["probing"] == {"in_flight": 0, "in_flight_limit": 7, "lag_seconds": 0.0}
    assert status["ready"] is True


async def test_a_configuration_that_was_not_loaded_shows_its_problems() -> None:
    problems = ('x.yaml:1:1: "targets" is missing', "x.yaml:2:1: worse")
    async with serving_parts(parts(problems=problems, is_ready=lambda: False)) as site:
        status = (await site.ask("/api/v1/status")).json
    assert status["configuration"]["last_loading"]["succeeded"] is False
    assert tuple(status["configuration"]["last_loading"]["problems"]) == problems
    assert status["ready"] is False


async def test_every_list_is_told_with_what_is_wrong_with_it() -> None:
    entries = Entries(targets={"a:443": made.target("a")}, repeated=2, of_other_shards=7)
    states = (
        ListState(key=Key(Source.FILE, "/etc/a.json"), entries=entries, read_at=made.NOW, shadowed=3),
        ListState(key=Key(Source.URL, "http://x.example.com/"), entries=Entries(), problems=("it is gone",)),
    )
    async with serving_parts(parts(config=Config((), shard=Shard(1, 3)), lists=states)) as site:
        status = (await site.ask("/api/v1/status")).json
    assert status["lists"][0] == {
        "source": "file",
        "name": "/etc/a.json",
        "targets": 1,
        "of_other_shards": 7,
        "repeated": 2,
        "shadowed": 3,
        "read_at": made.NOW.isoformat().replace("+00:00", "Z"),
        "problems": [],
    }
    assert status["lists"][1]["read_at"] is None
    assert status["lists"][1]["problems"] == ["it is gone"]
    assert status["shard"] == {"ordinal": 1, "total": 3}


async def test_every_state_is_counted() -> None:
    given = parts([made.endpoint(name) for name in "abcd"])
    given.results.publish(made.result(made.REFUSED, of=made.endpoint("a")))
    given.results.publish(made.result(made.REFUSED, of=made.endpoint("b")))
    given.results.publish(made.result(of=made.endpoint("c")))
    async with serving_parts(given) as site:
        counted = (await site.ask("/api/v1/status")).json["endpoints"]
        given.results.publish(made.result(of=made.endpoint("b")))
        given.results.watch([made.endpoint("b"), made.endpoint("d")])
        counted_after = (await site.ask("/api/v1/status")).json["endpoints"]
    nobody = dict.fromkeys((state.value for state in State), 0)
    assert counted == {"total": 4, "states": nobody | {"unreachable": 2, "good": 1, "waiting": 1}}
    assert counted_after == {"total": 2, "states": nobody | {"good": 1, "waiting": 1}}


async def test_the_memory_in_use_is_told_where_the_system_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_linux(_path: Path, _encoding: str) -> str:
        raise FileNotFoundError

    async with serving_parts(parts()) as site:
        memory = (await site.ask("/api/v1/status")).json["resident_memory_bytes"]
        assert memory > 1_000_000
        monkeypatch.setattr(Path, "read_text", not_linux)
        assert (await site.ask("/api/v1/status")).json["resident_memory_bytes"] is None


async def test_a_name_of_a_file_without_utf_8_does_not_break_the_status() -> None:
    config = Config((), files=(Path("/etc/\udcff.yaml"),))
    async with serving_parts(replace(parts(config=config))) as site:
        assert (await site.ask("/api/v1/status")).json["configuration"]["files"] == ["/etc/?.yaml"]


async def test_names_that_do_not_resolve_are_told_the_first_of_them_by_name() -> None:
    async def resolve(_host: str, _port: int, _family: IPFamily) -> tuple[Address, ...]:
        raise OSError(1, "no such name\x1b")

    everywhere = replace(made.MODULE, addresses=Addresses.ALL)
    targets = [replace(made.target(f"t{number:02}"), module=everywhere) for number in range(30)]
    told = asyncio.Queue[Change[Endpoint]]()
    watch_list = WatchList(told.put_nowait, resolve)
    watch_list.watch(targets)
    looking = asyncio.create_task(watch_list.run())
    async with asyncio.timeout(10):
        for _ in targets:
            await told.get()
    looking.cancel()
    async with serving_parts(replace(parts(), watch_list=watch_list)) as site:
        resolution = (await site.ask("/api/v1/status")).json["resolution"]
    assert resolution["unresolved"] == 30
    assert [one["target"] for one in resolution["first"]] == [f"t{number:02}" for number in range(20)]
    assert resolution["first"][0] == {"target": "t00", "detail": r"no such name\x1b", "addresses": 0}
