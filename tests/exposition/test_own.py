from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from ocsp_staple_exporter.discovery import Entries, Key, ListState, Source
from ocsp_staple_exporter.exposition import FAMILIES, OwnMetrics
from ocsp_staple_exporter.results import Results
from ocsp_staple_exporter.sharding import Shard
from tests.exposition import made_results as made
from tests.web.made_parts import Watching

PREFIX = "ocsp_staple_exporter_"


@dataclass
class Progress:
    in_flight: int = 3
    places_taken: int = 2
    lag_seconds: float = 0.25


@dataclass
class Lists:
    failures: Mapping[Source, int] = field(default_factory=lambda: {Source.FILE: 2, Source.URL: 0})
    lists: tuple[ListState, ...] = (
        ListState(key=Key(Source.FILE, "a.json"), entries=Entries(), problems=("a.json: is gone",)),
        ListState(key=Key(Source.FILE, "b.json"), entries=Entries()),
        ListState(key=Key(Source.URL, "http://a.example.com/"), entries=Entries()),
    )
    shard: Shard = field(default_factory=lambda: Shard(2, 5))


@pytest.fixture
def results() -> Results:
    return Results([made.endpoint("a"), made.endpoint("b")])


@pytest.fixture
def own(results: Results) -> OwnMetrics:
    own = OwnMetrics(results, Progress(), Watching(["a", "b", "c"], ["b"]), Lists(), version="1.2.3", revision="abc")
    results.subscribe(own)
    return own


def value(own: OwnMetrics, name: str, **labels: str) -> float | None:
    return own.registry.get_sample_value(PREFIX + name, labels)


def test_both_results_are_counted_from_zero(own: OwnMetrics, results: Results) -> None:
    assert value(own, "probes_total", result="success") == 0
    assert value(own, "probes_total", result="failure") == 0
    results.publish(made.result(of=made.endpoint("a")))
    results.publish(made.result(made.REFUSED, of=made.endpoint("b")))
    results.publish(made.result(made.REFUSED, of=made.endpoint("b")))
    assert value(own, "probes_total", result="success") == 1
    assert value(own, "probes_total", result="failure") == 2


def test_counts_do_not_go_back_when_an_endpoint_goes(own: OwnMetrics, results: Results) -> None:
    results.publish(made.result(of=made.endpoint("a")))
    results.watch([])
    assert value(own, "probes_total", result="success") == 1
    assert value(own, "endpoints") == 0


def test_endpoints_count_before_their_first_probe(own: OwnMetrics) -> None:
    assert value(own, "targets") == 3
    assert value(own, "unresolved_targets") == 1
    assert value(own, "endpoints") == 2


def test_the_schedule_tells_of_itself(own: OwnMetrics) -> None:
    assert value(own, "probes_in_flight") == 3
    assert value(own, "schedule_lag_seconds") == 0.25


def test_a_rejected_configuration_keeps_the_time_of_the_last_good_one(own: OwnMetrics) -> None:
    assert value(own, "config_last_reload_successful") == 0
    assert value(own, "config_last_reload_success_timestamp_seconds") is None
    own.config_loaded(made.NOW)
    assert value(own, "config_last_reload_successful") == 1
    own.config_rejected()
    assert value(own, "config_last_reload_successful") == 0
    assert value(own, "config_last_reload_success_timestamp_seconds") == made.NOW.timestamp()


def test_failures_of_lists_are_counted_by_where_they_come_from(own: OwnMetrics) -> None:
    assert value(own, "discovery_failures_total", source="file") == 2
    assert value(own, "discovery_failures_total", source="url") == 0


def test_lists_that_fail_now_are_counted(own: OwnMetrics) -> None:
    assert value(own, "discovery_lists_failing", source="file") == 1
    assert value(own, "discovery_lists_failing", source="url") == 0


def test_the_shard_is_told(own: OwnMetrics) -> None:
    assert value(own, "shard_ordinal") == 2
    assert value(own, "total_shards") == 5


def test_the_build_is_named(own: OwnMetrics) -> None:
    labels = {"version": "1.2.3", "revision": "abc", "pythonversion": platform.python_version()}
    assert value(own, "build_info", **labels) == 1


def test_no_family_of_an_endpoint_is_also_one_of_the_exporter(own: OwnMetrics) -> None:
    own.config_loaded(made.NOW)
    names = {metric.name for metric in own.registry.collect()}
    assert not names & {family.name for family in FAMILIES}
    assert all(name.startswith((PREFIX, "process_")) for name in names)


def test_counters_come_without_a_time_of_creation(own: OwnMetrics) -> None:
    assert b"_created" not in generate_latest(own.registry)
    assert b"_created" not in generate_openmetrics(own.registry)  # type: ignore[no-untyped-call]
