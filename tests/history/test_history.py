from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from ocsp_staple_exporter import history as history_room
from ocsp_staple_exporter.diagnosis import State
from ocsp_staple_exporter.history import KEPT, History
from ocsp_staple_exporter.model import Phase, ProbeResult
from tests.exposition import made_results as made

A = made.endpoint("a")


def published(*outcomes: ProbeResult) -> History:
    history = History()
    for number, result in enumerate(outcomes):
        history.published(replace(result, started_at=made.NOW + timedelta(minutes=number)), None)
    return history


GOOD, BAD = made.result(of=A), made.result(made.REFUSED, of=A)


def test_the_newest_comes_first_with_its_state_its_reasons_and_its_length() -> None:
    slow = replace(BAD, durations={Phase.RESOLVE: 0.5, Phase.CONNECT: 1.0})
    newest, oldest = published(GOOD, slow).of(A.id)
    assert (newest.state, newest.reasons, newest.seconds) == (State.UNREACHABLE, ("connect_refused",), 1.5)
    assert (oldest.state, oldest.reasons) == (State.GOOD, ())
    assert newest.started_at - oldest.started_at == timedelta(minutes=1)


def test_the_last_twenty_are_kept() -> None:
    history = published(*[GOOD] * 50)
    assert len(history.of(A.id)) == KEPT == 20
    assert history.of(A.id)[0].started_at == made.NOW + timedelta(minutes=49)


def test_failures_outlive_the_good_results_after_them() -> None:
    history = published(BAD, *[GOOD] * 100, BAD, BAD, *[GOOD] * 30)
    states = [past.state for past in history.of(A.id)]
    assert states == [State.GOOD] * 20 + [State.UNREACHABLE] * 3


def test_even_failures_are_not_kept_for_ever() -> None:
    assert len(published(*[BAD] * 100).of(A.id)) == 2 * KEPT


def test_an_endpoint_that_is_no_longer_watched_is_forgotten() -> None:
    history = published(BAD, *[GOOD] * 30)
    history.removed(A)
    assert history.of(A.id) == ()


def test_a_hundred_thousand_endpoints_take_less_than_a_hundred_megabytes() -> None:
    history = published(*[BAD] * 50)
    assert sum(sys.getsizeof(part) for part in (history._recent[A.id], history._failures[A.id])) < 1000


def test_beyond_so_many_combinations_of_reasons_the_first_reason_remains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_room, "MOST_COMBINATIONS", 1)
    many = made.EVERY_REASON
    history = published(GOOD, made.result(made.observation(many), of=A))
    assert history.of(A.id)[0].reasons == (many.errors[0].reason.value,)
