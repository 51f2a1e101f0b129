"""What the last probe saw, recomputed as far as a result does not keep it: certificates, checks, digests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ocsp_staple_exporter import ocsp
from ocsp_staple_exporter.explained import checks_of, sent_certificates
from ocsp_staple_exporter.model import Certificate, Observation, ProbeError, ProbeResult, Verdict
from ocsp_staple_exporter.ocsp import UnreadableCertificate
from ocsp_staple_exporter.ocsp.checks import Failed, Passed, Result, Severity, Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A certificate of the chain as sent."""

    certificate: Certificate | None
    unreadable: str
    """Why there is no certificate; empty where there is one."""

    size: int
    stapled: int | None
    """Bytes of the staple that came for it; None: none came."""

    verdict: Verdict | None
    """What that is worth for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One check and what it came to."""

    name: str
    clause: str
    outcome: str
    """`error`, `warning`, `passed` or `skipped`."""

    label: str
    """The value of the metric label `reason`; empty unless it failed."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Staple:
    """The staple, decoded."""

    verdict: Verdict
    size: int
    sha256: str
    checks: tuple[Tested, ...]
    """In the order of verification, errors before warnings before what passed."""

    def having(self, *outcomes: str) -> list[Tested]:
        return [check for check in self.checks if check.outcome in outcomes]


_RANKS = {"error": 0, "warning": 1, "passed": 2, "skipped": 3}


def chain_of(observation: Observation) -> list[Sent]:
    return [_sent(*sent) for sent in sent_certificates(observation)]


def _sent(der: bytes, staple: bytes | None, verdict: Verdict | None) -> Sent:
    read = ocsp.read_certificate(der)
    return Sent(
        certificate=None if isinstance(read, UnreadableCertificate) else read,
        unreadable=read.detail if isinstance(read, UnreadableCertificate) else "",
        size=len(der),
        stapled=None if staple is None else len(staple),
        verdict=verdict,
    )


def staple_of(result: ProbeResult) -> Staple | None:
    """None where no staple came."""
    outcome = result.outcome
    if isinstance(outcome, ProbeError) or not isinstance(outcome.assessment, Verdict):
        return None
    der = outcome.handshake.staple or b""
    return Staple(
        verdict=outcome.assessment,
        size=len(der),
        sha256=hashlib.sha256(der).hexdigest(),
        checks=tuple(sorted(map(_tested, checks_of(result)), key=lambda check: _RANKS[check.outcome])),
    )


def _tested(result: Result) -> Tested:
    check, outcome = result
    match outcome:
        case Failed(reason, detail):
            word, label = "error" if check.severity is Severity.ERROR else "warning", reason.value
        case Passed(detail):
            word, label = "passed", ""
        case Skipped(detail):
            word, label = "skipped", ""
    return Tested(name=check.name, clause=check.clause, outcome=word, label=label, detail=detail)
