"""What the exporter says about a certificate (RFC 5280 §4.1, §4.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Certificate, KeyType
from ocsp_staple_exporter.ocsp import asn1
from ocsp_staple_exporter.ocsp.certificate import (
    AUTHORITY_INFO_ACCESS,
    AVERAGE_CERTIFICATE,
    TLS_FEATURE,
    DecodedCertificate,
    UnreadableCertificate,
    decode_certificate,
    serial_text,
)
from ocsp_staple_exporter.ocsp.issuer import NoIssuer, find_issuer
from ocsp_staple_exporter.ocsp.names import rfc4514
from ocsp_staple_exporter.ocsp.signatures import key_kind, load_public_key
from ocsp_staple_exporter.remember import remember

CERTIFICATES_REMEMBERED = 16_384

MOST_URLS = 8
"""Responders that are named of one certificate; one is usual."""

_KEY_TYPES = frozenset(key_type.value for key_type in KeyType)
_ID_AD_OCSP = "1.3.6.1.5.5.7.48.1"
_URI = b"\x86"  # uniformResourceIdentifier [6], RFC 5280 §4.2.1.6
_STATUS_REQUESTS = frozenset({5, 17})  # status_request, status_request_v2: RFC 6066 §8, RFC 6961


@remember(CERTIFICATES_REMEMBERED, average=AVERAGE_CERTIFICATE)
def read_certificate(der: bytes) -> Certificate | UnreadableCertificate:
    """The facts of a certificate. Never raises: hostile bytes become a value."""
    decoded = decode_certificate(der)
    if isinstance(decoded, UnreadableCertificate):
        return decoded
    return Certificate(
        subject=rfc4514(decoded.subject),
        issuer=rfc4514(decoded.issuer),
        serial_number=serial_text(decoded.serial_number),
        fingerprint_sha256=hashlib.sha256(der).hexdigest(),
        not_before=decoded.not_before,
        not_after=decoded.not_after,
        key_type=_key_type(decoded),
        ocsp_urls=_ocsp_urls(decoded),
        must_staple=_must_staple(decoded),
    )


def read_issuer(leaf: bytes, issuers: Sequence[bytes]) -> Certificate | None:
    """The facts of the leaf's issuer, where it is among these candidates in DER."""
    found = find_issuer(leaf, tuple(issuers))
    if isinstance(found, NoIssuer):
        return None
    issuer = read_certificate(found.der)
    return issuer if isinstance(issuer, Certificate) else None


def _key_type(certificate: DecodedCertificate) -> str:
    kind = key_kind(load_public_key(certificate.public_key_info))
    return kind if kind in _KEY_TYPES else "other"


def _elements(certificate: DecodedCertificate, oid: str) -> Iterable[asn1.TLV]:
    """The elements of an extension that is a SEQUENCE OF; none where it is absent or undecodable."""
    try:
        value = certificate.extensions.get(oid)
        return () if value is None else asn1.elements(value)
    except asn1.NotDERError:
        return ()


def _ocsp_urls(certificate: DecodedCertificate) -> tuple[str, ...]:
    """RFC 5280 §4.2.2.1: the URIs of AIA whose access method is id-ad-ocsp."""
    urls = []
    for element in _elements(certificate, AUTHORITY_INFO_ACCESS):
        try:
            description = asn1.decode(asn1.AccessDescription, element)
        except asn1.NotDERError:
            continue
        if description.access_method.dotted_string == _ID_AD_OCSP and description.access_location.tag_bytes == _URI:
            urls.append(printable(bytes(description.access_location.data)))
    return tuple(urls[:MOST_URLS])


def _must_staple(certificate: DecodedCertificate) -> bool:
    """RFC 7633 §4: Features ::= SEQUENCE OF INTEGER."""
    for element in _elements(certificate, TLS_FEATURE):
        try:
            if asn1.integer(element) in _STATUS_REQUESTS:
                return True
        except asn1.NotDERError:
            continue
    return False
