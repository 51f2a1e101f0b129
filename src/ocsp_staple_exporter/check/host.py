"""One host that was checked: the probe's result, what it comes to, and why."""

from __future__ import annotations

from dataclasses import dataclass

from ocsp_staple_exporter.check.files import Form
from ocsp_staple_exporter.check.grade import Grade, grade_of
from ocsp_staple_exporter.check.report import Report, Subject
from ocsp_staple_exporter.check.software import Server
from ocsp_staple_exporter.diagnosis import Diagnosis, Fix, Software, State, diagnose, state_of
from ocsp_staple_exporter.explained import checks_of, issuer_candidates, issuer_of
from ocsp_staple_exporter.model import Certificate, Finding, Observation, ProbeError, ProbeResult, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    result: ProbeResult
    server: Server
    diagnosis: Diagnosis | None
    """None where nothing is wrong."""

    other_software: tuple[Software, ...] = ()
    """Kinds of servers that have a fix of their own, which the diagnosis leaves out."""

    @property
    def name(self) -> str:
        return self.result.endpoint.name

    @property
    def state(self) -> State:
        return state_of(self.result)

    @property
    def grade(self) -> Grade:
        return grade_of(self.result)

    @property
    def observation(self) -> Observation | None:
        return self.result.outcome if isinstance(self.result.outcome, Observation) else None

    @property
    def verdict(self) -> Verdict | None:
        seen = self.observation
        return seen.assessment if seen and isinstance(seen.assessment, Verdict) else None

    @property
    def errors(self) -> tuple[Finding, ...]:
        return self.observation.assessment.errors if self.observation else ()

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return self.observation.assessment.warnings if self.observation else ()

    @property
    def issuer(self) -> Certificate | None:
        """The leaf's issuer, from the chain as sent or from --issuer."""
        return issuer_of(self.result)


def checked(result: ProbeResult, server: Server) -> Checked:
    """With its diagnosis, and fixes for that kind of server where it is known."""
    diagnosis = diagnose(result, server.software)
    everybody = diagnose(result) if server.software and diagnosis else diagnosis
    others: tuple[Software, ...] = ()
    if diagnosis and everybody:
        told = {fix.software for fix in fixes_to_tell(diagnosis, server)}
        others = tuple(
            dict.fromkeys(fix.software for fix in everybody.fixes if fix.software and fix.software not in told)
        )
    return Checked(result=result, server=server, diagnosis=diagnosis, other_software=others)


def fixes_to_tell(diagnosis: Diagnosis, server: Server) -> tuple[Fix, ...]:
    """All for a kind of server that is known; else the likeliest."""
    return diagnosis.fixes if server.software else diagnosis.fixes[:1]


def reasons_of(host: Checked) -> tuple[str, ...]:
    """The labels of all that is wrong, the most fundamental first."""
    if isinstance(host.result.outcome, ProbeError):
        return (host.result.outcome.reason.value,)
    return tuple(dict.fromkeys(finding.reason.value for finding in (*host.errors, *host.warnings)))


def report_of(host: Checked) -> Report | None:
    """The staple with every check, as of the probe; None where no staple came."""
    seen, verdict = host.observation, host.verdict
    if seen is None or verdict is None or seen.handshake.staple is None:
        return None
    endpoint = host.result.endpoint
    subject = Subject(
        name=f"stapled by {seen.address or endpoint.host}",
        staple=seen.handshake.staple,
        form=Form.DER,
        leaf=seen.handshake.leaf,
        issuers=issuer_candidates(endpoint, seen.handshake),
    )
    return Report(
        subject=subject,
        now=seen.judged_at,
        clock_skew=endpoint.module.clock_skew,
        leaf=seen.certificate,
        issuer=host.issuer,
        verdict=verdict,
        results=checks_of(host.result),
    )
