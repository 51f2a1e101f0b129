"""From evidence and findings to a Verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ocsp_staple_exporter.model import Finding, Reason, ResponseStatus, Verdict
from ocsp_staple_exporter.ocsp.checks import Failed, Result, Severity
from ocsp_staple_exporter.ocsp.checks.status import revocation_reason
from ocsp_staple_exporter.ocsp.evidence import Evidence
from ocsp_staple_exporter.ocsp.matching import hash_name_of
from ocsp_staple_exporter.ocsp.response import MalformedResponse, UnsuccessfulResponse
from ocsp_staple_exporter.ocsp.signatures import describe_algorithm
from ocsp_staple_exporter.ocsp.signer import Signer, describe_responder

_RANK = {reason: rank for rank, reason in enumerate(Reason)}


def describe(evidence: Evidence) -> Verdict:
    """The facts of a basic response; what it states of the leaf only where it is authentic."""
    response, entry = evidence.response, evidence.match.entry
    believed = entry if evidence.authentic else None
    revocation = believed.revocation if believed else None
    return Verdict(
        response_status=ResponseStatus.SUCCESSFUL,
        cert_status=believed.cert_status if believed else None,
        this_update=entry.this_update if entry else None,
        next_update=entry.next_update if entry else None,
        produced_at=response.produced_at,
        revocation_time=revocation.time if revocation else None,
        revocation_reason=revocation_reason(revocation) if revocation else None,
        responder=describe_responder(response.responder_id),
        responder_not_after=evidence.signer.certificate.not_after if isinstance(evidence.signer, Signer) else None,
        signature_algorithm=describe_algorithm(response.signature_algorithm),
        cert_id_hash=hash_name_of(entry.cert_id) if entry else None,
    )


def describe_unread(response: UnsuccessfulResponse | MalformedResponse) -> Verdict:
    """The facts of a response without a body that can be read."""
    return Verdict(response_status=response.status)


def without_status(verdict: Verdict) -> Verdict:
    """The verdict with nothing believed of what the response states of the leaf."""
    if verdict.cert_status is None:
        return verdict
    return replace(verdict, cert_status=None, revocation_time=None, revocation_reason=None)


def with_findings(verdict: Verdict, results: Iterable[Result]) -> Verdict:
    """The verdict with the failures among the results added, the most fundamental first."""
    errors, warnings = list(verdict.errors), list(verdict.warnings)
    for check, outcome in results:
        if isinstance(outcome, Failed):
            findings = errors if check.severity is Severity.ERROR else warnings
            findings.append(Finding(outcome.reason, outcome.detail))
    if len(errors) == len(verdict.errors) and len(warnings) == len(verdict.warnings):
        return verdict
    return replace(verdict, errors=tuple(sorted(errors, key=_rank)), warnings=tuple(sorted(warnings, key=_rank)))


def _rank(finding: Finding) -> int:
    return _RANK[finding.reason]
