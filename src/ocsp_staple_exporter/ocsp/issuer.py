"""Which certificate issued the leaf? See RFC 6960 §4.1.1, RFC 5280 §6.1.3 (a).

It is the one whose subject equals the leaf's issuer, byte for byte, and whose key
verifies the leaf. A cross-signed twin has the same name and key and does as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ocsp_staple_exporter.model import Reason
from ocsp_staple_exporter.ocsp.certificate import DecodedCertificate, UnreadableCertificate, decode_certificate
from ocsp_staple_exporter.ocsp.names import rfc4514
from ocsp_staple_exporter.ocsp.signatures import NotVerified, SignatureResult, Unsupported, Verified, verify_signature
from ocsp_staple_exporter.remember import remember

ISSUERS_REMEMBERED = 16_384

AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
SUBJECT_KEY_IDENTIFIER = "2.5.29.14"

MOST_CANDIDATES = 32
"""Certificates looked at for one leaf; TLS stacks send and accept about ten."""

MOST_KEYS = 16
"""Of those, keys that are tried, those first that the leaf names: an authority may have had several."""


@dataclass(frozen=True, slots=True)
class FoundIssuer:
    der: bytes
    certificate: DecodedCertificate
    self_signed: bool


@dataclass(frozen=True, slots=True)
class NoIssuer:
    """No candidate is the issuer; `reason` is issuer_unavailable or issuer_mismatch."""

    reason: Reason
    detail: str


@remember(ISSUERS_REMEMBERED)
def find_issuer(leaf: bytes, candidates: tuple[bytes, ...]) -> FoundIssuer | NoIssuer:
    """The leaf's issuer among DER certificates in any order."""
    certificate = decode_certificate(leaf)
    if isinstance(certificate, UnreadableCertificate):
        return NoIssuer(Reason.ISSUER_UNAVAILABLE, f"the leaf's issuer is not known: {certificate.detail}")
    own = (leaf,) if certificate.subject == certificate.issuer else ()
    readable = list(_readable(own + candidates[:MOST_CANDIDATES]))
    results = []
    namesakes = [(der, candidate) for der, candidate in readable if candidate.subject == certificate.issuer]
    namesakes.sort(key=lambda namesake: not _is_hinted(certificate, namesake[1]))
    for der, namesake in namesakes[:MOST_KEYS]:
        results.append(issued_by_key(certificate, namesake))
        if isinstance(results[-1], Verified):
            return FoundIssuer(der, namesake, self_signed=der == leaf)
    if len(namesakes) > MOST_KEYS:
        detail = f"no telling who issued the leaf: {len(namesakes)} certificates have the name of the issuer"
        return NoIssuer(
            Reason.ISSUER_UNAVAILABLE, f"{detail}, and the {MOST_KEYS} keys that were tried did not sign it"
        )
    return _why_none(certificate, [candidate for _, candidate in readable], results)


def _is_hinted(certificate: DecodedCertificate, issuer: DecodedCertificate) -> bool:
    """Whether the one names the key of the other (RFC 5280 §4.2.1.1, §4.2.1.2): an OCTET STRING, within a SEQUENCE."""
    own, named = issuer.extensions.get(SUBJECT_KEY_IDENTIFIER), certificate.extensions.get(AUTHORITY_KEY_IDENTIFIER)
    return bool(own and named and own[2:] in named)


def _readable(ders: Iterable[bytes]) -> Iterator[tuple[bytes, DecodedCertificate]]:
    for der in ders:
        certificate = decode_certificate(der)
        if isinstance(certificate, DecodedCertificate):
            yield der, certificate


def issued_by_key(certificate: DecodedCertificate, issuer: DecodedCertificate) -> SignatureResult:
    """Whether the issuer's key verifies the certificate, whatever the names."""
    if certificate.signature_algorithm != certificate.tbs_signature_algorithm:  # RFC 5280 §4.1.1.2
        return NotVerified("its two signature algorithms differ")
    return verify_signature(
        certificate.signature_algorithm, issuer.public_key_info, certificate.signature, certificate.tbs
    )


def _why_none(
    leaf: DecodedCertificate, readable: Sequence[DecodedCertificate], results: Sequence[SignatureResult]
) -> NoIssuer:
    issuer = rfc4514(leaf.issuer)
    for result in results:
        if isinstance(result, Unsupported):
            return NoIssuer(Reason.ISSUER_UNAVAILABLE, f"no telling who issued the leaf: {result.detail}")
    if results:
        return NoIssuer(
            Reason.ISSUER_MISMATCH,
            f"a certificate has the name of the issuer, {issuer}, but its key did not sign the leaf",
        )
    for other in readable[:MOST_KEYS]:
        if isinstance(issued_by_key(leaf, other), Verified):
            return NoIssuer(
                Reason.ISSUER_MISMATCH,
                f"the key that signed the leaf is certified for {rfc4514(other.subject)}, not for the issuer, {issuer}",
            )
    count = len(readable)
    return NoIssuer(Reason.ISSUER_UNAVAILABLE, f"the issuer, {issuer}, is not among {count} candidate certificates")
