"""Why a text is no YAML, in plain sentences.

The parser names what it was doing; people need the usual cause. Both of PyYAML's
parsers, libyaml and its own, are understood.
"""

from __future__ import annotations

from typing import Final

import yaml

from ocsp_staple_exporter.config.tree import Place
from ocsp_staple_exporter.config.words import quoted

_CAUSES: Final = (
    ("scanning an alias", 'a text that begins with "*" needs quotes'),
    ("scanning an anchor", 'a text that begins with "&" needs quotes'),
    ("escape character", "a backslash in double quotes begins an escape: double it, or use single quotes"),
    ("scanning a block scalar", 'a text that begins with "|" or ">" needs quotes'),
    ("scanning a quoted scalar", "the quote opened on line {line} is never closed"),
    (
        "mapping values are not allowed",
        '":" is not expected here: check the indentation, and quote a text that holds ": "',
    ),
    ("tab character", "a tab cannot indent YAML: use spaces"),
    ("flow sequence", 'the list opened with "[" on line {line} goes wrong here: a comma or "]" is missing'),
    ("flow mapping", 'the mapping opened with "{{" on line {line} goes wrong here: a comma or "}}" is missing'),
    (
        "block collection",
        (
            "this does not go on with the list that begins on line {line}: check the indentation, and quote a text "
            'that begins with "[" or a quote'
        ),
    ),
    (
        "block mapping",
        (
            "this does not go on with the mapping that begins on line {line}: check the indentation, and quote a text "
            'that begins with "[", "{{" or a quote'
        ),
    ),
    ("simple key", 'a ":" is missing after the key on line {line}'),
)
"""What the parser says, and the usual cause; `line` is where what it was reading begins."""


def explain(error: yaml.MarkedYAMLError, text: str) -> tuple[Place, str]:
    """Where reading ended, and the usual cause."""
    mark = error.problem_mark or error.context_mark
    if mark is None:  # pragma: no cover  the parsers give one
        return Place(1, 1), f"is not valid YAML: {error}"
    place = Place(mark.line + 1, mark.column + 1)
    said = f"{error.context or ''} {error.problem or ''}"
    if "cannot start any token" in said:
        return place, _stray(_character_at(text, place))
    begins = (error.context_mark or mark).line + 1
    for words, cause in _CAUSES:
        if words in said:
            return place, cause.format(line=begins)
    return place, f"is not valid YAML: {said.strip()}"


def _stray(character: str) -> str:
    if character == "\t":
        return "a tab cannot indent YAML: use spaces"
    return f"a text that begins with {quoted(character)} needs quotes"


def _character_at(text: str, place: Place) -> str:
    line = text.splitlines()[place.line - 1 : place.line]
    return line[0][place.column - 1 : place.column] if line else ""
