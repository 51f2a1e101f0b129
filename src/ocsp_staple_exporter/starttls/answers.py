"""How what a peer says becomes a failure that quotes it, and how lines of text are read."""

from __future__ import annotations

from dataclasses import dataclass

from ocsp_staple_exporter.dialogue import DialogueError, Reading, Wire
from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import ProbeFailure

LONGEST_QUOTATION = 160
"""Characters; a list of capabilities is told to its greater part."""

QUIT = b"QUIT\r\n"
"""What RFC 5321, RFC 1939, RFC 959, RFC 3977 and RFC 1459 have a client say before it goes."""

TLS_RECORDS = {0x15: "an alert", 0x16: "a handshake message"}
"""ContentType (RFC 8446 §5.1) of what a server says first that expects TLS from the first byte on."""


@dataclass(frozen=True, slots=True)
class Names:
    """Who speaks to whom."""

    client: str
    """What we call ourselves where a protocol asks: an address literal, `[192.0.2.1]` (RFC 5321 §4.1.3)."""

    server: str
    """Whom we want to speak to: a DNS name in ASCII, or an IP literal."""


def quoted(*lines: bytes) -> str:
    """What the peer said, in quotation marks and safe to show."""
    return f'"{printable(b" / ".join(line.strip() for line in lines), LONGEST_QUOTATION)}"'


def turned_away(*lines: bytes) -> DialogueError:
    """It wants no conversation at all."""
    return DialogueError(ProbeFailure.STARTTLS_TURNED_AWAY, f"it said {quoted(*lines)}")


def not_offered(detail: str) -> DialogueError:
    """It knows no STARTTLS, or not now."""
    return DialogueError(ProbeFailure.STARTTLS_NOT_OFFERED, detail)


def refused(*lines: bytes) -> DialogueError:
    """It was asked for TLS, and said no."""
    return DialogueError(ProbeFailure.STARTTLS_REFUSED, f"it said {quoted(*lines)}")


def unexpected(wanted: str, *lines: bytes) -> DialogueError:
    """It does not speak this protocol, or not as its specification has it."""
    return DialogueError(ProbeFailure.STARTTLS_UNEXPECTED, f"{quoted(*lines)} is no {wanted}")


def not_this_byte(wanted: str, byte: int) -> DialogueError:
    """Its first byte shows already that it does not speak this protocol."""
    record = TLS_RECORDS.get(byte)
    if record:
        detail = f"the byte {byte:#04x} is no {wanted}: it begins {record} of TLS, which is due at once on this port"
    else:
        detail = f"the byte {byte:#04x} is no {wanted}"
    return DialogueError(ProbeFailure.STARTTLS_UNEXPECTED, detail)


def text_line(wire: Wire, wanted: str) -> Reading[bytes]:
    """The next line. Raises UNEXPECTED where its first byte is none of text."""
    yield from expect_text(wire, wanted)
    return (yield from wire.line())


def expect_text(wire: Wire, wanted: str) -> Reading[None]:
    """Raises UNEXPECTED at a control character, so that nobody waits for the end of a line that is none."""
    byte = yield from wire.peek()
    if byte < 0x20 and byte not in b"\t\r\n":
        raise not_this_byte(wanted, byte)
