"""Who signed the response, and was it allowed to? See RFC 6960 §4.2.2.2, §4.2.2.3, §3.2 (2 to 4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.ocsp import asn1
from ocsp_staple_exporter.ocsp.certificate import EXTENDED_KEY_USAGE, DecodedCertificate, decode_certificate
from ocsp_staple_exporter.ocsp.issuer import FoundIssuer, NoIssuer, issued_by_key
from ocsp_staple_exporter.ocsp.names import rfc4514
from ocsp_staple_exporter.ocsp.response import BasicResponse, ByKey, ByName
from ocsp_staple_exporter.ocsp.signatures import SignatureResult, Verified, verify_signature

ID_KP_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"

MOST_CANDIDATES = 8
"""Embedded certificates with the responder's name or key that are tried; one is usual."""

MOST_EMBEDDED = 32
"""Embedded certificates that are looked at."""

KEY_HASH_LENGTH = 20
"""KeyHash is SHA-1, whatever hash the CertID uses (RFC 6960 §4.2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """The certificate that the ResponderID names."""

    certificate: DecodedCertificate
    is_issuer: bool
    """It is the leaf's issuer itself, the same name and key."""

    not_issued_by_ca: str | None
    """Why the leaf's issuer did not issue it directly; None where it did, or where that issuer is unknown."""

    issuer_known: bool
    has_ocsp_signing: bool
    signature: SignatureResult

    @property
    def authorised(self) -> bool:
        """Whether it may sign for this CA at all; its dates are another matter."""
        issued_by_ca = self.issuer_known and self.not_issued_by_ca is None
        delegated = issued_by_ca and self.has_ocsp_signing and not self.certificate.unknown_critical
        return self.is_issuer or delegated


@dataclass(frozen=True, slots=True)
class NoSigner:
    """No certificate at hand is the one that the ResponderID names."""

    detail: str
    may_be_issuer: bool = False
    """It may be the leaf's issuer, which is not at hand."""


def find_signer(
    response: BasicResponse, leaf_issuer_name: bytes | None, issuer: FoundIssuer | NoIssuer
) -> Signer | NoSigner:
    """The best of the certificates that the ResponderID fits: authorised and verifying, verifying, any."""
    found: list[Signer] = []
    for certificate, is_issuer in _candidates(response, issuer):
        signer = _examine(response, certificate, leaf_issuer_name, issuer, is_issuer=is_issuer)
        if signer.authorised and isinstance(signer.signature, Verified):
            return signer
        found.append(signer)
    verifying = [signer for signer in found if isinstance(signer.signature, Verified)]
    if found:
        return (verifying or found)[0]
    return _nobody(response, leaf_issuer_name, issuer)


def describe_responder(responder_id: ByName | ByKey) -> str:
    """An RFC 4514 name, or `key hash ` and hexadecimal digits."""
    match responder_id:
        case ByName(name):
            return rfc4514(name)
        case ByKey(key_hash):
            return printable(f"key hash {key_hash.hex()}")


def _candidates(response: BasicResponse, issuer: FoundIssuer | NoIssuer) -> Iterator[tuple[DecodedCertificate, bool]]:
    issuers = [issuer.certificate] if isinstance(issuer, FoundIssuer) else []
    if issuers and _fits(response.responder_id, issuers[0]):
        yield issuers[0], True
    tried = 0
    for der in response.certificates[:MOST_EMBEDDED]:
        certificate = decode_certificate(der)
        if not isinstance(certificate, DecodedCertificate) or not _fits(response.responder_id, certificate):
            continue
        if any(_same_entity(certificate, known) for known in issuers):
            continue
        tried += 1
        if tried > MOST_CANDIDATES:
            return
        yield certificate, False


def _fits(responder_id: ByName | ByKey, certificate: DecodedCertificate) -> bool:
    match responder_id:
        case ByName(name):
            return certificate.subject == name
        case ByKey(key_hash):
            return hashlib.sha1(certificate.public_key_bits, usedforsecurity=False).digest() == key_hash


def _same_entity(one: DecodedCertificate, other: DecodedCertificate) -> bool:
    return one.subject == other.subject and one.public_key_info == other.public_key_info


def _examine(
    response: BasicResponse,
    certificate: DecodedCertificate,
    leaf_issuer_name: bytes | None,
    issuer: FoundIssuer | NoIssuer,
    *,
    is_issuer: bool,
) -> Signer:
    return Signer(
        certificate=certificate,
        is_issuer=is_issuer,
        not_issued_by_ca=None if is_issuer else _why_not_issued(certificate, leaf_issuer_name, issuer),
        issuer_known=isinstance(issuer, FoundIssuer),
        has_ocsp_signing=ID_KP_OCSP_SIGNING in extended_key_usages(certificate),
        signature=verify_signature(
            response.signature_algorithm, certificate.public_key_info, response.signature, response.tbs
        ),
    )


def _why_not_issued(
    certificate: DecodedCertificate, leaf_issuer_name: bytes | None, issuer: FoundIssuer | NoIssuer
) -> str | None:
    if leaf_issuer_name is not None and certificate.issuer != leaf_issuer_name:
        return f"it was issued by {rfc4514(certificate.issuer)}, not by {rfc4514(leaf_issuer_name)}"
    if isinstance(issuer, NoIssuer):
        return None
    result = issued_by_key(certificate, issuer.certificate)
    return None if isinstance(result, Verified) else f"the issuer's signature on it is not good: {result.detail}"


def extended_key_usages(certificate: DecodedCertificate) -> tuple[str, ...]:
    """The purposes that ExtendedKeyUsage lists (RFC 5280 §4.2.1.12); none where it is absent or undecodable."""
    value = certificate.extensions.get(EXTENDED_KEY_USAGE)
    if value is None:
        return ()
    try:
        return tuple(asn1.decode(asn1.ObjectIdentifier, purpose).dotted_string for purpose in asn1.elements(value))
    except asn1.NotDERError:
        return ()


def _nobody(response: BasicResponse, leaf_issuer_name: bytes | None, issuer: FoundIssuer | NoIssuer) -> NoSigner:
    responder = describe_responder(response.responder_id)
    if isinstance(issuer, NoIssuer) and response.responder_id == ByName(leaf_issuer_name or b""):
        return NoSigner(f"the responder is the issuer, {responder}, which is not at hand", may_be_issuer=True)
    if isinstance(issuer, NoIssuer) and (leaf_issuer_name is None or isinstance(response.responder_id, ByKey)):
        return NoSigner(f"the responder, {responder}, may be the issuer, which is not at hand", may_be_issuer=True)
    count = len(response.certificates)
    return NoSigner(
        f"the responder, {responder}, is neither the issuer nor one of {count} certificates in the response"
    )
