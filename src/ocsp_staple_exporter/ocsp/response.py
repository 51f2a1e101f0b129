"""A staple's bytes become one of three values (RFC 6960 §4.2.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import CertStatus, Reason, ResponseStatus
from ocsp_staple_exporter.ocsp import asn1
from ocsp_staple_exporter.ocsp.algorithms import AlgorithmIdentifier, decode_algorithm
from ocsp_staple_exporter.ocsp.certificate import MOST_EXTENSIONS

ID_PKIX_OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1"

MOST_RESPONSES = 256
"""SingleResponses in one response; RFC 5019 §2.2.1 has one."""

_RESPONSE_STATUSES = {
    0: ResponseStatus.SUCCESSFUL,
    1: ResponseStatus.MALFORMED_REQUEST,
    2: ResponseStatus.INTERNAL_ERROR,
    3: ResponseStatus.TRY_LATER,
    5: ResponseStatus.SIG_REQUIRED,
    6: ResponseStatus.UNAUTHORIZED,
}


@dataclass(frozen=True, slots=True)
class Extension:
    oid: str
    critical: bool
    value: bytes


@dataclass(frozen=True, slots=True)
class CertID:
    """Which certificate an entry is about (§4.1.1)."""

    hash_algorithm: str
    """Dotted OID."""

    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial_number: int


@dataclass(frozen=True, slots=True)
class Revocation:
    time: datetime
    reason: int | None
    """CRLReason as encoded; None where the responder gives none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleResponse:
    """One certificate's status, as the responder signed it.

    Times are aware UTC. No next_update means that newer information is always
    available (§2.4): it is not stale.
    """

    cert_id: CertID
    cert_status: CertStatus
    revocation: Revocation | None
    this_update: datetime
    next_update: datetime | None
    extensions: tuple[Extension, ...]


@dataclass(frozen=True, slots=True)
class ByName:
    """A ResponderID that is a Name, in DER."""

    name: bytes


@dataclass(frozen=True, slots=True)
class ByKey:
    """A ResponderID that is the SHA-1 hash of a public key."""

    key_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicResponse:
    """A BasicOCSPResponse that came with the status `successful`."""

    version: int
    """0 stands for v1."""

    responder_id: ByName | ByKey
    produced_at: datetime
    responses: tuple[SingleResponse, ...]
    extensions: tuple[Extension, ...]
    tbs: bytes
    """tbsResponseData as on the wire: what is signed."""

    signature_algorithm: AlgorithmIdentifier
    signature: bytes
    signature_unused_bits: int
    certificates: tuple[bytes, ...]
    trailing_data: str = ""
    """What followed the response, in words; empty for nothing."""


@dataclass(frozen=True, slots=True)
class UnsuccessfulResponse:
    """A response without a body of interest (§2.3)."""

    code: int
    status: ResponseStatus | None
    """None for a code that no RFC assigns."""

    trailing_data: str = ""


@dataclass(frozen=True, slots=True)
class MalformedResponse:
    """Bytes that are no OCSPResponse, or whose body cannot be read."""

    reason: Reason
    detail: str
    status: ResponseStatus | None = None
    trailing_data: str = ""


Response = BasicResponse | UnsuccessfulResponse | MalformedResponse


def decode_response(staple: bytes) -> Response:
    """Decode a staple. Never raises: hostile bytes are a finding, not a crash."""
    if not staple:
        return MalformedResponse(Reason.STAPLE_EMPTY, "the staple has no bytes, where an OCSPResponse has at least 1")
    element, trailing = asn1.split(staple)
    try:
        outer = asn1.decode(asn1.OCSPResponse, element)
        code = asn1.enumerated(outer.response_status)
    except asn1.NotDERError as error:
        return MalformedResponse(
            Reason.MALFORMED, printable(f"no OCSPResponse, it begins with {staple[:8].hex()}: {error}")
        )
    status = _RESPONSE_STATUSES.get(code)
    successful = status is ResponseStatus.SUCCESSFUL
    response = _decode_body(outer.response_bytes) if successful else UnsuccessfulResponse(code, status)
    if not trailing:
        return response
    behind = f"{len(trailing)} bytes follow the OCSPResponse"
    return replace(response, trailing_data="; ".join(filter(None, [behind, response.trailing_data])))


