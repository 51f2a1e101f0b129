"""What JSON says of a certificate, a verdict and a check: the same words wherever we write JSON.

docs/check.md has the vocabulary. A field is never left out, `null` says that it is not known;
times are UTC. The models are the schema as well: an OpenAPI document is made from them.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ocsp_staple_exporter import model
from ocsp_staple_exporter.ocsp.checks import Failed, Passed, Result, Severity, Skipped

Time = Annotated[
    datetime,
    AfterValidator(lambda moment: moment.astimezone(UTC)),
    Field(examples=["2026-03-01T12:00:00Z"]),
]


class Document(BaseModel):
    """An object of JSON."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Finding(Document):
    """One defect."""

    reason: model.Reason
    """Its public name; docs/verification.md explains each."""

    detail: str
    """For people: the values that were compared."""


class Certificate(Document):
    """A certificate (RFC 5280)."""

    subject: Annotated[str, Field(examples=["CN=www.example.com"])]
    """RFC 4514; empty for an empty name."""

    issuer: Annotated[str, Field(examples=["CN=Example Issuing CA,O=Example"])]
    """RFC 4514; empty for an empty name."""

    serial_number: Annotated[str, Field(examples=["1c30457f8e7e61a3669b581d172d92a9040eb712"])]
    """Lowercase hexadecimal digits."""

    fingerprint_sha256: str
    """Hash of the DER, in lowercase hexadecimal digits."""

    not_before: Time
    not_after: Time
    key_type: Annotated[str, Field(examples=["ecdsa"])]
    """`rsa`, `ecdsa`, `ed25519`, `ed448` or `other`."""

    ocsp_urls: tuple[str, ...]
    """The OCSP responders that it names."""

    must_staple: bool
    """It demands stapling (RFC 7633)."""


class Verdict(Document):
    """What a staple is worth (RFC 6960)."""

    verified: bool
    """Authentic, for the leaf and in time, whatever status it states."""

    response_status: model.ResponseStatus | None
    """Null: it is too malformed to say, or names a status that no RFC assigns."""

    cert_status: model.CertStatus | None
    """Null: not from an authentic staple."""

    revocation_time: Time | None
    """When the CA revoked the leaf."""

    revocation_reason: Annotated[str | None, Field(examples=["key_compromise"])]
    """CRLReason in snake_case; `invalid` for a number that RFC 5280 does not assign."""

    produced_at: Time | None
    this_update: Time | None
    next_update: Time | None
    """As the staple states it, authentic or not, like the two before it."""

    seconds_until_next_update: float | None
    """Negative once it has passed."""

    responder: Annotated[str | None, Field(examples=["key hash 4b0e3eb646ccd2c80e8af19eff3c9697f7127b3a"])]
    """An RFC 4514 name, or `key hash` and hexadecimal digits."""

    responder_not_after: Time | None
    """End of the certificate that vouches for the signature."""

    signature_algorithm: Annotated[str | None, Field(examples=["ecdsa-with-SHA256"])]
    """The name that the RFCs give it, or its OID."""

    cert_id_hash: Annotated[str | None, Field(examples=["sha1"])]
    """The hash of the entry's CertID, or its OID."""

    errors: tuple[Finding, ...]
    """The most fundamental first."""

    warnings: tuple[Finding, ...]


