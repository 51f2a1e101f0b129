"""Does the responder's certificate keep to the profile? See BR §7.1.2.8, RFC 6960 §4.2.2.2."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Reason
from ocsp_staple_exporter.ocsp import asn1
from ocsp_staple_exporter.ocsp.certificate import BASIC_CONSTRAINTS, KEY_USAGE, OCSP_NOCHECK, DecodedCertificate
from ocsp_staple_exporter.ocsp.checks.check import Failed, Outcome, Passed, Skipped
from ocsp_staple_exporter.ocsp.evidence import Evidence
from ocsp_staple_exporter.ocsp.names import rfc4514
from ocsp_staple_exporter.ocsp.signatures import describe_algorithm, find_scheme, load_public_key
from ocsp_staple_exporter.ocsp.signer import NoSigner

_ABSENT_OR_FALSE = b"\x30\x00"
_NO_CERTIFICATE = Skipped("the responder's certificate is not at hand")
_NULL = b"\x05\x00"


def of_delegate(check: Callable[[DecodedCertificate], Outcome]) -> Callable[[Evidence], Outcome]:
    """Make a check of a delegated responder's certificate into one of the evidence."""

    def of_evidence(evidence: Evidence) -> Outcome:
        signer = evidence.signer
        if isinstance(signer, NoSigner):
            return _NO_CERTIFICATE
        if signer.is_issuer:
            return Skipped("the issuer itself signed")
        if signer.not_issued_by_ca or not signer.has_ocsp_signing:
            return Skipped("the signer is no responder of this CA")
        return check(signer.certificate)

    return of_evidence


@of_delegate
def check_critical_extensions(certificate: DecodedCertificate) -> Outcome:
    """RFC 5280 §4.2: a critical extension that is not understood voids the certificate."""
    if certificate.unknown_critical:
        unknown = printable(", ".join(certificate.unknown_critical))
        return Failed(
            Reason.UNKNOWN_CRITICAL_EXTENSION, f"critical and unknown, in the responder's certificate: {unknown}"
        )
    return Passed("no critical extension is unknown")


@of_delegate
def check_is_ca(certificate: DecodedCertificate) -> Outcome:
    """BR §7.1.2.8: a responder's certificate is none of a CA."""
    value = certificate.extensions.get(BASIC_CONSTRAINTS, _ABSENT_OR_FALSE)
    try:
        is_ca = asn1.decode(asn1.BasicConstraints, value).ca
    except asn1.NotDERError:
        return Skipped("its basic constraints do not decode")
    if is_ca:
        return Failed(Reason.RESPONDER_IS_CA, f"{rfc4514(certificate.subject)} is a CA (cA is TRUE)")
    return Passed("not a CA")


@of_delegate
def check_key_usage(certificate: DecodedCertificate) -> Outcome:
    """BR §7.1.2.8.7, RFC 5280 §4.2.1.3: where key usage is stated, digitalSignature is in it."""
    value = certificate.extensions.get(KEY_USAGE)
    if value is None:
        return Passed("key usage is not restricted")
    try:
        bits = asn1.decode(asn1.BitString, value).as_bytes()
    except asn1.NotDERError:
        return Failed(Reason.RESPONDER_BAD_KEY_USAGE, "the responder's key usage does not decode")
    if not bits or not bits[0] & 0x80:
        return Failed(Reason.RESPONDER_BAD_KEY_USAGE, "the responder's key usage lacks digitalSignature")
    return Passed("key usage has digitalSignature")


@of_delegate
def check_nocheck(certificate: DecodedCertificate) -> Outcome:
    """RFC 6960 §4.2.2.2.1, BR §7.1.2.8: id-pkix-ocsp-nocheck, lest clients ask for the responder's own status."""
    value = certificate.extensions.get(OCSP_NOCHECK)
    if value is None:
        return Failed(Reason.RESPONDER_MISSING_NOCHECK, "the responder's certificate lacks id-pkix-ocsp-nocheck")
    if value != _NULL:
        return Failed(Reason.RESPONDER_MISSING_NOCHECK, "the responder's id-pkix-ocsp-nocheck is not NULL")
    return Passed("has id-pkix-ocsp-nocheck")


@of_delegate
def check_certificate_hash(certificate: DecodedCertificate) -> Outcome:
    """BR §7.1.3.2: the CA signs the responder's certificate with SHA-256 or better."""
    name = describe_algorithm(certificate.signature_algorithm)
    scheme = find_scheme(certificate.signature_algorithm)
    if scheme and scheme.hash_name in {"md5", "sha1"}:
        return Failed(Reason.RESPONDER_CERT_WEAK_SIGNATURE, f"the responder's certificate is signed with {name}")
    return Passed(name)


def check_key_size(evidence: Evidence) -> Outcome:
    """BR §6.1.5: RSA of 2048 bits or more, elliptic curves of 256 or more."""
    if isinstance(evidence.signer, NoSigner):
        return _NO_CERTIFICATE
    key = load_public_key(evidence.signer.certificate.public_key_info)
    match key:
        case RSAPublicKey() if key.key_size < 2048:
            return Failed(Reason.RESPONDER_KEY_WEAK, f"the responder's RSA key has {key.key_size} bits, less than 2048")
        case EllipticCurvePublicKey() if key.key_size < 256:
            return Failed(Reason.RESPONDER_KEY_WEAK, f"the responder's key on {key.curve.name} has less than 256 bits")
        case None:
            return Skipped("the responder's key cannot be read")
        case _:
            return Passed("the responder's key is long enough")
