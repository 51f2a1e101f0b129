"""docs/metrics.md is the contract; here it is held against the code."""

from __future__ import annotations

import enum
import re
from pathlib import Path

import pytest

from ocsp_staple_exporter.discovery import Source
from ocsp_staple_exporter.exposition import FAMILIES, OwnMetrics
from ocsp_staple_exporter.model import (
    CertStatus,
    Observation,
    Phase,
    ProbeFailure,
    ProbeResult,
    Reason,
    TLSVersion,
)
from ocsp_staple_exporter.ocsp import checks
from ocsp_staple_exporter.results import Results
from tests.exposition import made_results as made
from tests.web.made_parts import NOBODY, NoLists

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")

Row = list[str]


def table(heading: str) -> list[Row]:
    """The rows of the first table under a heading, without the table's own heading."""
    section = PAGE.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def names(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


def values(heading: str) -> list[str]:
    return [names(row[0])[0] for row in table(heading)]


def test_the_families_of_an_endpoint_are_documented_in_their_order() -> None:
    documented = [(names(row[0]), row[1], names(row[2])) for row in table("## Series of an endpoint")]
    assert documented == [((family.name,), "gauge", family.labels) for family in FAMILIES]


def test_the_families_of_the_exporter_are_documented() -> None:
    class Idle:
        in_flight = 0
        places_taken = 0
        lag_seconds = 0.0

    own = OwnMetrics(Results(), Idle(), NOBODY, NoLists(), version="", revision="")
    own.config_loaded(made.NOW)
    exposed = {
        sample.name: (metric.type, frozenset(sample.labels)) for metric in own.collect() for sample in metric.samples
    }
    documented = {
        names(row[0])[0]: ("info" if row[0].endswith("_info`") else row[1], frozenset(names(row[2])))
        for row in table("## Series of the exporter")
    }
    assert documented == exposed


@pytest.mark.parametrize(
    ("heading", "listed"),
    [
        ("### `reason` of `ocsp_staple_verification_error` and `ocsp_staple_warning`", Reason),
        ("### `reason` of `ocsp_staple_probe_error`", ProbeFailure),
        ("### `phase`", Phase),
    ],
)
def test_every_value_of_a_closed_label_is_documented_in_its_order(heading: str, listed: type[enum.Enum]) -> None:
    assert values(heading) == [one.value for one in listed]
    assert all(row[-1] for row in table(heading))


def test_the_small_sets_are_documented() -> None:
    documented = {names(row[0])[0]: names(row[1]) for row in table("### Other closed sets")}
    assert documented["status"] == tuple(status.value for status in CertStatus)
    assert documented["tls_version"] == tuple(version.value for version in TLSVersion)
    assert documented["stapled"] == label_values("ocsp_staple_handshakes", made.result())
    assert tuple(documented["staple"][:3]) == label_values("ocsp_staple_chain_certificates", made.result())
    assert documented["result"] == ("success", "failure")
    assert documented["source"] == tuple(source.value for source in Source)


def label_values(name: str, result: ProbeResult) -> tuple[str, ...]:
    family = next(family for family in FAMILIES if family.name == name)
    assert isinstance(result.outcome, Observation)
    return tuple(labels[0] for labels, _ in family.samples(result))


def test_what_is_an_error_and_what_a_warning_is_documented_as_it_is_judged() -> None:
    judged: dict[str, set[str]] = {
        "must_staple_missing": {"error"},
        "no_staple": {"warning"},
        "intermediate_revoked": {"warning"},
        "intermediate_staple_invalid": {"warning"},
        "staple_missing_sometimes": {"error", "warning"},
        "certificates_differ": {"warning"},
        "handshake_failed_sometimes": {"warning"},
    }
    tables = [checked for name, checked in vars(checks).items() if name.endswith("_CHECKS")]
    for check in (check for checked in tables for check in checked):
        for reason in check.reasons:
            judged.setdefault(reason.value, set()).add(check.severity.value)
    heading = "### `reason` of `ocsp_staple_verification_error` and `ocsp_staple_warning`"
    documented = {names(row[0])[0]: set(row[1].split(", ")) for row in table(heading)}
    assert documented == judged


def test_every_metric_that_a_query_names_exists() -> None:
    own = {names(row[0])[0] for row in table("## Series of the exporter")}
    queries = re.findall(r"```promql\n(.*?)```", PAGE, flags=re.DOTALL)
    used = {name for query in queries for name in re.findall(r"\bocsp_staple_\w+", query)}
    assert used
    assert used <= {family.name for family in FAMILIES} | own
