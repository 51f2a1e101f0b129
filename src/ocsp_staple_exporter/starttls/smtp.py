"""SMTP (RFC 5321, RFC 3207) and LMTP (RFC 2033)."""

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

_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
"""RFC 5321 §4.2: a line with a hyphen is not the last; the space may be missing where no text follows."""

NOT_IMPLEMENTED = frozenset({b"500", b"502", b"504"})
"""RFC 5321 §4.2.2: the server does not know the command."""


def smtp(wire: Wire, names: Names) -> Dialogue:
    """RFC 3207 §4: greeting, EHLO, STARTTLS; the next byte is TLS."""
    return _mail(wire, b"EHLO", names)


def lmtp(wire: Wire, names: Names) -> Dialogue:
    """RFC 2033 §4.1: LHLO instead of EHLO."""
    return _mail(wire, b"LHLO", names)


def _mail(wire: Wire, hello: bytes, names: Names) -> Dialogue:
    code, lines = yield from _reply(wire)
    if code != b"220":
        wire.say(QUIT)
        raise turned_away(*lines)
    wire.say(b"%s %s\r\n" % (hello, names.client.encode()))
    code, lines = yield from _reply(wire)
    if code != b"250":
        wire.say(QUIT)
        if code in NOT_IMPLEMENTED:
            raise not_offered(f"it does not know {hello.decode()}: it said {quoted(*lines)}")
        raise turned_away(*lines)
    if not any(line[4:].strip().upper() == b"STARTTLS" for line in lines[1:]):
        wire.say(QUIT)
        raise not_offered(f"STARTTLS is not among {quoted(*(line[4:] for line in lines))}")
    wire.say(b"STARTTLS\r\n")
    code, lines = yield from _reply(wire)
    if code != b"220":
        wire.say(QUIT)
        raise refused(*lines)


def _reply(wire: Wire) -> Reading[tuple[bytes, list[bytes]]]:
    """The code and the lines of one reply (RFC 5321 §4.2.1: each line has the same code)."""
    lines: list[bytes] = []
    code = b""
    while True:
        line = yield from text_line(wire, "reply of SMTP")
        match = _LINE.fullmatch(line)
        if match is None or match[1] != (code or match[1]):
            raise unexpected("reply of SMTP", line)
        lines.append(line)
        code = match[1]
        if match[2] != b"-":
            return code, lines
