"""Turns of phrase that several messages share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ocsp_staple_exporter.foreign_text import printable

LEAST_LIKENESS = 0.7
"""Of two words, from 0 to 1: `prot` and `port` reach 0.75, "1.1" and "1.2" only 0.67."""


def quoted(text: str) -> str:
    """What the file says, between quotes and safe for a terminal."""
    return f'"{printable(text)}"'


def listed(words: Iterable[str], conjunction: str = "or") -> str:
    """`a, b or c`."""
    *others, last = words
    return f"{', '.join(others)} {conjunction} {last}" if others else last


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, also where it was written as `tls-versions` or `TLS_VERSIONS`."""
    choices = sorted(known)
    for written in (word[:64], word[:64].lower().replace("-", "_")):
        if near := difflib.get_close_matches(written, choices, n=1, cutoff=LEAST_LIKENESS):
            return near[0]
    return None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word that is nearest, or all of them where none is near."""
    choices = sorted(known)
    if near := nearest(word, choices):
        return f"did you mean {quoted(near)}?"
    return f"known: {listed(map(printable, choices), 'and')}" if choices else "there is none"
