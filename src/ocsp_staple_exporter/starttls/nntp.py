"""NNTP (RFC 3977, RFC 4642)."""

from __future__ import annotations

import re

from ocsp_staple_exporter.dialogue import Dialogue, Reading, Wire
from ocsp_staple_exporter.starttls.answers import (
    QUIT,
    Names,
    not_offered,
    quoted,
    refused,
    text_line,
    turned_away,
    unexpected,
)

_LINE = re.compile(rb"([1-5]\d\d)( .*)?", re.DOTALL)
"""RFC 3977 §3.1: a code, and arguments or a comment."""

READY = frozenset({b"200", b"201"})
"""RFC 3977 §5.1.1: posting allowed, or not."""


def nntp(wire: Wire, _names: Names) -> Dialogue:
    """Greeting, CAPABILITIES where the server knows them, STARTTLS; the next byte is TLS.

    A server that serves other servers until MODE READER is sent lists what it can do as a reader's only then
    (RFC 3977 §5.3).
    """
    code, line = yield from _response(wire)
    if code not in READY:
        raise turned_away(line)
    capabilities = yield from _capabilities(wire)
    if capabilities and not _lists(capabilities, b"STARTTLS") and _lists(capabilities, b"MODE-READER"):
        wire.say(b"MODE READER\r\n")
        code, line = yield from _response(wire)
        if code not in READY:
            raise turned_away(line)
        capabilities = yield from _capabilities(wire)
    if capabilities and not _lists(capabilities, b"STARTTLS"):
        wire.say(QUIT)
        raise not_offered(f"STARTTLS is not among {quoted(*capabilities)}")
    wire.say(b"STARTTLS\r\n")
    code, line = yield from _response(wire)
    if code == b"382":  # RFC 4642 §2.2.1
        return
    wire.say(QUIT)
    if capabilities:
        raise refused(line)
    raise not_offered(f"it knows no CAPABILITIES, and to STARTTLS it said {quoted(line)}")


def _capabilities(wire: Wire) -> Reading[list[bytes]]:
    """RFC 3977 §5.2; empty where the server does not know the command."""
    wire.say(b"CAPABILITIES\r\n")
    code, line = yield from _response(wire)
    if code == b"400":  # RFC 3977 §3.2.1: it is about to close
        raise turned_away(line)
    lines: list[bytes] = []
    if code == b"101":
        while (line := (yield from wire.line())) != b".":
            lines.append(line)
    return lines


def _lists(capabilities: list[bytes], name: bytes) -> bool:
    return any(line.upper().split()[:1] == [name] for line in capabilities)


def _response(wire: Wire) -> Reading[tuple[bytes, bytes]]:
    """The code, and the line that begins with it."""
    line = yield from text_line(wire, "response of NNTP")
    match = _LINE.fullmatch(line)
    if match is None:
        raise unexpected("response of NNTP", line)
    return match[1], line
