"""A report as JSON. docs/check.md is its contract: a field is never left out, `null` says that it is not known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from ocsp_staple_exporter.check.report import Report
from ocsp_staple_exporter.model import Certificate, Finding, Verdict
from ocsp_staple_exporter.ocsp.checks import Failed, Outcome, Passed, Result, Skipped
from ocsp_staple_exporter.ocsp.times import utc

SCHEMA = 1
"""Goes up when a field changes its name or meaning; new fields do not count."""

Document = Mapping[str, object]


def as_json(report: Report) -> bytes:
    """One JSON object in UTF-8 (RFC 8259 §8.1), indented, with a line break at its end."""
    return json.dumps(document(report), indent=2, ensure_ascii=False).encode() + b"\n"


def document(report: Report) -> Document:
    subject = report.subject
    return {
        "schema": SCHEMA,
        "result": report.grade.value,
        "exit_status": report.exit_status,
        "judged_at": utc(report.now),
        "clock_skew_seconds": report.clock_skew.total_seconds(),
        "staple": {
            "source": subject.name,
            "encoding": subject.form.value,
            "size_bytes": len(subject.staple),
            "sha256": hashlib.sha256(subject.staple).hexdigest(),
        },
        "leaf": _certificate(report.leaf),
        "issuer": _certificate(report.issuer) if report.issuer else None,
        "verdict": _verdict(report.verdict, report.now),
        "checks": [_check(result) for result in report.results],
    }


def _certificate(certificate: Certificate) -> Document:
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial_number": certificate.serial_number,
        "fingerprint_sha256": certificate.fingerprint_sha256,
        "not_before": utc(certificate.not_before),
        "not_after": utc(certificate.not_after),
        "key_type": certificate.key_type,
        "ocsp_urls": list(certificate.ocsp_urls),
        "must_staple": certificate.must_staple,
    }


def _verdict(verdict: Verdict, now: datetime) -> Document:
    left = (verdict.next_update - now).total_seconds() if verdict.next_update else None
    return {
        "verified": verdict.verified,
        "response_status": verdict.response_status.value if verdict.response_status else None,
        "cert_status": verdict.cert_status.value if verdict.cert_status else None,
        "revocation_time": _time(verdict.revocation_time),
        "revocation_reason": verdict.revocation_reason,
        "produced_at": _time(verdict.produced_at),
        "this_update": _time(verdict.this_update),
        "next_update": _time(verdict.next_update),
        "seconds_until_next_update": left,
        "responder": verdict.responder,
        "responder_not_after": _time(verdict.responder_not_after),
        "signature_algorithm": verdict.signature_algorithm,
        "cert_id_hash": verdict.cert_id_hash,
        "errors": _findings(verdict.errors),
        "warnings": _findings(verdict.warnings),
    }


def _time(moment: datetime | None) -> str | None:
    return utc(moment) if moment else None


def _findings(findings: Iterable[Finding]) -> list[Document]:
    return [{"reason": finding.reason.value, "detail": finding.detail} for finding in findings]


def _check(result: Result) -> Document:
    check, outcome = result
    return {
        "name": check.name,
        "clause": check.clause,
        "severity": check.severity.value,
        "outcome": _outcome(outcome),
        "reason": outcome.reason.value if isinstance(outcome, Failed) else None,
        "detail": outcome.detail,
    }


def _outcome(outcome: Outcome) -> str:
    match outcome:
        case Passed():
            return "passed"
        case Failed():
            return "failed"
        case Skipped():
            return "not_applicable"
