"""Turns of phrase that several messages share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ocsp_staple_exporter.foreign_text import printable


def quoted(text: str) -> str:
    """What the file says, between quotes and safe for a terminal."""
    return f'"{printable(text)}"'


def listed(words: Iterable[str], conjunction: str = "or") -> str:
    """`a, b or c`."""
    *others, last = words
    return f"{', '.join(others)} {conjunction} {last}" if others else last


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word that is nearest, or all of them where none is near."""
    choices = sorted(known)
    near = difflib.get_close_matches(word[:64], choices, n=1)
    if near:
        return f"did you mean {quoted(near[0])}?"
    return f"known: {listed(map(printable, choices), 'and')}" if choices else "there is none"
