"""Text that strangers supply, made safe to show.

A certificate's name, an alert or a resolver's message may hold terminal escapes,
line breaks, right-to-left marks or ten thousand characters. Whatever is quoted from
the wire passes through here before it reaches a label, a log line or a terminal.
"""

from __future__ import annotations

import codecs

_encode = codecs.getencoder("unicode_escape")  # found now: to look for it takes a file descriptor

LONGEST = 256
"""Characters kept of one quotation; a DNS name needs 253 (RFC 1035 §2.3.4)."""


def printable(text: str | bytes, longest: int = LONGEST) -> str:
    r"""Escape what does not print as itself and cut what is too long.

    Bytes are read as UTF-8; a byte that is no UTF-8 shows as a lone surrogate, `\udcff`.
    Backslashes are doubled, so that every single one was made here.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    shown = text[:longest]
    escaped = shown if shown.isprintable() and "\\" not in shown else "".join(map(escape, shown))
    return escaped if len(text) <= longest else f"{escaped}... ({len(text)} characters)"


def escape(character: str) -> str:
    """The character, or its escape where it does not print as itself."""
    if character.isprintable() and character != "\\":
        return character
    return _encode(character)[0].decode("ascii")
