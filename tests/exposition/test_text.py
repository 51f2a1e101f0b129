from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.registry import Collector

from ocsp_staple_exporter.exposition import FAMILIES, Exposition
from ocsp_staple_exporter.exposition.blocks import ENDPOINTS_PER_BLOCK
from ocsp_staple_exporter.exposition.families import COUNTDOWN
from ocsp_staple_exporter.exposition.text import number
from ocsp_staple_exporter.model import KeyType, ProbeResult, TLSVersion
from tests.exposition import made_results as made

SCRAPED_AT = made.NOW.timestamp() + 12.5

RESULTS = [
    made.result(of=made.endpoint("good")),
    made.result(made.observation(made.REVOKED), of=made.endpoint("revoked", team="web", a_first="1")),
    made.result(made.observation(made.STALE), of=made.endpoint("stale", team='quotes " and \\ and \n')),
    made.result(made.observation(made.MALFORMED, chain_verified=None), of=made.endpoint("malformed")),
    made.result(made.observation(made.NO_NEXT_UPDATE, chain_verified=False), of=made.endpoint("no nextUpdate")),
    made.result(made.observation(made.EVERY_REASON), of=made.endpoint("ünïcode", reasons="every")),
    made.result(made.observation(made.ABSENT, expected=False), of=made.endpoint("absent")),
    made.result(made.observation(made.MISSED), of=made.endpoint("missed")),
    made.result(made.observation(made.MUST_STAPLE_MISSED), of=made.endpoint("must staple")),
    made.result(made.REFUSED, of=made.endpoint("refused", team="web")),
    made.result(of=made.part("parted", address="192.0.2.1", key_type=KeyType.ECDSA, tls_version=TLSVersion.TLS_1_3)),
    made.result(made.REFUSED, of=made.part("parted", address="2001:db8::1", key_type=KeyType.RSA, zone="a")),
]


class Equivalent(Collector):
    """The same families as prometheus_client's own values."""

    def __init__(self, results: Iterable[ProbeResult], now: float) -> None:
        self._results = list(results)
        self._now = now

    def collect(self) -> Iterator[Metric]:
        for family in FAMILIES:
            metric = GaugeMetricFamily(family.name, family.help)
            for result in self._results:
                endpoint = result.endpoint
                names = {"target": endpoint.target, **dict(endpoint.labels), **dict(endpoint.fan_out)}
                for values, value in family.samples(result):
                    shown = round(value - self._now, 3) if family is COUNTDOWN else value
                    labels = names | dict(zip(family.labels, values, strict=True))
                    metric.add_sample(family.name, labels, shown)
            yield metric


def exposition_of(results: Iterable[ProbeResult]) -> Exposition:
    exposition = Exposition()
    for result in results:
        exposition.published(result, None)
    return exposition


def text_of(results: Iterable[ProbeResult], now: float = SCRAPED_AT) -> str:
    return b"".join(exposition_of(results).families(now)).decode()


def in_gos_notation(text: str) -> str:
    """The text with its countdowns, which have three decimals, written as all other values."""
    countdown = re.compile(rf"^({COUNTDOWN.name}.* )(-?[0-9]+\.[0-9]{{3}})$", flags=re.MULTILINE)
    return countdown.sub(lambda found: found[1] + number(float(found[2])), text)


def registry_of(results: Iterable[ProbeResult]) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(Equivalent(results, SCRAPED_AT))
    return registry


@pytest.mark.parametrize("results", [*([one] for one in RESULTS), RESULTS, []], ids=lambda results: str(len(results)))
def test_the_text_is_what_prometheus_client_writes(results: list[ProbeResult]) -> None:
    assert in_gos_notation(text_of(results)) == generate_latest(registry_of(results)).decode()


@pytest.mark.parametrize("odd_one", [None, *RESULTS])
def test_so_it_is_of_more_endpoints_than_a_block_holds(odd_one: ProbeResult | None) -> None:
    results = [made.result(of=made.endpoint(f"host-{number}", team="web")) for number in range(ENDPOINTS_PER_BLOCK + 2)]
    if odd_one is not None:
        results[7] = odd_one
    assert in_gos_notation(text_of(results)) == generate_latest(registry_of(results)).decode()


def test_the_text_is_what_prometheus_client_writes_as_openmetrics() -> None:
    assert in_gos_notation(text_of(RESULTS)) + "# EOF\n" == generate_openmetrics(registry_of(RESULTS)).decode()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(("parse", "end"), [(parse_text, ""), (parse_openmetrics, "# EOF\n")])
def test_a_strict_parser_reads_every_family_and_every_sample(
    parse: Callable[[str], Iterable[Metric]], end: str
) -> None:
    families = list(parse(text_of(RESULTS) + end))
    assert [family.name for family in families] == [family.name for family in FAMILIES]
    assert {family.type for family in families} == {"gauge"}
    wanted = [sample for metric in Equivalent(RESULTS, SCRAPED_AT).collect() for sample in metric.samples]
    read = [sample for metric in families for sample in metric.samples]
    assert [(one.name, one.labels, one.value) for one in read] == [(one.name, one.labels, one.value) for one in wanted]


def test_no_series_appears_twice() -> None:
    series = [line.rpartition(" ")[0] for line in text_of(RESULTS).splitlines() if not line.startswith("#")]
    assert len(series) == len(set(series))


def test_a_label_that_tells_endpoints_apart_stands_once_and_as_it_was_asked_for() -> None:
    """What the handshake says may be spelt otherwise; series are joined by the endpoint's own labels."""
    text = text_of([made.result(of=made.part("t", address="2001:db8::1", key_type=KeyType.RSA))])
    (info,) = [line for line in text.splitlines() if line.startswith("ocsp_staple_handshake_info{")]
    assert info == (
        'ocsp_staple_handshake_info{address="2001:db8::1",cipher_suite="TLS_AES_128_GCM_SHA256",group="x25519",'
        'key_type="rsa",target="t",tls_version="1.3"} 1.0'
    )


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_label_value_is_read_back_as_it_was(target: str, team: str) -> None:
    text = text_of([made.result(of=made.endpoint(target, team=team))])
    for family in parse_openmetrics(text + "# EOF\n"):  # type: ignore[no-untyped-call]
        for sample in family.samples:
            assert (sample.labels["target"], sample.labels["team"]) == (target, team)


def test_a_name_that_has_no_utf_8_does_not_break_the_text() -> None:
    assert 'target="?"' in text_of([made.result(of=made.endpoint("\ud800"))])
