"""POP3 (RFC 1939, RFC 2449, RFC 2595 §4)."""

from __future__ import annotations

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


def pop3(wire: Wire, _names: Names) -> Dialogue:
    """Greeting, CAPA where the server knows it, STLS; the next byte is TLS."""
    well, line = yield from _answer(wire)
    if not well:
        raise turned_away(line)
    wire.say(b"CAPA\r\n")
    listed, line = yield from _answer(wire)
    if listed:
        capabilities = yield from _list(wire)
        if not any(each.split()[:1] == [b"STLS"] for each in map(bytes.upper, capabilities)):
            wire.say(QUIT)
            raise not_offered(f"STLS is not among {quoted(*capabilities)}")
    wire.say(b"STLS\r\n")
    well, line = yield from _answer(wire)
    if not well:
        wire.say(QUIT)
        raise refused(line) if listed else not_offered(f"it knows no CAPA, and to STLS it said {quoted(line)}")


def _answer(wire: Wire) -> Reading[tuple[bool, bytes]]:
    """RFC 1939 §3: whether it is a positive one, and the line."""
    line = yield from text_line(wire, "answer of POP3")
    word = line.split(b" ")[0].upper()
    if word not in (b"+OK", b"-ERR"):
        raise unexpected("answer of POP3", line)
    return word == b"+OK", line


def _list(wire: Wire) -> Reading[list[bytes]]:
    """RFC 1939 §3: lines up to one with a full stop alone."""
    lines: list[bytes] = []
    while (line := (yield from wire.line())) != b".":
        lines.append(line)
    return lines
