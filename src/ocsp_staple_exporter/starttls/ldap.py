"""LDAP (RFC 4511 §4.14), in BER written by hand (X.690; RFC 4511 §5.1: definite lengths only)."""

from __future__ import annotations

from ocsp_staple_exporter.dialogue import Dialogue, DialogueError, Reading, Wire
from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.starttls.answers import (
    LONGEST_QUOTATION,
    Names,
    not_offered,
    not_this_byte,
    refused,
    turned_away,
)

START_TLS = b"1.3.6.1.4.1.1466.20037"
"""RFC 4511 §4.14.1."""

SEQUENCE, INTEGER, OCTET_STRING, ENUMERATED = 0x30, 0x02, 0x04, 0x0A
EXTENDED_REQUEST, EXTENDED_RESPONSE, REQUEST_NAME = 0x77, 0x78, 0x80
"""[APPLICATION 23], [APPLICATION 24], [0] (RFC 4511 §4.12)."""

UNBIND = b"\x30\x05\x02\x01\x02\x42\x00"
"""Message 2, UnbindRequest (RFC 4511 §4.3)."""

RESULTS = {
    1: "operationsError",
    2: "protocolError",
    8: "strongerAuthRequired",
    10: "referral",
    13: "confidentialityRequired",
    50: "insufficientAccessRights",
    51: "busy",
    52: "unavailable",
    53: "unwillingToPerform",
    80: "other",
}
"""resultCode (RFC 4511 §4.1.9), those that are of use here."""

PROTOCOL_ERROR = 2
"""RFC 4511 §4.14.2: what a server answers that knows no StartTLS."""

MESSAGE = "message of LDAP"


def ldap(wire: Wire, _names: Names) -> Dialogue:
    """ExtendedRequest StartTLS, ExtendedResponse; the next byte is TLS. The client speaks first."""
    name = bytes([REQUEST_NAME, len(START_TLS)]) + START_TLS
    request = b"\x02\x01\x01" + bytes([EXTENDED_REQUEST, len(name)]) + name
    wire.say(bytes([SEQUENCE, len(request)]) + request)
    number, code, said = _read_response((yield from _message(wire)))
    if number not in (0, 1):
        raise _malformed(f"the number {number}, which is not that of our request,")
    if number == 0:  # RFC 4511 §4.4.1: Notice of Disconnection
        raise turned_away(said)
    if code == 0:
        return
    wire.say(UNBIND)
    if code == PROTOCOL_ERROR:
        raise not_offered(f"it does not know the request: {printable(said, LONGEST_QUOTATION)}")
    raise refused(said)


def _message(wire: Wire) -> Reading[bytes]:
    """The content of the next LDAPMessage (RFC 4511 §4.1.1)."""
    (tag,) = yield from wire.take(1)
    if tag != SEQUENCE:
        raise not_this_byte(MESSAGE, tag)
    (length,) = yield from wire.take(1)
    if length >= 0x80:
        if not 1 <= length - 0x80 <= 4:
            raise _malformed(f"a length that begins with {length:#04x}")
        length = int.from_bytes((yield from wire.take(length - 0x80)))
    return (yield from wire.take(length))


def _read_response(message: bytes) -> tuple[int, int, bytes]:
    """Of an ExtendedResponse: messageID, resultCode, and the result in words."""
    number, rest = _number(message, INTEGER)
    response, _controls = _element(rest, EXTENDED_RESPONSE)
    code, rest = _number(response, ENUMERATED)
    _matched_dn, rest = _element(rest, OCTET_STRING)
    diagnostics, _ = _element(rest, OCTET_STRING)
    words = RESULTS.get(code, f"result {code}").encode()
    return number, code, words + (b": " + diagnostics if diagnostics else b"")


def _number(data: bytes, expected: int) -> tuple[int, bytes]:
    content, rest = _element(data, expected)
    if not 1 <= len(content) <= 4:
        raise _malformed(f"a number of {len(content)} bytes")
    return int.from_bytes(content, signed=True), rest


def _element(data: bytes, expected: int) -> tuple[bytes, bytes]:
    """The content of the element at the beginning, and what follows it."""
    if len(data) < 2:
        raise _malformed("an element without a tag and a length")
    tag, length, start = data[0], data[1], 2
    if tag != expected:
        raise _malformed(f"the tag {tag:#04x} where {expected:#04x} belongs")
    if length == 0x80:
        raise _malformed("an indefinite length")
    if length > 0x80:
        start += length - 0x80
        length = int.from_bytes(data[2:start])
    if start + length > len(data):
        raise _malformed("an element that is longer than what holds it")
    return data[start : start + length], data[start + length :]


def _malformed(what: str) -> DialogueError:
    return DialogueError(ProbeFailure.STARTTLS_UNEXPECTED, f"{what} in what should be a {MESSAGE}")
