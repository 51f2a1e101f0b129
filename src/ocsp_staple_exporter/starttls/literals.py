"""Lines with literals in them, as IMAP and ManageSieve have them."""

from __future__ import annotations

import re

from ocsp_staple_exporter.dialogue import Reading, Wire
from ocsp_staple_exporter.starttls.answers import text_line

_ANNOUNCED = re.compile(rb"\{(\d{1,10})\+?\}$")
"""RFC 9051 §4.3, RFC 5804 §1.2: that many bytes follow the line's end, then the line goes on."""


def line_with_literals(wire: Wire, wanted: str) -> Reading[bytes]:
    """One line, with its literals as quoted strings. Raises UNEXPECTED and TOO_MUCH_DATA."""
    line = part = yield from text_line(wire, wanted)
    while announced := _ANNOUNCED.search(part):
        literal = yield from wire.take(int(announced[1]))
        part = yield from wire.line()
        line = b'%s"%s"%s' % (line.removesuffix(announced[0]), literal, part)
    return line
