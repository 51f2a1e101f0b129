"""What a handshake is worth at this moment."""

from __future__ import annotations

from datetime import datetime

from ocsp_staple_exporter import ocsp
from ocsp_staple_exporter.chain import verify_chain
from ocsp_staple_exporter.explained import issuer_candidates
from ocsp_staple_exporter.model import (
    Absence,
    Certificate,
    Endpoint,
    Handshake,
    Observation,
    PeerError,
    ProbeFailure,
    Verdict,
)


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
    return Observation(
        address=address,
        handshake=handshake,
        certificate=certificate,
        judged_at=now,
        staple_expected=ocsp.staple_expected(certificate, module.staple, issuer=issuer),
        assessment=assessment,
        chain=verify_chain(handshake.chain, endpoint.reference_identifier, trust_anchors, now),
    )
