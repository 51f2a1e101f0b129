"""IMAP (RFC 9051 and RFC 3501, §6.2.1 in both)."""

from __future__ import annotations

import re

from ocsp_staple_exporter.dialogue import Dialogue, Reading, Wire
from ocsp_staple_exporter.starttls.answers import Names, not_offered, quoted, refused, turned_away, unexpected
from ocsp_staple_exporter.starttls.literals import line_with_literals

LOGOUT = b"q LOGOUT\r\n"

_CODE = re.compile(rb"\* OK \[CAPABILITY ([^\]]*)\]", re.IGNORECASE)
_LISTED = re.compile(rb"\* CAPABILITY (.*)", re.IGNORECASE | re.DOTALL)


def imap(wire: Wire, _names: Names) -> Dialogue:
    """Greeting, CAPABILITY unless the greeting tells them, STARTTLS; the next byte is TLS."""
    capabilities = yield from _greeting(wire)
    if capabilities is None:
        capabilities = yield from _ask_for_capabilities(wire)
    if b"STARTTLS" not in capabilities.upper().split():
        raise _leave(wire, f"STARTTLS is not among {quoted(capabilities)}")
    wire.say(b"s STARTTLS\r\n")
    line, _ = yield from _completion(wire, b"s")
    if line.split(b" ")[1:2] != [b"OK"]:
        wire.say(LOGOUT)
        raise refused(line)


def _greeting(wire: Wire) -> Reading[bytes | None]:
    """RFC 9051 §7.1: OK, PREAUTH or BYE; the capabilities where it tells them."""
    line = yield from line_with_literals(wire, "greeting of IMAP")
    match line.upper().split()[:2]:
        case [b"*", b"OK"]:
            told = _CODE.match(line)
            return told[1] if told else None
        case [b"*", b"PREAUTH"]:
            # RFC 9051 §6.2.1: STARTTLS is a command of the state before authentication.
            raise _leave(wire, f"it takes us for authenticated, when STARTTLS can no longer be asked: {quoted(line)}")
        case [b"*", b"BYE"]:
            raise turned_away(line)
    raise unexpected("greeting of IMAP", line)


def _ask_for_capabilities(wire: Wire) -> Reading[bytes]:
    wire.say(b"c CAPABILITY\r\n")
    line, untagged = yield from _completion(wire, b"c")
    if line.split(b" ")[1:2] != [b"OK"]:
        raise _leave(wire, f"to CAPABILITY it said {quoted(line)}")
    for each in untagged:
        if listed := _LISTED.fullmatch(each):
            return listed[1]
    raise unexpected("list of IMAP's capabilities", *untagged, line)


def _completion(wire: Wire, tag: bytes) -> Reading[tuple[bytes, list[bytes]]]:
    """The line that completes the command, its second word in capitals, and those before it (RFC 9051 §2.2.2)."""
    untagged: list[bytes] = []
    while True:
        line = yield from line_with_literals(wire, "response of IMAP")
        begin, _, rest = line.partition(b" ")
        status, _, text = rest.partition(b" ")
        if begin == tag and status.upper() in (b"OK", b"NO", b"BAD"):
            return b" ".join((begin, status.upper(), text)), untagged
        if begin != b"*":
            raise unexpected("response of IMAP", line)
        if status.upper() == b"BYE":
            raise turned_away(line)
        untagged.append(line)


def _leave(wire: Wire, detail: str) -> Exception:
    wire.say(LOGOUT)
    return not_offered(detail)
