"""Flaws of the outermost layer (RFC 6960 §4.2.1): what carries the response, and what it says of itself."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import Blueprint, Edit, Stage
from ocsp_staple_exporter.lab.flaws.flaw import Change, Flaw, error
from ocsp_staple_exporter.model import Reason

NOISE = bytes(range(7, 256, 11)) * 20
HTML = b"<!DOCTYPE html>\n<html><body><h1>503 Service Unavailable</h1></body></html>\n"


def _response(edit: Edit) -> Change:
    return lambda blueprint: blueprint.edited(Stage.RESPONSE, edit)


def _status(code: int) -> Change:
    """OCSPResponseStatus alone, as every error is sent (RFC 6960 §2.3)."""
    return lambda blueprint: replace(blueprint, response_status=code, carries_response_bytes=False)


def _status_with_body(code: int) -> Change:
    return lambda blueprint: replace(blueprint, response_status=code)


def _pem(response: bytes) -> bytes:
    lines = base64.encodebytes(response)
    return b"-----BEGIN OCSP RESPONSE-----\n" + lines + b"-----END OCSP RESPONSE-----\n"


def _with_long_length(response: bytes) -> bytes:
    """The length in one octet more than it needs, which BER allows and DER does not (X.690 §10.1)."""
    body = der.content(response)
    return b"\x30\x84" + len(body).to_bytes(4, "big") + body


def _without_body(blueprint: Blueprint) -> Blueprint:
    return replace(blueprint, carries_response_bytes=False)


def _of_another_type(blueprint: Blueprint) -> Blueprint:
    """An arc that is kept for documentation (RFC 5612)."""
    return replace(blueprint, response_type="1.3.6.1.4.1.32473.1")


def _version_2(blueprint: Blueprint) -> Blueprint:
    return replace(blueprint, version=der.explicit(0, der.integer(1)))


ENVELOPE_FLAWS: Mapping[str, Flaw] = {
    "staple_empty": error(Reason.STAPLE_EMPTY, "no octets at all", _response(lambda _: b"")),
    "malformed": error(Reason.MALFORMED, "cut in the middle", _response(lambda whole: whole[: len(whole) // 2])),
    "malformed:last_octet": error(Reason.MALFORMED, "the last octet is missing", _response(lambda whole: whole[:-1])),
    "malformed:noise": error(Reason.MALFORMED, "octets that are no DER", _response(lambda _: NOISE)),
    "malformed:bad_tag": error(
        Reason.MALFORMED, "a SET where a SEQUENCE belongs", _response(lambda whole: b"\x31" + whole[1:])
    ),
    "malformed:empty_sequence": error(Reason.MALFORMED, "a SEQUENCE of nothing", _response(lambda _: b"\x30\x00")),
    "malformed:html": error(Reason.MALFORMED, "a proxy's error page", _response(lambda _: HTML)),
    "malformed:pem": error(Reason.MALFORMED, "PEM in place of DER", _response(_pem)),
    "malformed:indefinite_length": error(
        Reason.MALFORMED,
        "BER's indefinite length",
        _response(lambda whole: b"\x30\x80" + der.content(whole) + b"\x00\x00"),
    ),
    "malformed:long_length": error(Reason.MALFORMED, "a length with leading zeros", _response(_with_long_length)),
    "trailing_data": error(Reason.TRAILING_DATA, "octets after OCSPResponse", _response(lambda whole: whole + b"\x00")),
    "trailing_data:inner": error(
        Reason.TRAILING_DATA,
        "octets after BasicOCSPResponse",
        lambda blueprint: blueprint.edited(Stage.BASIC, lambda basic: basic + b"\x00"),
    ),
    "status_malformed_request": error(Reason.STATUS_MALFORMED_REQUEST, "status 1", _status(1)),
    "status_internal_error": error(Reason.STATUS_INTERNAL_ERROR, "status 2", _status(2)),
    "status_try_later": error(Reason.STATUS_TRY_LATER, "status 3, as Apache makes it up", _status(3)),
    "status_try_later:with_body": error(
        Reason.STATUS_TRY_LATER, "status 3 with a response that says good", _status_with_body(3)
    ),
    "status_sig_required": error(Reason.STATUS_SIG_REQUIRED, "status 5", _status(5)),
    "status_unauthorized": error(Reason.STATUS_UNAUTHORIZED, "status 6", _status(6)),
    "status_unauthorized:with_body": error(
        Reason.STATUS_UNAUTHORIZED, "status 6 with a response that says good", _status_with_body(6)
    ),
    "status_unknown_code": error(Reason.STATUS_UNKNOWN_CODE, "status 4, which is not used", _status(4)),
    "status_unknown_code:seven": error(Reason.STATUS_UNKNOWN_CODE, "status 7, which no RFC assigns", _status(7)),
    "status_unknown_code:with_body": error(
        Reason.STATUS_UNKNOWN_CODE, "status 7 with a response that says good", _status_with_body(7)
    ),
    "response_bytes_missing": error(Reason.RESPONSE_BYTES_MISSING, "status 0 and nothing else", _without_body),
    "response_type_unsupported": error(
        Reason.RESPONSE_TYPE_UNSUPPORTED, "responseType is not id-pkix-ocsp-basic", _of_another_type
    ),
    "version_unsupported": error(Reason.VERSION_UNSUPPORTED, "version v2", _version_2),
    "no_single_responses": error(
        Reason.NO_SINGLE_RESPONSES, "responses is empty", lambda blueprint: replace(blueprint, entries=())
    ),
}
