from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from ocsp_staple_exporter.exposition import FAMILIES, Exposition, layout
from ocsp_staple_exporter.exposition.blocks import ENDPOINTS_PER_BLOCK
from ocsp_staple_exporter.exposition.text import EndpointLabels, Family, numbers
from ocsp_staple_exporter.model import Phase, ProbeResult
from ocsp_staple_exporter.results import Results
from tests.exposition import made_results as made

NOW = made.NOW.timestamp()


def scrape(exposition: Exposition, now: float = NOW) -> dict[str, float]:
    lines = b"".join(exposition.families(now)).decode().splitlines()
    series = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name.removeprefix("ocsp_staple_"): float(value) for name, _, value in series}


@pytest.fixture
def exposition() -> Exposition:
    return Exposition()


@pytest.fixture
def results(exposition: Exposition) -> Results:
    endpoints = [made.endpoint("a"), made.endpoint("b")]
    results = Results(endpoints)
    results.subscribe(exposition)
    return results


def test_an_endpoint_without_a_probe_has_no_series(exposition: Exposition, results: Results) -> None:
    results.publish(made.result(of=made.endpoint("a")))
    series = scrape(exposition)
    assert 'present{target="a"}' in series
    assert not [name for name in series if 'target="b"' in name]


def test_the_next_result_replaces_the_last(exposition: Exposition, results: Results) -> None:
    results.publish(made.result(of=made.endpoint("a")))
    results.publish(made.result(made.REFUSED, of=made.endpoint("a"), after=60))
    series = scrape(exposition)
    assert series['probe_success{target="a"}'] == 0
    assert series['last_probe_timestamp_seconds{target="a"}'] == NOW + 60
    assert 'present{target="a"}' not in series
    assert 'seconds_until_next_update{target="a"}' not in series


def test_an_unchanged_outcome_has_new_times(exposition: Exposition, results: Results) -> None:
    results.publish(made.result(of=made.endpoint("a")))
    again = replace(made.result(of=made.endpoint("a"), after=60), durations={Phase.CONNECT: 7.5})
    results.publish(again)
    series = scrape(exposition)
    assert series['last_probe_timestamp_seconds{target="a"}'] == NOW + 60
    assert series['probe_duration_seconds{phase="connect",target="a"}'] == 7.5
    assert 'probe_duration_seconds{phase="resolve",target="a"}' not in series
    assert series['verified{target="a"}'] == 1


def test_only_what_changed_is_rendered_again(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []

    def watched(family: Family, result: ProbeResult) -> list[bytes]:
        rendered.append(family.name.removeprefix("ocsp_staple_"))
        return numbers(family, result)

    results.publish(made.result(of=made.endpoint("a")))
    monkeypatch.setattr(layout, "numbers", watched)
    results.publish(made.result(of=made.endpoint("a"), after=60))
    assert rendered == ["last_probe_timestamp_seconds", "probe_duration_seconds"]
    results.publish(made.result(made.observation(made.REVOKED), of=made.endpoint("a"), after=120))
    assert "cert_status" in rendered


def test_the_countdown_is_computed_when_asked(exposition: Exposition, results: Results) -> None:
    results.publish(made.result(of=made.endpoint("a")))
    name = 'seconds_until_next_update{target="a"}'
    assert scrape(exposition, NOW)[name] == 6 * 86400
    assert scrape(exposition, NOW + 0.25)[name] == 6 * 86400 - 0.25
    assert scrape(exposition, NOW + 7 * 86400)[name] == -86400


def test_a_removed_endpoint_leaves_no_series(exposition: Exposition, results: Results) -> None:
    results.publish(made.result(of=made.endpoint("a")))
    results.publish(made.result(of=made.endpoint("b")))
    results.watch([made.endpoint("b")])
    series = scrape(exposition)
    assert not [name for name in series if 'target="a"' in name]
    assert 'present{target="b"}' in series


def test_places_that_are_given_back_are_taken_again(exposition: Exposition) -> None:
    def published(names: Iterable[str]) -> None:
        for name in names:
            exposition.published(made.result(of=made.endpoint(name)), None)

    names = [f"host-{number}" for number in range(ENDPOINTS_PER_BLOCK + 1)]
    published(names)
    assert len(exposition._blocks) == 2
    for name in names[:10]:
        exposition.removed(made.endpoint(name))
    published(f"other-{number}" for number in range(10))
    assert len(exposition._blocks) == 2
    for endpoint in [*map(made.endpoint, names), *(made.endpoint(f"other-{number}") for number in range(10))]:
        exposition.removed(endpoint)
    assert not exposition._blocks
    assert not exposition._open
    assert not scrape(exposition)


def test_numbers_that_are_equal_are_one_object() -> None:
    """A hundred thousand endpoints share their zeros and ones, and the times of a certificate that many show."""
    one, other = (layout.of_outcome(made.result(of=made.endpoint(name)), EndpointLabels(None)) for name in "ab")
    texts = [text for text in one.texts if text and not text.startswith(b"ocsp_staple_")]
    assert b"1.0\n" in texts
    assert {id(text) for text in texts} <= {id(text) for text in other.texts}


def test_a_sample_that_the_family_does_not_know_of_is_a_bug_and_no_silence() -> None:
    family = Family("a", "b", ("status",), lambda _: [(("odd",), 1)], known=("good",))
    with pytest.raises(ValueError, match="odd"):
        numbers(family, made.result())


def test_a_scrape_shows_one_moment_even_when_read_slowly(exposition: Exposition, results: Results) -> None:
    results.publish(made.result(of=made.endpoint("a")))
    families = exposition.families(NOW)
    first = next(families)
    results.publish(made.result(made.REFUSED, of=made.endpoint("a")))
    results.publish(made.result(of=made.endpoint("b")))
    results.watch([])
    text = (first + b"".join(families)).decode()
    assert 'ocsp_staple_present{target="a"} 1.0\n' in text
    assert 'target="b"' not in text
    assert 'target="a"' not in b"".join(exposition.families(NOW)).decode()


def test_the_families_are_there_before_the_first_result(exposition: Exposition) -> None:
    lines = b"".join(exposition.families(NOW)).decode().splitlines()
    assert [line.split()[2] for line in lines if line.startswith("# TYPE")] == [family.name for family in FAMILIES]
