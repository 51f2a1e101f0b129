"""A certificate, decoded as far as judging a staple needs (RFC 5280 §4.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.ocsp import asn1
from ocsp_staple_exporter.ocsp.algorithms import AlgorithmIdentifier, decode_algorithm
from ocsp_staple_exporter.remember import remember

CERTIFICATES_REMEMBERED = 16_384

AVERAGE_CERTIFICATE = 8 * 1024
"""Bytes that there is room for; most have 1 to 2 kB, those with ML-DSA 5."""

MOST_EXTENSIONS = 100
"""In one list of them, here and in responses; twenty are many."""

AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1"
BASIC_CONSTRAINTS = "2.5.29.19"
EXTENDED_KEY_USAGE = "2.5.29.37"
KEY_USAGE = "2.5.29.15"
OCSP_NOCHECK = "1.3.6.1.5.5.7.48.1.5"
TLS_FEATURE = "1.3.6.1.5.5.7.1.24"


UNDERSTOOD_EXTENSIONS = frozenset(
    {
        AUTHORITY_INFO_ACCESS,
        BASIC_CONSTRAINTS,
        EXTENDED_KEY_USAGE,
        KEY_USAGE,
        OCSP_NOCHECK,
        TLS_FEATURE,
        *(f"2.5.29.{arc}" for arc in (9, 14, 17, 18, 30, 31, 32, 33, 35, 36, 46, 54)),
    }
)
"""Those of RFC 5280 §4.2 and of OCSP: a critical one beside them voids a certificate."""


@dataclass(frozen=True, slots=True)
class UnreadableCertificate:
    """Bytes that are no certificate, and why, safe to show."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedCertificate:
    """The parts of a certificate as they were on the wire; names are DER, compared as bytes."""

    serial_number: int
    issuer: bytes
    subject: bytes
    not_before: datetime
    not_after: datetime
    public_key_info: bytes
    """SubjectPublicKeyInfo."""

    public_key_bits: bytes
    """The content of its BIT STRING: what issuerKeyHash and KeyHash are hashes of (RFC 6960 §4.1.1, §4.2.1)."""

    extensions: Mapping[str, bytes]
    """extnValue by OID; one that does not decode is left out, the first of two wins."""

    unknown_critical: tuple[str, ...]
    """OIDs of the critical extensions that nobody here understands (RFC 5280 §4.2)."""

    tbs: bytes
    tbs_signature_algorithm: AlgorithmIdentifier
    signature_algorithm: AlgorithmIdentifier
    signature: bytes


@remember(CERTIFICATES_REMEMBERED, average=AVERAGE_CERTIFICATE)
def decode_certificate(der: bytes) -> DecodedCertificate | UnreadableCertificate:
    """Decode a certificate. Never raises: hostile bytes become a value."""
    try:
        return _decode(der)
    except asn1.NotDERError as error:
        return UnreadableCertificate(printable(f"the certificate does not decode: {error}"))


def _decode(der: bytes) -> DecodedCertificate:
    certificate = asn1.decode(asn1.Certificate, der)
    if certificate.signature.padding_bits():
        raise asn1.NotDERError("its signature is no whole number of bytes")
    tbs = asn1.decode(asn1.TBSCertificate, certificate.tbs_certificate)
    key = asn1.decode(asn1.SubjectPublicKeyInfo, tbs.subject_public_key_info)
    extensions, undecodable = _decode_extensions(tbs.extensions or [])
    return DecodedCertificate(
        serial_number=asn1.integer(tbs.serial_number),
        issuer=asn1.tlv_bytes(tbs.issuer),
        subject=asn1.tlv_bytes(tbs.subject),
        not_before=tbs.validity.not_before.as_datetime(),
        not_after=tbs.validity.not_after.as_datetime(),
        public_key_info=asn1.tlv_bytes(tbs.subject_public_key_info),
        public_key_bits=key.subject_public_key.as_bytes(),
        extensions={oid: extension.extn_value for oid, extension in extensions.items()},
        unknown_critical=(
            *(oid for oid in extensions if extensions[oid].critical and oid not in UNDERSTOOD_EXTENSIONS),
            *undecodable,
        ),
        tbs=asn1.tlv_bytes(certificate.tbs_certificate),
        tbs_signature_algorithm=decode_algorithm(tbs.signature),
        signature_algorithm=decode_algorithm(certificate.signature_algorithm),
        signature=certificate.signature.as_bytes(),
    )


def _decode_extensions(values: list[asn1.TLV]) -> tuple[Mapping[str, asn1.Extension], Sequence[str]]:
    """The extensions by OID; and those that are none, which may be critical as well as not (RFC 5280 §4.2)."""
    if len(values) > MOST_EXTENSIONS:
        raise asn1.NotDERError(f"it has {len(values)} extensions, more than {MOST_EXTENSIONS}")
    extensions: dict[str, asn1.Extension] = {}
    undecodable = []
    for number, value in enumerate(values, 1):
        try:
            extension = asn1.decode(asn1.Extension, value)
        except asn1.NotDERError:
            undecodable.append(f"number {number}, which does not decode")
        else:
            extensions.setdefault(extension.extn_id.dotted_string, extension)
    return extensions, undecodable


def serial_text(serial_number: int) -> str:
    """Lowercase hexadecimal digits in whole bytes, at most 20 of them in a sound one (RFC 5280 §4.1.2.2)."""
    digits = f"{abs(serial_number):x}"
    sign = "-" if serial_number < 0 else ""
    return printable(sign + digits.zfill(len(digits) + len(digits) % 2))
