"""What a handshake is worth at this moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from ocsp_staple_exporter import ocsp
from ocsp_staple_exporter.chain import verify_chain
from ocsp_staple_exporter.explained import issuer_candidates
from ocsp_staple_exporter.model import (
    Absence,
    Certificate,
    CertStatus,
    Endpoint,
    Finding,
    Handshake,
    Observation,
    PeerError,
    ProbeFailure,
    Reason,
    Verdict,
)

MOST_OTHERS = 8
"""Certificates after the leaf whose staples are judged; three are many, and each costs up to 50 verifications."""


def judge_handshake(
    endpoint: Endpoint, address: str | None, handshake: Handshake, trust_anchors: tuple[bytes, ...], now: datetime
) -> Observation:
    """Judge staple and chain, each for itself. Raises PeerError where the leaf cannot be read."""
    module = endpoint.module
    certificate = ocsp.read_certificate(handshake.leaf)
    if not isinstance(certificate, Certificate):
        raise PeerError(ProbeFailure.CERTIFICATE_UNREADABLE, certificate.detail)
    candidates = issuer_candidates(endpoint, handshake)
    issuer = ocsp.read_issuer(handshake.leaf, candidates)
    assessment: Verdict | Absence
    if handshake.staple is None:
        assessment = ocsp.judge_absence(certificate, module.staple, issuer=issuer)
    else:
        assessment = ocsp.judge(handshake.staple, handshake.leaf, candidates, now, clock_skew=module.clock_skew)
    others = _judge_others(endpoint, handshake, now)
    if others:
        bad = (*_find_bad(handshake.chain[1:], others), *_find_unjudged(handshake.staples[1:]))
        assessment = replace(assessment, warnings=assessment.warnings + bad)
    return Observation(
        address=address,
        handshake=handshake,
        certificate=certificate,
        judged_at=now,
        staple_expected=ocsp.staple_expected(certificate, module.staple, issuer=issuer),
        assessment=assessment,
        others=others,
        chain=verify_chain(handshake.chain, endpoint.reference_identifier, trust_anchors, now),
    )


def _judge_others(endpoint: Endpoint, handshake: Handshake, now: datetime) -> tuple[Verdict | None, ...]:
    """Staples of the certificates after the leaf (RFC 8446 §4.4.2.1, RFC 6961); empty where none came, as is usual."""
    if not any(staple is not None for staple in handshake.staples[1:]):
        return ()
    module = endpoint.module
    candidates = handshake.chain + module.issuers
    return tuple(
        None
        if staple is None or place >= MOST_OTHERS
        else ocsp.judge(staple, der, candidates, now, clock_skew=module.clock_skew)
        for place, (der, staple) in enumerate(zip(handshake.chain[1:], handshake.staples[1:], strict=True))
    )


def _find_bad(chain: tuple[bytes, ...], verdicts: tuple[Verdict | None, ...]) -> Iterator[Finding]:
    """In the order of Reason. Warnings: of all clients that are known only those of GnuTLS look at these staples."""
    bad = [(der, verdict) for der, verdict in zip(chain, verdicts, strict=True) if verdict and verdict.errors]
    for reason in (Reason.INTERMEDIATE_REVOKED, Reason.INTERMEDIATE_STAPLE_INVALID):
        for der, verdict in bad:
            revoked = verdict.cert_status is CertStatus.REVOKED
            if revoked is (reason is Reason.INTERMEDIATE_REVOKED):
                why = next(error for error in verdict.errors if not revoked or error.reason is Reason.REVOKED)
                yield Finding(reason, f"the staple for {_name(der)}: {why.reason.value}: {why.detail}")


def _find_unjudged(staples: tuple[bytes | None, ...]) -> Iterator[Finding]:
    count = sum(staple is not None for staple in staples[MOST_OTHERS:])
    if count:
        detail = f"{count} staples were not looked at: they are for certificates after the first {MOST_OTHERS + 1}"
        yield Finding(Reason.INTERMEDIATE_STAPLE_INVALID, detail)


def _name(der: bytes) -> str:
    read = ocsp.read_certificate(der)
    return read.subject or "a certificate without a name" if isinstance(read, Certificate) else "what cannot be read"
