from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from ocsp_staple_exporter.journal import Journal
from ocsp_staple_exporter.model import KeyType, Observation, ProbeError, ProbeFailure
from tests.exposition import made_results as made

GOOD = made.observation()
RESET = ProbeError(ProbeFailure.CONNECTION_RESET, "reset by peer")
BOTH = replace(made.STALE, errors=made.STALE.errors + made.REVOKED.errors)


def lines(outcome: Observation | ProbeError, before: Observation | ProbeError | None) -> list[str]:
    previous = None if before is None else made.result(before)
    with capture_logs() as logged:
        Journal().published(made.result(outcome), previous)
    return [str(line["event"]) for line in logged if line["log_level"] == "info"]


@pytest.mark.parametrize(
    ("before", "outcome", "message"),
    [
        (None, made.REFUSED, "probe fails"),
        (GOOD, made.REFUSED, "probe fails"),
        (made.REFUSED, RESET, "probe fails for another reason"),
        (made.REFUSED, GOOD, "probe works again"),
        (made.REFUSED, made.observation(made.STALE), "probe works again, with errors"),
        (None, made.observation(made.STALE), "staple has new errors"),
        (GOOD, made.observation(made.STALE), "staple has new errors"),
        (GOOD, made.observation(made.MUST_STAPLE_MISSED), "staple has new errors"),
        (made.observation(made.STALE), made.observation(made.REVOKED), "staple has new errors"),
        (made.observation(BOTH), made.observation(made.STALE), "staple has fewer errors"),
        (made.observation(made.STALE), GOOD, "staple has no more errors"),
    ],
)
def test_a_change_of_state_is_one_line(
    before: Observation | ProbeError | None, outcome: Observation | ProbeError, message: str
) -> None:
    assert lines(outcome, before) == [message]


@pytest.mark.parametrize(
    ("before", "outcome"),
    [
        (None, GOOD),
        (GOOD, GOOD),
        (GOOD, made.observation(made.MISSED)),
        (made.REFUSED, replace(made.REFUSED, detail="in other words")),
        (made.observation(made.STALE), made.observation(made.STALE)),
    ],
)
def test_what_stays_as_it_was_is_no_news(
    before: Observation | ProbeError | None, outcome: Observation | ProbeError
) -> None:
    assert lines(outcome, before) == []


def test_a_line_names_the_target_the_reasons_and_the_details() -> None:
    with capture_logs() as logged:
        Journal().published(made.result(made.observation(BOTH), of=made.endpoint("shop")), None)
    assert logged[-1] == {
        "event": "staple has new errors",
        "log_level": "info",
        "target": "shop",
        "reasons": "expired,revoked",
        "details": "nextUpdate was an hour ago; revoked two days ago",
    }


def test_a_line_names_which_endpoint_of_its_target() -> None:
    part = made.part("shop", address="192.0.2.1", key_type=KeyType.RSA)
    with capture_logs() as logged:
        Journal().published(made.result(made.REFUSED, of=part), None)
        Journal().removed(part)
    for line in logged:
        assert (line["target"], line["address"], line["key_type"]) == ("shop", "192.0.2.1", "rsa")
        assert "tls_version" not in line


def test_a_failure_is_told_with_its_detail() -> None:
    with capture_logs() as logged:
        Journal().published(made.result(made.REFUSED), None)
    assert logged[-1]["reasons"] == "connect_refused"
    assert logged[-1]["details"] == "connection refused"


def test_every_probe_is_a_line_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        Journal().published(made.result(), made.result())
    assert [(line["log_level"], line["event"]) for line in logged] == [("debug", "probe ended")]
