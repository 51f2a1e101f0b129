"""MySQL and MariaDB: Protocol::HandshakeV10 and Protocol::SSLRequest (MySQL Internals, "Connection Phase")."""

from __future__ import annotations

from ocsp_staple_exporter.dialogue import Dialogue, DialogueError, Reading, Wire
from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.starttls.answers import Names, not_offered, quoted, turned_away, unexpected

ERROR, HANDSHAKE_V10 = 0xFF, 0x0A

CLIENT_LONG_PASSWORD, CLIENT_PROTOCOL_41, CLIENT_SSL = 0x0001, 0x0200, 0x0800
CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH = 0x8000, 0x0008_0000
CAPABILITIES = CLIENT_LONG_PASSWORD | CLIENT_PROTOCOL_41 | CLIENT_SSL | CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH
LARGEST_PACKET = 1 << 24
UTF8 = 33
"""The collation utf8_general_ci, which every version knows."""

SSL_REQUEST = CAPABILITIES.to_bytes(4, "little") + LARGEST_PACKET.to_bytes(4, "little") + bytes([UTF8]) + bytes(23)

USER = b"ocsp-staple-exporter"
LOGIN = SSL_REQUEST + USER + b"\0" + b"\0" + b"mysql_native_password\0"
"""Protocol::HandshakeResponse41: a user, a password of no bytes, and how it would be proven."""

AFTER_VERSION = 4 + 8 + 1
"""Bytes between the version's end and the capabilities: thread, first part of the scramble, filler."""


def _packet(number: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


FAREWELL = _packet(2, LOGIN) + _packet(4, b"")
"""A login without a password, and the same again in case another proof is asked for.

It is refused, and that is its use: who leaves without one is counted, and after max_connect_errors of them in a row
the server locks out the exporter's machine, with whatever else on it needs the database.
"""


def mysql(wire: Wire, _names: Names) -> Dialogue:
    """The server's Handshake, SSLRequest; the next byte is TLS. The server does not answer in between."""
    payload = yield from _first_packet(wire)
    if payload[0] == ERROR:  # two bytes of its number, then `#` and five of SQLSTATE once a protocol is agreed
        message = payload[3:]
        raise turned_away(message[6:] if message.startswith(b"#") else message)
    if payload[0] != HANDSHAKE_V10:
        detail = f"version {payload[0]} of the handshake of MySQL, where 10 is what has been spoken since 1998"
        raise DialogueError(ProbeFailure.STARTTLS_UNEXPECTED, detail)
    version, zero, rest = payload[1:].partition(b"\0")
    if not zero or len(rest) < AFTER_VERSION + 2:
        raise unexpected("handshake of MySQL", payload)
    capabilities = int.from_bytes(rest[AFTER_VERSION : AFTER_VERSION + 2], "little")
    if not capabilities & CLIENT_SSL:
        raise not_offered(f"the server, version {quoted(version)}, has no TLS among its capabilities")
    wire.say(_packet(1, SSL_REQUEST))


def _first_packet(wire: Wire) -> Reading[bytes]:
    """Its payload, which is not empty (MySQL Internals, "MySQL Packets")."""
    header = yield from wire.take(4)
    length = int.from_bytes(header[:3], "little")
    if header[3] != 0 or not 1 <= length < 1 << 16:
        raise unexpected("beginning of a packet of MySQL", header)
    return (yield from wire.take(length))