class CheckOutcome(enum.Enum):
    """What a check came to."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


class Check(Document):
    """One clause, looked at."""

    name: Annotated[str, Field(examples=["nextUpdate has not passed"])]
    """For people: what is checked."""

    clause: Annotated[str, Field(examples=["RFC 6960 §3.2 (6)"])]
    """Where that is demanded; BR: the Baseline Requirements of the CA/Browser Forum."""

    severity: Severity
    """What a breach is."""

    outcome: CheckOutcome
    reason: model.Reason | None
    """Where it failed."""

    detail: str
    """For people: the values that were looked at."""


class ProbeProblem(Document):
    """Why no handshake was read."""

    reason: model.ProbeFailure
    """Its public name; docs/metrics.md explains each."""

    detail: str
    """For people."""


class OneHandshake(Document):
    """One of the handshakes of a probe."""

    retry: bool
    """Made because none before it had carried a staple."""

    stapled: bool | None
    """Null: it failed."""

    leaf_sha256: str | None
    staple_sha256: str | None
    verified: bool | None
    """What the staple is worth; null: none came."""

    next_update: Time | None
    error: ProbeProblem | None
    """Why it failed; null: it was read."""


class Handshakes(Document):
    """All handshakes of a probe, in their order. What is said elsewhere is of the worst that carried a staple."""

    stapled: int
    not_stapled: int
    failed: int
    left_out: int
    """The timeout left no time for them."""

    each: tuple[OneHandshake, ...]


OUTCOMES = {Passed: CheckOutcome.PASSED, Failed: CheckOutcome.FAILED, Skipped: CheckOutcome.NOT_APPLICABLE}


def findings(found: Iterable[model.Finding]) -> tuple[Finding, ...]:
    return tuple(Finding(reason=finding.reason, detail=finding.detail) for finding in found)


def certificate(read: model.Certificate) -> Certificate:
    return Certificate(
        subject=read.subject,
        issuer=read.issuer,
        serial_number=read.serial_number,
        fingerprint_sha256=read.fingerprint_sha256,
        not_before=read.not_before,
        not_after=read.not_after,
        key_type=read.key_type,
        ocsp_urls=read.ocsp_urls,
        must_staple=read.must_staple,
    )


def verdict(given: model.Verdict, now: datetime) -> Verdict:
    """`now` (aware) is what seconds_until_next_update counts from."""
    return Verdict(
        verified=given.verified,
        response_status=given.response_status,
        cert_status=given.cert_status,
        revocation_time=given.revocation_time,
        revocation_reason=given.revocation_reason,
        produced_at=given.produced_at,
        this_update=given.this_update,
        next_update=given.next_update,
        seconds_until_next_update=seconds_until(given.next_update, now),
        responder=given.responder,
        responder_not_after=given.responder_not_after,
        signature_algorithm=given.signature_algorithm,
        cert_id_hash=given.cert_id_hash,
        errors=findings(given.errors),
        warnings=findings(given.warnings),
    )


def check(result: Result) -> Check:
    checked, outcome = result
    return Check(
        name=checked.name,
        clause=checked.clause,
        severity=checked.severity,
        outcome=OUTCOMES[type(outcome)],
        reason=outcome.reason if isinstance(outcome, Failed) else None,
        detail=outcome.detail,
    )


def handshakes(seen: model.Observation) -> Handshakes:
    rounds = model.Rounds(seen=(seen,)) if seen.rounds is None else seen.rounds
    planned = len(rounds.seen) - rounds.retries
    return Handshakes(
        stapled=seen.stapled,
        not_stapled=len(seen.handshakes) - seen.stapled,
        failed=len(rounds.seen) - len(seen.handshakes),
        left_out=rounds.left_out,
        each=tuple(_one_handshake(one, retry=number >= planned) for number, one in enumerate(rounds.seen)),
    )


def _one_handshake(seen: model.Observation | model.ProbeError, *, retry: bool) -> OneHandshake:
    error, leaf, staple, stapled = None, None, None, None
    if isinstance(seen, model.ProbeError):
        error = ProbeProblem(reason=seen.reason, detail=seen.detail)
    else:
        leaf, staple = seen.handshake.leaf, seen.handshake.staple
        stapled = seen.assessment if isinstance(seen.assessment, model.Verdict) else None
    return OneHandshake(
        retry=retry,
        stapled=None if error else staple is not None,
        leaf_sha256=leaf and _sha256(leaf),
        staple_sha256=None if staple is None else _sha256(staple),
        verified=stapled and stapled.verified,
        next_update=stapled and stapled.next_update,
        error=error,
    )


def _sha256(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


def seconds_until(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else (moment - now).total_seconds()