def _decode_body(body: asn1.ResponseBytes | None) -> BasicResponse | MalformedResponse:
    successful = ResponseStatus.SUCCESSFUL
    if body is None:
        return MalformedResponse(
            Reason.RESPONSE_BYTES_MISSING, "the status is successful, but there are no responseBytes", successful
        )
    if body.response_type.dotted_string != ID_PKIX_OCSP_BASIC:
        detail = f"responseType is {body.response_type.dotted_string}, not id-pkix-ocsp-basic ({ID_PKIX_OCSP_BASIC})"
        return MalformedResponse(Reason.RESPONSE_TYPE_UNSUPPORTED, printable(detail), successful)
    element, trailing = asn1.split(body.response)
    behind = f"{len(trailing)} bytes follow the BasicOCSPResponse" if trailing else ""
    try:
        return _decode_basic(element, behind)
    except asn1.NotDERError as error:
        detail = printable(f"the BasicOCSPResponse does not decode: {error}")
        return MalformedResponse(Reason.MALFORMED, detail, successful)


def _decode_basic(der: bytes, trailing_data: str) -> BasicResponse:
    basic = asn1.decode(asn1.BasicOCSPResponse, der)
    data = asn1.decode(asn1.ResponseData, basic.tbs_response_data)
    if len(data.responses) > MOST_RESPONSES:
        raise asn1.NotDERError(f"it has {len(data.responses)} SingleResponses, more than {MOST_RESPONSES}")
    return BasicResponse(
        version=data.version or 0,
        responder_id=_decode_responder_id(data.responder_id),
        produced_at=data.produced_at.as_datetime(),
        responses=tuple(_decode_single(single) for single in data.responses),
        extensions=_decode_extensions(data.response_extensions),
        tbs=asn1.tlv_bytes(basic.tbs_response_data),
        signature_algorithm=decode_algorithm(basic.signature_algorithm),
        signature=basic.signature.as_bytes(),
        signature_unused_bits=basic.signature.padding_bits(),
        certificates=tuple(asn1.tlv_bytes(certificate) for certificate in basic.certs or ()),
        trailing_data=trailing_data,
    )


def _decode_responder_id(responder_id: asn1.ResponderID) -> ByName | ByKey:
    if isinstance(responder_id.value, bytes):
        return ByKey(responder_id.value)
    return ByName(asn1.tlv_bytes(responder_id.value))


def _decode_single(value: asn1.TLV) -> SingleResponse:
    single = asn1.decode(asn1.SingleResponse, value)
    cert_id = single.cert_id
    revoked = single.cert_status.value
    return SingleResponse(
        cert_id=CertID(
            decode_algorithm(cert_id.hash_algorithm).oid,
            cert_id.issuer_name_hash,
            cert_id.issuer_key_hash,
            cert_id.serial_number,
        ),
        cert_status=CertStatus(single.cert_status.tag),
        revocation=_decode_revocation(revoked) if isinstance(revoked, asn1.RevokedInfo) else None,
        this_update=single.this_update.as_datetime(),
        next_update=single.next_update.as_datetime() if single.next_update else None,
        extensions=_decode_extensions(single.single_extensions),
    )


def _decode_revocation(revoked: asn1.RevokedInfo) -> Revocation:
    reason = revoked.revocation_reason
    code = None if reason is None else asn1.enumerated(reason.value)
    return Revocation(revoked.revocation_time.as_datetime(), code)


def _decode_extensions(extensions: list[asn1.Extension] | None) -> tuple[Extension, ...]:
    if extensions is None:
        return ()
    if len(extensions) > MOST_EXTENSIONS:
        raise asn1.NotDERError(f"an Extensions field has {len(extensions)} elements, more than {MOST_EXTENSIONS}")
    if not extensions:
        raise asn1.NotDERError("an Extensions field is empty")  # RFC 5280 §4.1: SIZE (1..MAX)
    return tuple(Extension(e.extn_id.dotted_string, bool(e.critical), e.extn_value) for e in extensions)
