"""From a result to its diagnosis: one finding decides, the others are counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ocsp_staple_exporter.diagnosis import (
    answers,
    beside,
    encoding,
    freshness,
    identity,
    presence,
    reachability,
    responder,
    status,
)
from ocsp_staple_exporter.diagnosis.diagnosis import Diagnosis, Software
from ocsp_staple_exporter.diagnosis.facts import facts_of_endpoint, facts_of_observation
from ocsp_staple_exporter.diagnosis.story import Story
from ocsp_staple_exporter.model import (
    STATUS_REASONS,
    Absence,
    CertStatus,
    Finding,
    Observation,
    ProbeError,
    ProbeResult,
    Reason,
    Verdict,
)

STORIES: Mapping[Reason, Story] = {
    **presence.STORIES,
    **answers.STORIES,
    **encoding.STORIES,
    **identity.STORIES,
    **responder.STORIES,
    **freshness.STORIES,
    **status.STORIES,
    **beside.STORIES,
}
MILD: Mapping[Reason, Story] = {**encoding.MILD, **identity.MILD}
"""Where a warning has another story than the error of the same name."""


def diagnose(result: ProbeResult, software: Software | None = None) -> Diagnosis | None:
    """Explain a result; None where nothing is wrong.

    `software`: the kind of server where it is known; then fixes for other kinds are left out.
    """
    match result.outcome:
        case ProbeError() as error:
            facts = facts_of_endpoint(result.endpoint, error.detail)
            return reachability.story_of_failure(result.endpoint, error).tell(facts, software)
        case Observation() as seen:
            return _diagnose_observation(result, seen, software)


def _diagnose_observation(result: ProbeResult, seen: Observation, software: Software | None) -> Diagnosis | None:
    finding = deciding(seen.assessment)
    if finding is None:
        return None
    facts = facts_of_observation(result, seen, finding.detail)
    diagnosis = _story(finding, seen).tell(facts, software)
    return replace(diagnosis, headline=diagnosis.headline + _others(seen.assessment, finding))


def deciding(assessment: Verdict | Absence) -> Finding | None:
    """The finding to mend first: the most fundamental, but for three cases.

    A status that is believed outweighs the staple's own faults. A response that is stale
    with an expired responder is just old. An overdue renewal is the warning that becomes an outage.
    """
    errors, warnings = assessment.errors, assessment.warnings
    if isinstance(assessment, Verdict) and assessment.cert_status in {CertStatus.REVOKED, CertStatus.UNKNOWN}:
        errors = _first(STATUS_REASONS, errors)
    elif errors and errors[0].reason is Reason.RESPONDER_EXPIRED:
        errors = _first(frozenset({Reason.EXPIRED}), errors)
    return next(iter((*errors, *_first(frozenset({Reason.REFRESH_OVERDUE}), warnings))), None)


def _first(pressing: frozenset[Reason], findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.reason not in pressing))


def _story(finding: Finding, seen: Observation) -> Story:
    if finding.reason in presence.WITHOUT_RESPONDER and not seen.certificate.ocsp_urls:
        return presence.WITHOUT_RESPONDER[finding.reason]
    if finding not in seen.assessment.errors:
        return MILD.get(finding.reason, STORIES[finding.reason])
    return STORIES[finding.reason]


def _others(assessment: Verdict | Absence, finding: Finding) -> str:
    """How many findings stand beside the one that decides, ` (and 2 more faults, 1 warning)`."""
    is_error = finding in assessment.errors
    beside = (
        (len(assessment.errors) - is_error, "more fault"),
        (len(assessment.warnings) - (not is_error), "warning" if is_error else "more warning"),
    )
    counts = [f"{count} {word}{'s' * (count > 1)}" for count, word in beside if count]
    return f" (and {', '.join(counts)})" if counts else ""
