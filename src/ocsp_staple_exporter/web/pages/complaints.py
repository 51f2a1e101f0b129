"""What is wrong with an endpoint, for both pages."""

from __future__ import annotations

from dataclasses import dataclass

from ocsp_staple_exporter.model import Observation, ProbeError, ProbeResult, Verdict
from ocsp_staple_exporter.web.pages.names import FAILURES, FINDINGS


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something that is wrong, whether with the probe or with the staple."""

    severity: str
    """`error` or `warning`."""

    label: str
    """The value of the metric label `reason`."""

    phrase: str
    detail: str


def complaints_of(result: ProbeResult | None) -> tuple[Complaint, ...]:
    """All that is wrong, errors before warnings, the most fundamental first."""
    match result and result.outcome:
        case ProbeError(reason, detail):
            return (Complaint("error", reason.value, FAILURES[reason], detail),)
        case Observation(assessment=assessment):
            found = (("error", assessment.errors), ("warning", assessment.warnings))
            return tuple(
                Complaint(severity, finding.reason.value, FINDINGS[finding.reason], finding.detail)
                for severity, findings in found
                for finding in findings
            )
    return ()


def verdict_of(result: ProbeResult | None) -> Verdict | None:
    """The verdict on the staple, where one came."""
    if result is None or isinstance(result.outcome, ProbeError):
        return None
    assessment = result.outcome.assessment
    return assessment if isinstance(assessment, Verdict) else None
