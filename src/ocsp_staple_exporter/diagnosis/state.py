"""How ill an endpoint is, in one word."""

from __future__ import annotations

import enum
from datetime import UTC, datetime

from ocsp_staple_exporter.model import Absence, CertStatus, Observation, ProbeError, ProbeResult, Reason, Verdict


class State(enum.Enum):
    """What the last probe of an endpoint comes to, the worst first. Values are a public contract of the API."""

    REVOKED = "revoked"
    """An authentic staple says that the CA revoked the certificate."""

    MUST_STAPLE_MISSING = "must_staple_missing"
    """None came, or not in every handshake, and the certificate demands one: some clients refuse those connections."""

    UNKNOWN = "unknown"
    """An authentic staple says that the CA does not know the certificate."""

    INVALID = "invalid"
    """A staple came that strict clients refuse."""

    UNREACHABLE = "unreachable"
    """No handshake could be read."""

    MISSING = "missing"
    """None came where one is due; few clients mind."""

    WARNING = "warning"
    """Clients accept what came, and somebody should look."""

    WAITING = "waiting"
    """The first probe has not ended yet."""

    GOOD = "good"
    NOT_DUE = "not_due"
    """None came and none is due: the certificate has no OCSP."""


RANKS = {state: rank for rank, state in enumerate(State)}


def state_of(result: ProbeResult | None) -> State:
    """What a result comes to; None stands for an endpoint that has none yet."""
    match result and result.outcome:
        case None:
            return State.WAITING
        case ProbeError():
            return State.UNREACHABLE
        case Observation(assessment=Verdict() as verdict):
            return _state_of_staple(verdict)
        case Observation(assessment=Absence() as absence):
            return _state_of_absence(absence)
    raise AssertionError(result)  # the union is closed


def _state_of_absence(absence: Absence) -> State:
    if absence.errors:
        return State.MUST_STAPLE_MISSING
    if any(warning.reason is Reason.NO_STAPLE for warning in absence.warnings):
        return State.MISSING
    return State.WARNING if absence.warnings else State.NOT_DUE


def _state_of_staple(verdict: Verdict) -> State:
    match verdict.cert_status:
        case CertStatus.REVOKED:
            return State.REVOKED
        case CertStatus.UNKNOWN:
            return State.UNKNOWN
    if verdict.errors:
        sometimes = all(error.reason is Reason.STAPLE_MISSING_SOMETIMES for error in verdict.errors)
        return State.MUST_STAPLE_MISSING if sometimes else State.INVALID
    return State.WARNING if verdict.warnings else State.GOOD


def urgency(result: ProbeResult | None) -> tuple[int, bool, datetime]:
    """A key that sorts the worst first: by state, then must-staple before the others, then by nextUpdate."""
    must_staple, next_update = False, datetime.max.replace(tzinfo=UTC)
    if result is not None and isinstance(result.outcome, Observation):
        must_staple = result.outcome.certificate.must_staple
        assessment = result.outcome.assessment
        if isinstance(assessment, Verdict) and assessment.next_update is not None:
            next_update = assessment.next_update
    return RANKS[state_of(result)], not must_staple, next_update
