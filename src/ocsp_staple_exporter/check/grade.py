"""What a check comes to, in one word and as an exit status."""

from __future__ import annotations

import enum

from ocsp_staple_exporter.model import Absence, CertStatus, Observation, ProbeError, ProbeResult, Verdict


class Grade(enum.Enum):
    """Values stand in the JSON output: a public contract."""

    REVOKED = "revoked"
    UNKNOWN = "unknown"
    ERRORS = "errors"
    UNREACHABLE = "unreachable"
    WARNINGS = "warnings"
    GOOD = "good"


EXIT_STATUSES = {
    Grade.GOOD: 0,
    Grade.WARNINGS: 1,
    Grade.ERRORS: 2,
    Grade.REVOKED: 3,
    Grade.UNKNOWN: 3,
    Grade.UNREACHABLE: 4,
}


def grade_of_verdict(verdict: Verdict) -> Grade:
    """The worst that is known. A status counts only from an authentic staple, and then above all."""
    match verdict.cert_status:
        case CertStatus.REVOKED:
            return Grade.REVOKED
        case CertStatus.UNKNOWN:
            return Grade.UNKNOWN
    return _grade_of_findings(verdict)


def grade_of(result: ProbeResult) -> Grade:
    match result.outcome:
        case ProbeError():
            return Grade.UNREACHABLE
        case Observation(assessment=Verdict() as verdict):
            return grade_of_verdict(verdict)
        case Observation(assessment=absence):
            return _grade_of_findings(absence)


def _grade_of_findings(assessment: Verdict | Absence) -> Grade:
    if assessment.errors:
        return Grade.ERRORS
    return Grade.WARNINGS if assessment.warnings else Grade.GOOD
