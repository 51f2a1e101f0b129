"""Several handshakes in one probe, and the retry after a staple that is due and did not come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import Any

import pytest

from ocsp_staple_exporter.diagnosis import State, state_of
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.lab.tls_listener import Connection, serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake
from ocsp_staple_exporter.model import (
    Absence,
    Endpoint,
    Module,
    Observation,
    Phase,
    ProbeError,
    ProbeFailure,
    ProbeResult,
    Reason,
    Verdict,
)
from ocsp_staple_exporter.probe import Prober

NOW = datetime.now(UTC)
ROOT = Authority.root(now=NOW)
CA = ROOT.issue_authority()
URL = ["http://ocsp.test/"]
PLAIN = CA.issue_leaf("host.test", ocsp_urls=URL)
RENEWED = CA.issue_leaf("host.test", ocsp_urls=URL)
DEMANDING = CA.issue_leaf("host.test", ocsp_urls=URL, must_staple=True)
WITHOUT_OCSP = CA.issue_leaf("host.test")
SOON = timedelta(milliseconds=10)


class Hanging:
    """A connection that is never answered."""

    parting_alert = b""
    closed = False

    def receive(self, _data: bytes) -> bytes:
        return b""


class Closing(Hanging):
    """A connection that is closed at once."""

    closed = True


Answer = Credential | Hanging


def stapling(leaf: Identity, **facts: timedelta) -> Credential:
    times: dict[str, Any] = {name: NOW + since for name, since in facts.items()}
    return Credential(leaf.chain, leaf.key, staple(leaf, CA, now=NOW, **times))


def silent(leaf: Identity) -> Credential:
    return Credential(leaf.chain, leaf.key, None)


STALE = stapling(PLAIN, this_update=-timedelta(days=5), next_update=-timedelta(days=1))
GOOD = stapling(PLAIN)


def _connection(answer: Answer) -> Connection:
    return answer if isinstance(answer, Hanging) else ServerHandshake(lambda _: answer)


@asynccontextmanager
async def answering(*answers: Answer) -> AsyncIterator[tuple[int, list[Answer]]]:
    """A server that gives one answer after the other, and the last one for ever; yields its port and what it gave."""
    given: list[Answer] = []
    coming = chain(answers, repeat(answers[-1]))

    def accept() -> Connection:
        given.append(next(coming))
        return _connection(given[-1])

    async with serve(accept) as port:
        yield port, given


async def probed(module: Module, *answers: Answer) -> tuple[ProbeResult, int]:
    """The result, and how many connections it took."""
    async with answering(*answers) as (port, given):
        endpoint = Endpoint(target="t", host="127.0.0.1", port=port, server_name="host.test", module=module)
        return await Prober(trust_anchors=(ROOT.der,)).probe(endpoint), len(given)


def module(handshakes: int = 1, **options: Any) -> Module:
    return replace(Module(handshakes=handshakes, staple_retry_delay=SOON), **options)


def observed(result: ProbeResult) -> Observation:
    assert isinstance(result.outcome, Observation), result.outcome
    return result.outcome


def reasons(result: ProbeResult) -> tuple[list[Reason], list[Reason]]:
    assessment = observed(result).assessment
    return [error.reason for error in assessment.errors], [warning.reason for warning in assessment.warnings]


async def test_a_staple_in_the_first_handshake_is_all_that_is_asked_for() -> None:
    result, connections = await probed(module(), GOOD)
    assert (connections, observed(result).rounds, state_of(result)) == (1, None, State.GOOD)
    assert Phase.WAIT not in result.durations


async def test_a_staple_that_a_retry_brings_is_there_and_nothing_is_wrong() -> None:
    result, connections = await probed(module(), silent(PLAIN), GOOD)
    seen = observed(result)
    assert (connections, state_of(result), reasons(result)) == (2, State.GOOD, ([], []))
    assert (seen.stapled, len(seen.handshakes)) == (1, 2)
    assert seen.rounds is not None
    assert (seen.rounds.retries, seen.rounds.left_out) == (1, 0)
    assert result.durations[Phase.WAIT] >= SOON.total_seconds()


async def test_where_the_certificate_demands_a_staple_the_first_miss_is_a_warning() -> None:
    """It has locked a client out."""
    result, _ = await probed(module(), silent(DEMANDING), stapling(DEMANDING))
    assert reasons(result) == ([], [Reason.STAPLE_MISSING_SOMETIMES])
    assert state_of(result) is State.WARNING


async def test_a_staple_that_never_comes_is_missing_after_as_many_retries_as_are_allowed() -> None:
    result, connections = await probed(module(staple_retries=3), silent(PLAIN))
    assert (connections, state_of(result), reasons(result)) == (4, State.MISSING, ([], [Reason.NO_STAPLE]))
    assert observed(result).stapled == 0


@pytest.mark.parametrize(
    ("leaf", "how", "state"),
    [
        pytest.param(PLAIN, module(staple_retries=0), State.MISSING, id="retries are off"),
        pytest.param(WITHOUT_OCSP, module(), State.NOT_DUE, id="none is due"),
    ],
)
async def test_there_is_no_retry(leaf: Identity, how: Module, state: State) -> None:
    result, connections = await probed(how, silent(leaf))
    assert (connections, state_of(result), observed(result).rounds) == (1, state, None)


async def test_a_staple_in_some_of_several_handshakes_is_a_warning_and_needs_no_retry() -> None:
    result, connections = await probed(module(4), GOOD, GOOD, silent(PLAIN), GOOD)
    assert (connections, state_of(result)) == (4, State.WARNING)
    assert reasons(result) == ([], [Reason.STAPLE_MISSING_SOMETIMES])
    (warning,) = observed(result).assessment.warnings
    assert warning.detail == "3 of 4 handshakes carried a staple, the others did not"


async def test_it_is_an_error_where_the_certificate_demands_one_and_the_staple_itself_is_sound() -> None:
    result, _ = await probed(module(3), stapling(DEMANDING), silent(DEMANDING), stapling(DEMANDING))
    assert (reasons(result), state_of(result)) == (([Reason.STAPLE_MISSING_SOMETIMES], []), State.MUST_STAPLE_MISSING)
    verdict = observed(result).assessment
    assert isinstance(verdict, Verdict)
    assert verdict.verified


async def test_misses_where_none_is_due_are_counted_and_no_fault() -> None:
    result, _ = await probed(module(2), silent(WITHOUT_OCSP), stapling(WITHOUT_OCSP))
    assert (observed(result).stapled, reasons(result)) == (1, ([], []))


@pytest.mark.parametrize("place", range(3))
async def test_the_worst_of_several_staples_is_shown(place: int) -> None:
    answers = [GOOD, GOOD, GOOD]
    answers[place] = STALE
    result, _ = await probed(module(3), *answers)
    assert (observed(result).handshake.staple, state_of(result)) == (STALE.staple, State.INVALID)
    assert reasons(result)[0] == [Reason.EXPIRED]
    assert observed(result).stapled == 3


async def test_workers_with_different_good_staples_are_sound() -> None:
    result, _ = await probed(module(2), GOOD, stapling(PLAIN, this_update=-timedelta(days=1)))
    assert (state_of(result), reasons(result)) == (State.GOOD, ([], []))


async def test_different_certificates_are_told_and_each_is_judged_with_its_own_staple() -> None:
    result, _ = await probed(module(3), GOOD, stapling(RENEWED), GOOD)
    assert reasons(result) == ([], [Reason.CERTIFICATES_DIFFER])
    assert state_of(result) is State.WARNING
    (warning,) = observed(result).assessment.warnings
    serials = [f"{leaf.certificate.serial_number:x}" for leaf in (PLAIN, RENEWED)]
    assert all(serial.removeprefix("0") in warning.detail for serial in serials)
    assert warning.detail.startswith("in 3 handshakes: ")


async def test_equal_handshakes_are_one_object() -> None:
    """Ten thousand endpoints are kept in memory, each with all its handshakes."""
    result, _ = await probed(module(3), GOOD, STALE, GOOD)
    rounds = observed(result).rounds
    assert rounds is not None
    assert rounds.seen[0] is rounds.seen[2]
    assert rounds.seen[0] != rounds.seen[1]


@pytest.mark.parametrize("answers", [(Closing(), GOOD, GOOD), (GOOD, GOOD, Closing())], ids=["first", "last"])
async def test_a_handshake_that_fails_among_others_is_a_warning(answers: tuple[Answer, ...]) -> None:
    result, _ = await probed(module(3), *answers)
    assert (reasons(result), observed(result).stapled) == (([], [Reason.HANDSHAKE_FAILED_SOMETIMES]), 2)
    (warning,) = observed(result).assessment.warnings
    assert warning.detail.startswith("1 of 3 handshakes failed: connection_closed, ")


async def test_a_failure_beside_a_certificate_without_ocsp_does_not_make_a_staple_missing() -> None:
    result, _ = await probed(module(2), silent(WITHOUT_OCSP), Closing())
    assert isinstance(observed(result).assessment, Absence)
    assert state_of(result) is State.WARNING


async def test_a_failed_retry_leaves_what_is_known() -> None:
    result, _ = await probed(module(), silent(PLAIN), Closing())
    assert reasons(result) == ([], [Reason.NO_STAPLE, Reason.HANDSHAKE_FAILED_SOMETIMES])
    assert state_of(result) is State.MISSING


async def test_where_every_handshake_fails_the_probe_does_and_is_not_retried() -> None:
    result, connections = await probed(module(2), Closing())
    assert isinstance(result.outcome, ProbeError)
    assert (result.outcome.reason, connections) == (ProbeFailure.CONNECTION_CLOSED, 2)


async def test_the_deadline_ends_a_handshake_and_what_was_seen_before_counts() -> None:
    result, connections = await probed(module(4, timeout=timedelta(seconds=1)), GOOD, GOOD, Hanging())
    rounds = observed(result).rounds
    assert rounds is not None
    assert (connections, len(rounds.seen), rounds.left_out) == (3, 2, 2)
    assert state_of(result) is State.GOOD


async def test_a_retry_that_does_not_fit_into_the_deadline_is_left_out_at_once() -> None:
    slow = timedelta(seconds=30)
    result, connections = await probed(module(staple_retry_delay=slow, timeout=slow), silent(PLAIN))
    rounds = observed(result).rounds
    assert rounds is not None
    assert (connections, rounds.retries, rounds.left_out) == (1, 0, 1)
    assert Phase.WAIT not in result.durations


async def test_the_deadline_before_the_first_handshake_ended_is_the_failure() -> None:
    result, _ = await probed(module(3, timeout=timedelta(milliseconds=200)), Hanging())
    assert result.outcome == ProbeError(ProbeFailure.HANDSHAKE_TIMEOUT, "no answer within 0.2 s")


async def test_two_probes_that_saw_the_same_are_equal() -> None:
    """Their text is not rendered anew."""
    first, _ = await probed(module(2), GOOD, silent(PLAIN))
    second, _ = await probed(module(2), GOOD, silent(PLAIN))
    third, _ = await probed(module(2), GOOD)
    assert first.outcome == second.outcome
    assert first.outcome != third.outcome
