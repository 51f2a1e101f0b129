"""FTP (RFC 959, RFC 4217)."""

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

_FIRST_LINE = re.compile(rb"([1-6]\d\d)([ -].*)?", re.DOTALL)
"""6yz are protected replies (RFC 2228 §5)."""

NOT_IMPLEMENTED = frozenset({b"500", b"502", b"504", b"530"})
"""RFC 4217 §4: the server knows no AUTH, or no TLS with it; some want a login before any command they do not know."""


def ftp(wire: Wire, _names: Names) -> Dialogue:
    """RFC 4217 §4: AUTH TLS is asked for at once, since FEAT (RFC 2389) would tell no more than its reply."""
    code, lines = yield from _reply(wire)
    if code == b"120":  # RFC 959 §5.4: ready in some minutes; the greeting follows
        code, lines = yield from _reply(wire)
    if code != b"220":
        raise turned_away(*lines)
    wire.say(b"AUTH TLS\r\n")
    code, lines = yield from _reply(wire)
    if code == b"234":
        return
    if code == b"421":
        raise turned_away(*lines)
    wire.say(QUIT)
    if code in NOT_IMPLEMENTED:
        raise not_offered(f"to AUTH TLS it said {quoted(*lines)}")
    raise refused(*lines)


def _reply(wire: Wire) -> Reading[tuple[bytes, list[bytes]]]:
    """The code and the lines of one reply. RFC 959 §4.2: after a hyphen anything may follow up to the code again."""
    line = yield from text_line(wire, "reply of FTP")
    match = _FIRST_LINE.fullmatch(line)
    if match is None:
        raise unexpected("reply of FTP", line)
    lines, code = [line], match[1]
    if line[3:4] == b"-":
        while not (line[:3] == code and line[3:4] in (b" ", b"")):
            line = yield from wire.line()
            lines.append(line)
    return code, lines
