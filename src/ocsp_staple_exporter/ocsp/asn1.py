"""The ASN.1 of OCSP and X.509, declared once (RFC 6960 appendix B, RFC 5280 appendix A).

Field names are those of the RFCs in snake_case. `TLV` stands where the raw bytes matter
(they are signed, hashed or compared) or where one bad value must not hide its neighbours.
`cryptography.hazmat.asn1` reads DER only: no indefinite or overlong lengths. Its authors do
not call it stable yet, so nothing outside this module names it.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeVar

from cryptography.hazmat.asn1 import (
    TLV,
    BitString,
    Explicit,
    GeneralizedTime,
    Implicit,
    Null,
    UTCTime,
    Variant,
    decode_der,
    sequence,
)
from cryptography.x509 import ObjectIdentifier

__all__ = [
    "TLV",
    "AccessDescription",
    "AttributeTypeAndValue",
    "BasicConstraints",
    "BasicOCSPResponse",
    "BitString",
    "Certificate",
    "Extension",
    "GeneralizedTime",
    "NotDERError",
    "Null",
    "OCSPResponse",
    "ObjectIdentifier",
    "PSSParameters",
    "ResponderID",
    "ResponseBytes",
    "ResponseData",
    "RevokedInfo",
    "SingleResponse",
    "SubjectPublicKeyInfo",
    "TBSCertificate",
    "decode",
    "elements",
    "enumerated",
    "integer",
    "split",
    "tlv_bytes",
]

Declared = TypeVar("Declared")


class NotDERError(ValueError):
    """The bytes are not the DER of what was declared."""


# ---------------------------------------------------------------- RFC 6960 appendix B


@sequence
class ResponseBytes:
    response_type: ObjectIdentifier
    response: bytes


@sequence
class OCSPResponse:
    response_status: TLV  # ENUMERATED, which the library does not name
    response_bytes: Annotated[ResponseBytes | None, Explicit(0)]


@sequence
class BasicOCSPResponse:
    tbs_response_data: TLV
    signature_algorithm: TLV
    signature: BitString
    certs: Annotated[list[TLV] | None, Explicit(0)]


@sequence
class Extension:
    extn_id: ObjectIdentifier
    critical: bool | None  # DEFAULT FALSE; an encoded FALSE is seen in practice
    extn_value: bytes


ResponderID = (
    Annotated[Variant[TLV, Literal["by_name"]], Explicit(1)] | Annotated[Variant[bytes, Literal["by_key"]], Explicit(2)]
)


@sequence
class ResponseData:
    version: Annotated[int | None, Explicit(0)]  # DEFAULT v1; an encoded v1 is seen in practice
    responder_id: ResponderID
    produced_at: GeneralizedTime
    responses: list[TLV]
    response_extensions: Annotated[list[Extension] | None, Explicit(1)]


@sequence
class CertID:
    hash_algorithm: TLV
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial_number: int


@sequence
class ExplicitlyTagged:
    """`[n] EXPLICIT ANY`, which is encoded as `[n] IMPLICIT SEQUENCE { ANY }`."""

    value: TLV


@sequence
class RevokedInfo:
    revocation_time: GeneralizedTime
    revocation_reason: Annotated[ExplicitlyTagged | None, Implicit(0)]


CertStatus = (
    Annotated[Variant[Null, Literal["good"]], Implicit(0)]
    | Annotated[Variant[RevokedInfo, Literal["revoked"]], Implicit(1)]
    | Annotated[Variant[Null, Literal["unknown"]], Implicit(2)]
)


@sequence
class SingleResponse:
    cert_id: CertID
    cert_status: CertStatus
    this_update: GeneralizedTime
    next_update: Annotated[GeneralizedTime | None, Explicit(0)]
    single_extensions: Annotated[list[Extension] | None, Explicit(1)]


# ---------------------------------------------------------------- RFC 5280 appendix A


@sequence
class AttributeTypeAndValue:
    type: ObjectIdentifier
    value: TLV


@sequence
class Validity:
    not_before: UTCTime | GeneralizedTime
    not_after: UTCTime | GeneralizedTime


@sequence
class TBSCertificate:
    version: Annotated[int | None, Explicit(0)]
    serial_number: TLV
    signature: TLV
    issuer: TLV
    validity: Validity
    subject: TLV
    subject_public_key_info: TLV
    issuer_unique_id: Annotated[BitString | None, Implicit(1)]
    subject_unique_id: Annotated[BitString | None, Implicit(2)]
    extensions: Annotated[list[TLV] | None, Explicit(3)]


@sequence
class Certificate:
    tbs_certificate: TLV
    signature_algorithm: TLV
    signature: BitString


@sequence
class SubjectPublicKeyInfo:
    algorithm: TLV
    subject_public_key: BitString


@sequence
class BasicConstraints:
    ca: bool | None
    path_len_constraint: int | None


@sequence
class AccessDescription:
    access_method: ObjectIdentifier
    access_location: TLV


@sequence
class PSSParameters:
    """RSASSA-PSS-params (RFC 4055 §3.1); its DEFAULTs speak of SHA-1."""

    hash_algorithm: Annotated[ExplicitlyTagged | None, Implicit(0)]
    mask_gen_algorithm: Annotated[ExplicitlyTagged | None, Implicit(1)]
    salt_length: Annotated[int | None, Explicit(2)]
    trailer_field: Annotated[int | None, Explicit(3)]


# ---------------------------------------------------------------- reading


@sequence
class _Holder:
    """Only a field can be a SEQUENCE OF."""

    elements: list[TLV]


def decode(declared: type[Declared], der: bytes | TLV) -> Declared:
    """Decode a declared type from bytes or from a part of them; raises NotDERError."""
    try:
        return der.parse(declared) if isinstance(der, TLV) else decode_der(declared, der)
    except (ValueError, OverflowError) as error:
        raise NotDERError(_in_few_words(error)) from error


def elements(value: bytes | TLV) -> list[TLV]:
    """The elements of a SEQUENCE or SET, whatever its tag; raises NotDERError."""
    outer = value if isinstance(value, TLV) else decode(TLV, value)
    return decode(_Holder, _encode(b"\x30", _encode(b"\x30", bytes(outer.data)))).elements


def tlv_bytes(value: TLV) -> bytes:
    """The value as it was on the wire: DER has one encoding of a length, and no other was accepted."""
    return _encode(value.tag_bytes, bytes(value.data))


def integer(value: TLV) -> int:
    """An INTEGER, also where it has more bytes than DER wants; raises NotDERError."""
    return _number(value, b"\x02")


def enumerated(value: TLV) -> int:
    """An ENUMERATED; raises NotDERError."""
    number = _number(value, b"\x0a")
    if max(number, ~number).bit_length() < 8 * (len(value.data) - 1):  # X.690 §8.3.2, §8.4
        raise NotDERError("a number has more bytes than it needs")
    return number


def _number(value: TLV, tag: bytes) -> int:
    content = bytes(value.data)
    if value.tag_bytes != tag or not content:
        raise NotDERError(f"tag {value.tag_bytes.hex()} and {len(content)} bytes stand where a number belongs")
    return int.from_bytes(content, signed=True)


def split(der: bytes) -> tuple[bytes, bytes]:
    """The first element of the bytes and what trails it; (der, b"") where no element begins (X.690 §8.1)."""
    if len(der) < 2 or der[0] & 0x1F == 0x1F:
        return der, b""
    if der[1] < 0x80:
        end = 2 + der[1]
    else:
        begin = 2 + (der[1] & 0x7F)
        end = begin + int.from_bytes(der[2:begin])
    return der[:end], der[end:]


def _encode(tag: bytes, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return tag + bytes([size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return tag + bytes([0x80 | len(length)]) + length + content


# Of the library's `error parsing asn1 value: ParseError { kind: ExtraData }`.
_KINDS = {
    "ShortData": "it ends too early",
    "ExtraData": "something is left over",
    "InvalidLength": "it has a length that DER does not allow",
    "InvalidValue": "it has a value that DER does not allow",
    "InvalidTag": "it has a tag that DER does not allow",
    "UnexpectedTag": "it has another type than the RFC says",
    "OidTooLong": "it has an object identifier of more than 63 bytes",
}


def _in_few_words(error: Exception) -> str:
    text = str(error)
    _, found, kind = text.partition("ParseError { kind: ")
    return _KINDS.get(re.split(r"\W", kind)[0], kind) if found else text
