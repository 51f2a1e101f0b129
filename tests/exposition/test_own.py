from __future__ import annotations

import platform
from dataclasses import dataclass

import pytest
from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from ocsp_staple_exporter.exposition import FAMILIES, OwnMetrics
from ocsp_staple_exporter.results import Results
from tests.exposition import made_results as made

PREFIX = "ocsp_staple_exporter_"


@dataclass
class Progress:
    in_flight: int = 3
    lag_seconds: float = 0.25


@pytest.fixture
def results() -> Results:
    return Results([made.endpoint("a"), made.endpoint("b")])


@pytest.fixture
def own(results: Results) -> OwnMetrics:
    own = OwnMetrics(results, Progress(), ["a", "b"], version="1.2.3", revision="abc")
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
    assert value(own, "targets") == 2
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
