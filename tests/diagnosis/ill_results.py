"""A result for every fault, as a probe would give it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ocsp_staple_exporter.model import (
    Absence,
    CertStatus,
    Endpoint,
    Finding,
    KeyType,
    Observation,
    ProbeError,
    ProbeFailure,
    ProbeResult,
    Reason,
    TLSVersion,
    Verdict,
)
from tests.exposition import made_results as made

DETAIL = "nextUpdate was 2026-03-01T11:00:00Z"

OF_ABSENCE = (Reason.MUST_STAPLE_MISSING, Reason.NO_STAPLE)


def with_error(*reasons: Reason) -> ProbeResult:
    findings = tuple(Finding(reason, DETAIL) for reason in reasons)
    return of(Absence(errors=findings) if reasons[0] in OF_ABSENCE else replace(made.GOOD, errors=findings))


def with_warning(*reasons: Reason) -> ProbeResult:
    findings = tuple(Finding(reason, DETAIL) for reason in reasons)
    return of(Absence(warnings=findings) if reasons[0] in OF_ABSENCE else replace(made.GOOD, warnings=findings))


def failed(failure: ProbeFailure, detail: str = "closed before ServerHello") -> ProbeResult:
    return made.result(ProbeError(failure, detail))


def of(assessment: Verdict | Absence) -> ProbeResult:
    return made.result(made.observation(assessment))


def without_responder(result: ProbeResult) -> ProbeResult:
    """The same, from a certificate that names no responder."""
    assert isinstance(result.outcome, Observation)
    leaf = replace(result.outcome.certificate, ocsp_urls=())
    return replace(result, outcome=replace(result.outcome, certificate=leaf))


REVOKED_AND_STALE = replace(
    made.GOOD,
    cert_status=CertStatus.REVOKED,
    revocation_time=made.NOW - timedelta(days=2),
    revocation_reason="key_compromise",
    errors=(Finding(Reason.EXPIRED, DETAIL), Finding(Reason.REVOKED, DETAIL)),
)

ALL = (
    *(with_error(reason) for reason in Reason),
    *(with_warning(reason) for reason in Reason),
    *(without_responder(with_error(reason)) for reason in Reason),
    *(failed(failure) for failure in ProbeFailure),
    *(
        failed(ProbeFailure.ALERT_RECEIVED, f"an_alert ({number}) before ServerHello")
        for number in (0, 20, 40, 70, 80, 112, 116, 255)
    ),
    *(
        made.result(ProbeError(ProbeFailure.ALERT_RECEIVED, f"an_alert ({number})"), of=part)
        for number, part in (
            (40, made.part(key_type=KeyType.ECDSA)),
            (70, made.part(address="192.0.2.1", tls_version=TLSVersion.TLS_1_3)),
        )
    ),
    of(made.EVERY_REASON),
    of(REVOKED_AND_STALE),
)


def at(endpoint: Endpoint, ocsp_url: str) -> ProbeResult:
    """A stale staple at this endpoint, whose certificate names this responder."""
    seen = made.observation(made.STALE, leaf=replace(made.LEAF, ocsp_urls=(ocsp_url,)))
    return made.result(seen, of=endpoint)
