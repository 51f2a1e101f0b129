"""ManageSieve (RFC 5804)."""

from __future__ import annotations

import re

from ocsp_staple_exporter.dialogue import Dialogue, Reading, Wire
from ocsp_staple_exporter.starttls.answers import Names, not_offered, quoted, refused, turned_away, unexpected
from ocsp_staple_exporter.starttls.literals import line_with_literals

LOGOUT = b"LOGOUT\r\n"

_RESPONSE = re.compile(rb"(OK|NO|BYE)(?: .*)?", re.IGNORECASE | re.DOTALL)


def sieve(wire: Wire, _names: Names) -> Dialogue:
    """RFC 5804 §1.7, §2.2: the greeting lists the capabilities; STARTTLS; the next byte is TLS."""
    word, line, capabilities = yield from _response(wire)
    if word != b"OK":
        raise turned_away(line)
    if not any(each.strip().strip(b'"').upper() == b"STARTTLS" for each in capabilities):
        wire.say(LOGOUT)
        raise not_offered(f"STARTTLS is not among {quoted(*capabilities)}")
    wire.say(b"STARTTLS\r\n")
    word, line, _ = yield from _response(wire)
    if word == b"BYE":
        raise turned_away(line)
    if word == b"NO":
        wire.say(LOGOUT)
        raise refused(line)


def _response(wire: Wire) -> Reading[tuple[bytes, bytes, list[bytes]]]:
    """OK, NO or BYE, the line that says so, and the lines of strings before it (RFC 5804 §1.3)."""
    strings: list[bytes] = []
    while True:
        line = yield from line_with_literals(wire, "response of ManageSieve")
        if match := _RESPONSE.fullmatch(line):
            return match[1].upper(), line, strings
        if not line.startswith(b'"'):
            raise unexpected("response of ManageSieve", line)
        strings.append(line)
