"""Probe results made by hand, as a prober would give them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ocsp_staple_exporter.model import (
    Absence,
    Certificate,
    CertStatus,
    ChainVerdict,
    Endpoint,
    Finding,
    Handshake,
    KeyType,
    Module,
    Observation,
    Phase,
    ProbeError,
    ProbeFailure,
    ProbeResult,
    Reason,
    ResponseStatus,
    Target,
    TLSVersion,
    Verdict,
    expand,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
MODULE = Module(interval=timedelta(seconds=60))
DURATIONS = {Phase.RESOLVE: 0.000012, Phase.CONNECT: 0.00125, Phase.HANDSHAKE: 0.0231, Phase.JUDGE: 0.0001}


def target(name: str = "www.example.org:443", **labels: str) -> Target:
    return Target(
        name=name,
        host="www.example.org",
        port=443,
        server_name="www.example.org",
        module=MODULE,
        labels=tuple(sorted(labels.items())),
    )


def endpoint(name: str = "www.example.org:443", **labels: str) -> Endpoint:
    (only,) = expand(target(name, **labels))
    return only


def part(
    name: str = "www.example.org:443",
    *,
    address: str | None = None,
    key_type: KeyType | None = None,
    tls_version: TLSVersion | None = None,
    **labels: str,
) -> Endpoint:
    """What a target is fanned out to."""
    return replace(endpoint(name, **labels), address=address, key_type=key_type, tls_version=tls_version)


LEAF = Certificate(
    subject="CN=www.example.org",
    issuer='CN=Example "R1"\\, Inc.,O=Exämple',
    serial_number="0a1b2c",
    fingerprint_sha256="ab" * 32,
    not_before=NOW - timedelta(days=30),
    not_after=NOW + timedelta(days=60),
    key_type="ecdsa",
    ocsp_urls=("http://ocsp.example.org",),
    must_staple=False,
)

GOOD = Verdict(
    response_status=ResponseStatus.SUCCESSFUL,
    cert_status=CertStatus.GOOD,
    this_update=NOW - timedelta(days=1),
    next_update=NOW + timedelta(days=6),
    produced_at=NOW - timedelta(days=1),
    responder="CN=Responder",
    responder_not_after=NOW + timedelta(days=20),
    signature_algorithm="ecdsa-with-SHA256",
    cert_id_hash="sha1",
)
REVOKED = replace(
    GOOD,
    cert_status=CertStatus.REVOKED,
    revocation_time=NOW - timedelta(days=2),
    revocation_reason="key_compromise",
    errors=(Finding(Reason.REVOKED, "revoked two days ago"),),
)
STALE = replace(
    GOOD,
    next_update=NOW - timedelta(hours=1),
    errors=(Finding(Reason.EXPIRED, "nextUpdate was an hour ago"),),
    warnings=(Finding(Reason.VALIDITY_TOO_SHORT, "short"), Finding(Reason.RESPONDER_MISSING_NOCHECK, "none")),
)
MALFORMED = Verdict(errors=(Finding(Reason.MALFORMED, "no SEQUENCE"),))
NO_NEXT_UPDATE = replace(
    GOOD,
    next_update=None,
    warnings=(Finding(Reason.NEXT_UPDATE_MISSING, "first"), Finding(Reason.NEXT_UPDATE_MISSING, "second")),
)
EVERY_REASON = Verdict(errors=tuple(Finding(reason, "") for reason in Reason))
ABSENT = Absence()
MISSED = Absence(warnings=(Finding(Reason.NO_STAPLE, "the leaf names a responder"),))
MUST_STAPLE_MISSED = Absence(errors=(Finding(Reason.MUST_STAPLE_MISSING, "the leaf demands one"),))


def observation(
    assessment: Verdict | Absence = GOOD,
    *,
    chain_verified: bool | None = True,
    leaf: Certificate = LEAF,
    expected: bool = True,
) -> Observation:
    stapled = b"staple" if isinstance(assessment, Verdict) else None
    return Observation(
        address="192.0.2.1",
        handshake=Handshake(
            tls_version=TLSVersion.TLS_1_3,
            cipher_suite="TLS_AES_128_GCM_SHA256",
            group="x25519",
            signature_scheme="ecdsa_secp256r1_sha256",
            chain=(b"leaf", b"issuer"),
            staples=(stapled, None),
        ),
        certificate=leaf,
        staple_expected=expected,
        judged_at=NOW,
        assessment=assessment,
        chain=ChainVerdict(chain_verified, ""),
    )


REFUSED = ProbeError(ProbeFailure.CONNECT_REFUSED, "connection refused")


def result(
    outcome: Observation | ProbeError | None = None, *, of: Endpoint | None = None, after: float = 0
) -> ProbeResult:
    """A result of a probe that started `after` seconds after NOW."""
    outcome = observation() if outcome is None else outcome
    return ProbeResult(
        endpoint=endpoint() if of is None else of,
        started_at=NOW + timedelta(seconds=after),
        outcome=outcome,
        durations={Phase.RESOLVE: 0.1, Phase.CONNECT: 0.2} if isinstance(outcome, ProbeError) else DURATIONS,
    )
