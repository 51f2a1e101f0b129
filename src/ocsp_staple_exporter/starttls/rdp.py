"""RDP: the negotiation of [MS-RDPBCGR] §2.2.1.1 and §2.2.1.2, within X.224 within TPKT (RFC 1006 §6)."""

from __future__ import annotations

from ocsp_staple_exporter.dialogue import Dialogue, DialogueError, Reading, Wire
from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.starttls.answers import Names, not_offered, not_this_byte, refused, turned_away

PROTOCOL_RDP, PROTOCOL_SSL, PROTOCOL_HYBRID, PROTOCOL_HYBRID_EX = 0, 1, 2, 8
"""requestedProtocols (§2.2.1.1.1). CredSSP, which Windows insists on with NLA, begins with TLS as well."""

REQUESTED = PROTOCOL_SSL | PROTOCOL_HYBRID | PROTOCOL_HYBRID_EX

CONNECTION_REQUEST, CONNECTION_CONFIRM, DISCONNECT_REQUEST = 0xE0, 0xD0, 0x80
"""X.224 §13.3, §13.4, §13.5."""

NEGOTIATION_REQUEST = b"\x01\x00\x08\x00" + REQUESTED.to_bytes(4, "little")
RESPONSE, FAILURE = 2, 3

SSL_NOT_ALLOWED_BY_SERVER = 2
FAILURES = {
    1: b"SSL_REQUIRED_BY_SERVER",
    2: b"SSL_NOT_ALLOWED_BY_SERVER",
    3: b"SSL_CERT_NOT_ON_SERVER",
    4: b"INCONSISTENT_FLAGS",
    5: b"HYBRID_REQUIRED_BY_SERVER",
    6: b"SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
}
"""failureCode (§2.2.1.2.2)."""

UNIT = "answer of RDP"


def rdp(wire: Wire, _names: Names) -> Dialogue:
    """Connection Request, Connection Confirm; the next byte is TLS. The client speaks first."""
    # Length, code, two references of two bytes, class 0.
    unit = bytes([6 + len(NEGOTIATION_REQUEST), CONNECTION_REQUEST]) + bytes(5) + NEGOTIATION_REQUEST
    wire.say(b"\x03\x00" + (4 + len(unit)).to_bytes(2) + unit)
    unit = yield from _unit(wire)
    if unit[1] & 0xF0 == DISCONNECT_REQUEST:
        raise turned_away(b"Disconnect Request")
    if unit[1] & 0xF0 != CONNECTION_CONFIRM:
        raise _malformed(f"an X.224 unit of code {unit[1]:#04x}")
    negotiation = unit[7:]
    if not negotiation:
        raise not_offered("it negotiates nothing, and knows RDP's own encryption only")
    if len(negotiation) != 8:
        raise _malformed(f"a negotiation of {len(negotiation)} bytes")
    _judge(negotiation[0], int.from_bytes(negotiation[4:], "little"))


def _judge(kind: int, value: int) -> None:
    """Of RDP_NEG_RSP or RDP_NEG_FAILURE (§2.2.1.2.1, §2.2.1.2.2)."""
    if kind == FAILURE:
        words = FAILURES.get(value, b"failure %d" % value)
        if value == SSL_NOT_ALLOWED_BY_SERVER:
            raise not_offered(f"it said {words.decode()}")
        raise refused(words)
    if kind != RESPONSE:
        raise _malformed(f"a negotiation of type {kind}")
    if value == PROTOCOL_RDP:
        raise not_offered("it chose RDP's own encryption")
    if value not in (PROTOCOL_SSL, PROTOCOL_HYBRID, PROTOCOL_HYBRID_EX):
        raise _malformed(f"protocol {value}, which was not asked for")


def _unit(wire: Wire) -> Reading[bytes]:
    """The X.224 unit of the next TPKT, its header of seven bytes included."""
    (version,) = yield from wire.take(1)
    if version != 3:
        raise not_this_byte(UNIT, version)
    header = yield from wire.take(3)
    length = int.from_bytes(header[1:])
    if length < 4 + 7:
        raise _malformed(f"a TPKT of {length} bytes")
    return (yield from wire.take(length - 4))


def _malformed(what: str) -> DialogueError:
    return DialogueError(ProbeFailure.STARTTLS_UNEXPECTED, f"{what} in what should be an {UNIT}")
