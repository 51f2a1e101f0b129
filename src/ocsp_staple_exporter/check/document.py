"""A report as JSON. docs/check.md is its contract: a field is never left out, `null` says that it is not known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from ocsp_staple_exporter import documents
from ocsp_staple_exporter.check.report import Report
from ocsp_staple_exporter.model import Certificate, Verdict
from ocsp_staple_exporter.ocsp.checks import Result
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
        "leaf": certificate_document(report.leaf),
        "issuer": certificate_document(report.issuer),
        "verdict": verdict_document(report.verdict, report.now),
        "checks": [check_document(result) for result in report.results],
    }


def certificate_document(certificate: Certificate | None) -> Document | None:
    return documents.certificate(certificate).model_dump(mode="json") if certificate else None


def verdict_document(verdict: Verdict, now: datetime) -> Document:
    return documents.verdict(verdict, now).model_dump(mode="json")


def check_document(result: Result) -> Document:
    return documents.check(result).model_dump(mode="json")
