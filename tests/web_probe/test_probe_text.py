from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from ocsp_staple_exporter.exposition import FAMILIES, families_of
from ocsp_staple_exporter.exposition.families import COUNTDOWN
from ocsp_staple_exporter.model import ProbeResult
from tests.exposition.test_text import RESULTS, SCRAPED_AT, in_gos_notation, text_of


class WithoutTarget(Collector):
    """The same families as prometheus_client's own values."""

    def __init__(self, result: ProbeResult) -> None:
        self._result = result

    def collect(self) -> Iterable[Metric]:
        for family in FAMILIES:
            metric = GaugeMetricFamily(family.name, family.help)
            for values, value in family.samples(self._result):
                shown = round(value - SCRAPED_AT, 3) if family is COUNTDOWN else value
                metric.add_sample(family.name, dict(zip(family.labels, values, strict=True)), shown)
            yield metric


def registry_of(result: ProbeResult) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(WithoutTarget(result))
    return registry


def text_alone(result: ProbeResult) -> str:
    return b"".join(families_of(result, SCRAPED_AT)).decode()


every_result = pytest.mark.parametrize("result", RESULTS, ids=[result.endpoint.target for result in RESULTS])


@every_result
def test_the_text_of_one_result_is_what_prometheus_client_writes(result: ProbeResult) -> None:
    text = in_gos_notation(text_alone(result))
    assert text == generate_latest(registry_of(result)).decode()
    assert text + "# EOF\n" == generate_openmetrics(registry_of(result)).decode()  # type: ignore[no-untyped-call]


def of_its_family(sample: Sample) -> set[str]:
    """Labels that it has whatever the endpoint: handshake_info tells what was chosen also where that was asked for."""
    return next(set(family.labels) for family in FAMILIES if family.name == sample.name)


@every_result
@pytest.mark.parametrize(("parse", "end"), [(parse_text, ""), (parse_openmetrics, "# EOF\n")])
def test_one_result_alone_has_the_series_of_the_list_without_the_labels_of_the_target(
    result: ProbeResult, parse: Callable[[str], Iterable[Metric]], end: str
) -> None:
    of_the_target = {"target", *dict(result.endpoint.labels), *dict(result.endpoint.fan_out)}
    alone = [sample for family in parse(text_alone(result) + end) for sample in family.samples]
    listed = [sample for family in parse(text_of([result]) + end) for sample in family.samples]
    left_out = [of_the_target - of_its_family(sample) for sample in listed]
    assert alone
    assert [(sample.name, sample.labels, sample.value) for sample in alone] == [
        (sample.name, {name: value for name, value in sample.labels.items() if name not in without}, sample.value)
        for sample, without in zip(listed, left_out, strict=True)
    ]
