"""A staple judged once: what was looked at, every check, and what it all comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ocsp_staple_exporter.check.files import Form
from ocsp_staple_exporter.check.grade import EXIT_STATUSES, Grade, grade_of_verdict
from ocsp_staple_exporter.model import Certificate, Verdict
from ocsp_staple_exporter.ocsp import UnreadableCertificate, explain, judge, read_certificate, read_issuer
from ocsp_staple_exporter.ocsp.checks import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is judged: a staple beside the certificates that it must fit, in DER."""

    name: str
    """Where the staple is from; safe to show."""

    staple: bytes
    form: Form
    leaf: bytes
    issuers: tuple[bytes, ...]
    """Candidates, in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    subject: Subject
    now: datetime
    clock_skew: timedelta
    leaf: Certificate
    issuer: Certificate | None
    """None where no candidate is the issuer."""

    verdict: Verdict
    results: tuple[Result, ...]
    """Every check that was made, in the order of verification."""

    @property
    def grade(self) -> Grade:
        return grade_of_verdict(self.verdict)

    @property
    def exit_status(self) -> int:
        return EXIT_STATUSES[self.grade]


def examine(subject: Subject, now: datetime, clock_skew: timedelta) -> Report:
    """Judge a staple, now. Raises ValueError for a leaf that is no certificate."""
    leaf = read_certificate(subject.leaf)
    if isinstance(leaf, UnreadableCertificate):
        raise ValueError(leaf.detail)  # noqa: TRY004 - the value is at fault
    issuers = _namesakes_first(subject.issuers, leaf)
    return Report(
        subject=subject,
        now=now,
        clock_skew=clock_skew,
        leaf=leaf,
        issuer=read_issuer(subject.leaf, issuers),
        verdict=judge(subject.staple, subject.leaf, issuers, now, clock_skew=clock_skew),
        results=explain(subject.staple, subject.leaf, issuers, now, clock_skew=clock_skew),
    )


def _namesakes_first(candidates: Sequence[bytes], leaf: Certificate) -> tuple[bytes, ...]:
    """Those with the issuer's name before the others: of a bundle of all CAs only the first few are tried."""

    def is_stranger(der: bytes) -> bool:
        certificate = read_certificate(der)
        return isinstance(certificate, UnreadableCertificate) or certificate.subject != leaf.issuer

    return tuple(sorted(dict.fromkeys(candidates), key=is_stranger))
