"""Target groups in Prometheus's format, read one by one.

A list is never held as a whole beside its text, and what it may hold is bounded before it is
decoded: a file that a stranger wrote costs no more than one that is in order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ocsp_staple_exporter.config.problems import Problem
from ocsp_staple_exporter.config.tree import Listing, Mapping, Node, Path, Place, Scalar, find
from ocsp_staple_exporter.config.yaml_source import MOST_VALUES, InvalidYAML, parse_items
from ocsp_staple_exporter.foreign_text import printable

NO_LIST = 'must be a list of groups: [{"targets": ["www.example.com:443"], "labels": {"team": "web"}}]'
EMPTY = "is empty: a list without targets is written []"

_SPACE = re.compile(r"[ \t\n\r]*")  # RFC 8259 §2
_AFTER = re.compile(rf"{_SPACE.pattern}(?:(,){_SPACE.pattern}|(?=\]))")


class ListError(Exception):
    """A list cannot be used; `problems` says where and why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Group(NamedTuple):
    """What stands between two commas of the list: whatever it is, it is not yet known to be a group."""

    value: object
    """Dicts, lists and text; of JSON also what else it knows."""

    locate: Callable[[Path], Place]
    """Where in the text a part of it stands."""


def json_groups(text: str, file: str) -> Iterator[Group]:
    """The groups of a list in JSON (RFC 8259); raises ListError, also midway."""
    if sum(text.count(mark) for mark in ",[{") > MOST_VALUES:  # not by map, which would hold up other threads
        raise _fault(file, Place(1, 1), f"holds more than {MOST_VALUES} values")
    here = _skip_space(text, 0)
    if here == len(text):
        raise _fault(file, Place(1, 1), EMPTY)
    if text[here] != "[":
        raise _fault(file, _place(text, here), NO_LIST)
    yield from _json_items(text, _skip_space(text, here + 1), file)


def _json_items(text: str, here: int, file: str) -> Iterator[Group]:
    decode = json.JSONDecoder().raw_decode
    comma = False
    while comma or not text.startswith("]", here):
        try:
            value, end = decode(text, here)
        except json.JSONDecodeError as error:
            raise _fault(file, _place(text, error.pos), f"is not valid JSON: {_lower(error.msg)}") from None
        except (ValueError, RecursionError) as error:  # a number of a thousand digits, a thousand brackets
            raise _fault(file, _place(text, here), f"is not valid JSON: {printable(str(error))}") from None
        yield Group(value, _Start(text, here))
        separator = _AFTER.match(text, end)
        if separator is None:
            raise _fault(file, _place(text, _skip_space(text, end)), "is not valid JSON: a comma or ] is missing")
        comma, here = bool(separator[1]), separator.end()
    after = _skip_space(text, here + 1)
    if after != len(text):
        raise _fault(file, _place(text, after), "is not valid JSON: there is more behind the list")


def yaml_groups(text: str, file: str) -> Iterator[Group]:
    """The groups of a list in YAML; raises ListError, also midway. Every plain word is text, as Prometheus takes it."""
    try:
        for node in parse_items(text, if_empty=EMPTY, if_no_list=NO_LIST):
            yield Group(_written(node), _Nodes(node))
    except InvalidYAML as invalid:
        problems = (Problem(file, place.line, place.column, message) for place, message in invalid.faults)
        raise ListError(tuple(problems)) from None


@dataclass(slots=True)
class _Start:
    """Everything in a group of JSON is where the group begins: the way in it says the rest."""

    text: str
    at: int

    def __call__(self, _path: Path, /) -> Place:
        return _place(self.text, self.at)


@dataclass(slots=True)
class _Nodes:
    root: Node

    def __call__(self, path: Path, /) -> Place:
        return find(self.root, path).node.place


def _written(node: Node) -> object:
    match node:
        case Scalar():
            return None if node.value is None else node.text
        case Listing():
            return [_written(item) for item in node.items]
        case Mapping():
            return {key: _written(entry.value) for key, entry in node.entries.items()}


def _skip_space(text: str, here: int) -> int:
    found = _SPACE.match(text, here)
    return found.end() if found else here


def _place(text: str, at: int) -> Place:
    return Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _fault(file: str, place: Place, message: str) -> ListError:
    return ListError((Problem(file, place.line, place.column, message),))


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
