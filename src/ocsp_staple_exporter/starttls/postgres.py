"""PostgreSQL: SSLRequest (PostgreSQL documentation, "SSL Session Encryption" and "Message Formats")."""

from __future__ import annotations

from ocsp_staple_exporter.dialogue import Dialogue, Reading, Wire
from ocsp_staple_exporter.starttls.answers import Names, not_offered, not_this_byte, refused

SSL_REQUEST = (8).to_bytes(4) + (1234).to_bytes(2) + (5679).to_bytes(2)
"""Its length, and a number that is no version of the protocol."""

YES, NO, ERROR = b"SNE"


def postgres(wire: Wire, _names: Names) -> Dialogue:
    """SSLRequest, one byte; the next byte is TLS. The client speaks first."""
    wire.say(SSL_REQUEST)
    (answer,) = yield from wire.take(1)
    match answer:
        case _ if answer == YES:
            return
        case _ if answer == NO:
            raise not_offered('it answered "N": ssl is off')
        case _ if answer == ERROR:
            raise refused((yield from _error(wire)))
    raise not_this_byte("answer of PostgreSQL to SSLRequest", answer)


def _error(wire: Wire) -> Reading[bytes]:
    """The message of an ErrorResponse; before version 7.4 it was text up to a zero, without a length."""
    if (yield from wire.peek()):
        return (yield from wire.through(b"\0")).removesuffix(b"\0")
    length = int.from_bytes((yield from wire.take(4)))
    fields = yield from wire.take(max(length - 4, 0))
    return next((field[1:] for field in fields.split(b"\0") if field.startswith(b"M")), fields)
