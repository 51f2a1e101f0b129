"""One host that was checked: the probe's result, what it comes to, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ocsp_staple_exporter.check.files import Form
from ocsp_staple_exporter.check.grade import Grade, grade_of
from ocsp_staple_exporter.check.report import Report, Subject
from ocsp_staple_exporter.check.software import Server
from ocsp_staple_exporter.diagnosis import Diagnosis, Fix, Software, State, diagnose, state_of
from ocsp_staple_exporter.model import Certificate, Finding, Observation, Phase, ProbeError, ProbeResult, Verdict
from ocsp_staple_exporter.ocsp import explain, read_issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    result: ProbeResult
    server: Server
    diagnosis: Diagnosis | None
    """None where nothing is wrong."""

    other_software: tuple[Software, ...] = ()
    """Kinds of servers that have a fix of their own, which the diagnosis leaves out."""

    @property
    def target(self) -> str:
        return self.result.endpoint.target

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
        seen = self.observation
        return read_issuer(seen.handshake.leaf, _candidates(self.result, seen)) if seen else None


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


def judged_at(result: ProbeResult) -> datetime:
    """When the staple was judged: after the phases before."""
    before = sum(seconds for phase, seconds in result.durations.items() if phase is not Phase.JUDGE)
    return result.started_at + timedelta(seconds=before)


def report_of(host: Checked) -> Report | None:
    """The staple with every check, as of the probe; None where no staple came."""
    seen, verdict = host.observation, host.verdict
    if seen is None or verdict is None or seen.handshake.staple is None:
        return None
    now, module = judged_at(host.result), host.result.endpoint.module
    issuers = _candidates(host.result, seen)
    subject = Subject(
        name=f"stapled by {seen.address}",
        staple=seen.handshake.staple,
        form=Form.DER,
        leaf=seen.handshake.leaf,
        issuers=issuers,
    )
    return Report(
        subject=subject,
        now=now,
        clock_skew=module.clock_skew,
        leaf=seen.certificate,
        issuer=host.issuer,
        verdict=verdict,
        results=explain(subject.staple, subject.leaf, issuers, now, clock_skew=module.clock_skew),
    )


def _candidates(result: ProbeResult, seen: Observation) -> tuple[bytes, ...]:
    return seen.handshake.chain[1:] + result.endpoint.module.issuers
