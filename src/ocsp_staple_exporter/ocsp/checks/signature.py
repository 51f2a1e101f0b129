"""Is the response's signature good? See RFC 6960 §3.2 (2), §4.3."""

from __future__ import annotations

from datetime import UTC, datetime

from ocsp_staple_exporter.model import Reason
from ocsp_staple_exporter.ocsp.checks.check import Failed, Outcome, Passed, Skipped
from ocsp_staple_exporter.ocsp.evidence import Evidence
from ocsp_staple_exporter.ocsp.signatures import NotVerified, Unsupported, Verified, describe_algorithm, find_scheme
from ocsp_staple_exporter.ocsp.signer import NoSigner, Signer
from ocsp_staple_exporter.ocsp.times import utc

SHA1_BANNED = datetime(2022, 6, 1, tzinfo=UTC)
"""BR §7.1.3.2: no SHA-1 in responses produced since."""


def check_signature_encoding(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.2.1: a signature is a whole number of bytes."""
    unused = evidence.response.signature_unused_bits
    if unused:
        return Failed(Reason.MALFORMED, f"the signature's BIT STRING has {unused} unused bits")
    return Passed("no unused bits")


def check_signature_algorithm(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.3: an algorithm that clients know."""
    algorithm = evidence.response.signature_algorithm
    if find_scheme(algorithm) is None:
        detail = f"the signature algorithm {describe_algorithm(algorithm)} or its parameters are not supported"
        return Failed(Reason.SIGNATURE_ALGORITHM_UNSUPPORTED, detail)
    if isinstance(evidence.signer, Signer) and isinstance(evidence.signer.signature, Unsupported):
        return Failed(Reason.SIGNATURE_ALGORITHM_UNSUPPORTED, evidence.signer.signature.detail)
    return Passed(describe_algorithm(algorithm))


def check_signature(evidence: Evidence) -> Outcome:
    """RFC 6960 §3.2 (2): the signature on the response is valid."""
    if isinstance(evidence.signer, NoSigner):
        return Skipped("the responder's certificate is not at hand")
    if evidence.response.signature_unused_bits:
        return Skipped("the signature is no whole number of bytes")
    match evidence.signer.signature:
        case Verified():
            return Passed(describe_algorithm(evidence.response.signature_algorithm))
        case NotVerified(detail):
            return Failed(Reason.SIGNATURE_INVALID, f"the response: {detail}")
        case Unsupported(detail):
            return Skipped(detail)


def check_signature_md5(evidence: Evidence) -> Outcome:
    """RFC 6151 §2: MD5 must not be used for signatures."""
    return _check_hash(evidence, "md5", Reason.SIGNATURE_WEAK_MD5)


def check_signature_sha1(evidence: Evidence) -> Outcome:
    """BR §7.1.3.2: no SHA-1 where producedAt is 2022-06-01 or later."""
    produced_at = evidence.response.produced_at
    if produced_at < SHA1_BANNED:
        return Skipped(f"produced at {utc(produced_at)}, before {utc(SHA1_BANNED)}")
    return _check_hash(evidence, "sha1", Reason.SIGNATURE_WEAK_SHA1)


def _check_hash(evidence: Evidence, weak: str, reason: Reason) -> Outcome:
    scheme = find_scheme(evidence.response.signature_algorithm)
    if scheme is None:
        return Skipped("the signature algorithm is not supported")
    if scheme.hash_name == weak:
        return Failed(reason, f"the response is signed with {scheme.name}")
    return Passed(scheme.name)
