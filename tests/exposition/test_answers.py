"""What /probe says of one result after another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocsp_staple_exporter.exposition import Answers, cache, families_of, layout
from ocsp_staple_exporter.exposition.text import Family, numbers
from ocsp_staple_exporter.model import ProbeResult, Rounds
from tests.exposition import made_results as made

NOW = made.NOW.timestamp()


def text(answers: Answers, result: ProbeResult, now: float = NOW) -> str:
    return b"".join(answers.families(result, now)).decode()


def afresh(result: ProbeResult, now: float = NOW) -> str:
    return b"".join(families_of(result, now)).decode()


def of_another_interval(result: ProbeResult) -> ProbeResult:
    module = replace(result.endpoint.module, interval=2 * result.endpoint.module.interval)
    return replace(result, endpoint=replace(result.endpoint, module=module))


def test_every_answer_is_what_it_would_be_without_those_before_it() -> None:
    answers, first = Answers(), made.result()
    asked = [
        first,
        made.result(after=60),
        made.result(made.REFUSED, after=120),
        made.result(made.observation(made.REVOKED), after=180),
        of_another_interval(made.result(made.observation(made.REVOKED), after=240)),
        made.result(of=made.endpoint("another"), after=300),
        first,
    ]
    for later, result in enumerate(asked):
        assert text(answers, result, NOW + later) == afresh(result, NOW + later), later


def test_an_outcome_that_came_before_is_not_rendered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []

    def watched(family: Family, result: ProbeResult) -> list[bytes]:
        rendered.append(family.name)
        return numbers(family, result)

    monkeypatch.setattr(layout, "numbers", watched)
    answers = Answers()
    text(answers, made.result())
    assert "ocsp_staple_verified" in rendered
    rendered.clear()
    text(answers, made.result(after=60))
    assert rendered == ["ocsp_staple_last_probe_timestamp_seconds", "ocsp_staple_probe_duration_seconds"]


def test_the_outcomes_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "OUTCOMES_KEPT", 3)
    answers = Answers()
    for number in range(10):
        text(answers, made.result(of=made.endpoint(f"host-{number}")))
    assert len(answers._outcomes) <= 3


def test_what_a_server_sends_beyond_measure_is_not_kept() -> None:
    answers, seen = Answers(), made.observation()
    handshake = replace(seen.handshake, chain=(*seen.handshake.chain, bytes(cache.LARGEST_OUTCOME)))
    large = made.result(replace(seen, handshake=handshake))
    for _ in range(2):
        assert text(answers, large) == afresh(large)
        assert not answers._outcomes
    text(answers, made.result(seen))
    assert len(answers._outcomes) == 1
    text(answers, large)
    assert not answers._outcomes


def test_a_round_of_a_few_more_than_are_kept_finds_most_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "OUTCOMES_KEPT", 100)
    answers, results = Answers(), [made.result(of=made.endpoint(f"host-{number}")) for number in range(110)]
    for _ in range(3):
        for result in results:
            text(answers, result)
    rendered: list[str] = []

    def watched(family: Family, result: ProbeResult) -> list[bytes]:
        rendered.append(family.name)
        return numbers(family, result)

    monkeypatch.setattr(layout, "numbers", watched)
    for result in results:
        text(answers, result)
    assert 0 < rendered.count("ocsp_staple_verified") < 60


def test_another_outcome_takes_the_place_of_the_one_before_it_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "OUTCOMES_KEPT", 3)
    answers = Answers()
    for name in "abc":
        text(answers, made.result(of=made.endpoint(name)))
    before = dict(answers._outcomes)
    text(answers, made.result(made.REFUSED, of=made.endpoint("b")))
    assert answers._outcomes.keys() == before.keys()


def test_handshakes_that_were_all_the_same_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = made.observation()
    shown = [piece or b"" for piece in (*seen.handshake.chain, *seen.handshake.staples)]
    monkeypatch.setattr(cache, "LARGEST_OUTCOME", sum(map(len, shown)))
    answers = Answers()
    text(answers, made.result(replace(seen, rounds=Rounds(seen=(seen,) * 8))))
    assert len(answers._outcomes) == 1
    other = replace(seen, staple_expected=not seen.staple_expected)
    text(answers, made.result(replace(seen, rounds=Rounds(seen=(seen, other)))))
    assert not answers._outcomes
