from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ocsp_staple_exporter.diagnosis import RANKS, State, state_of, urgency
from ocsp_staple_exporter.model import CertStatus, Finding, ProbeFailure, ProbeResult, Reason
from tests.diagnosis import ill_results as ill
from tests.exposition import made_results as made

UNKNOWN = replace(made.GOOD, cert_status=CertStatus.UNKNOWN, errors=(Finding(Reason.CERT_STATUS_UNKNOWN, ""),))


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (ill.of(made.REVOKED), State.REVOKED),
        (ill.of(ill.REVOKED_AND_STALE), State.REVOKED),
        (ill.of(UNKNOWN), State.UNKNOWN),
        (ill.of(made.MUST_STAPLE_MISSED), State.MUST_STAPLE_MISSING),
        (ill.of(made.MISSED), State.MISSING),
        (ill.of(made.STALE), State.INVALID),
        (ill.of(made.MALFORMED), State.INVALID),
        (ill.of(made.NO_NEXT_UPDATE), State.WARNING),
        (ill.failed(ProbeFailure.CONNECT_REFUSED), State.UNREACHABLE),
        (ill.of(made.GOOD), State.GOOD),
        (ill.of(made.ABSENT), State.NOT_DUE),
        (None, State.WAITING),
    ],
)
def test_the_state_of_a_result(result: ProbeResult | None, state: State) -> None:
    assert state_of(result) is state
    assert urgency(result)[0] == RANKS[state]


def test_must_staple_missing_is_among_the_worst() -> None:
    """Firefox turns everybody away, as with a revoked certificate; a staple that is merely missing hurts few."""
    order = [State.REVOKED, State.MUST_STAPLE_MISSING, State.UNKNOWN, State.INVALID, State.UNREACHABLE, State.MISSING]

    assert sorted(order, key=RANKS.__getitem__) == order
    assert max(RANKS[state] for state in order) < min(
        RANKS[state] for state in (State.WARNING, State.WAITING, State.GOOD, State.NOT_DUE)
    )


def test_of_the_same_state_must_staple_comes_first_and_then_the_earlier_end() -> None:
    soon = replace(made.STALE, next_update=made.NOW - timedelta(days=1))
    demanding = made.result(made.observation(made.STALE, leaf=replace(made.LEAF, must_staple=True)))

    results = [ill.of(made.STALE), ill.of(soon), ill.of(made.MALFORMED), demanding]

    assert sorted(results, key=urgency) == [demanding, ill.of(soon), ill.of(made.STALE), ill.of(made.MALFORMED)]
