"""A YAML document as a tree whose nodes know their places.

An alias is the very node of its anchor, so the tree may share branches; it has no cycles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ocsp_staple_exporter.foreign_text import printable

Path = tuple[str | int, ...]
"""The way from the root: keys of mappings and indexes of lists."""


class Place(NamedTuple):
    """A position in the file, counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Scalar:
    """Text, a number, a boolean or null."""

    place: Place
    text: str
    """As written, without its quotes."""

    value: str | int | float | bool | None


@dataclass(slots=True)
class Listing:
    place: Place
    items: list[Node]


@dataclass(slots=True)
class Mapping:
    place: Place
    entries: dict[str, Entry]


class Entry(NamedTuple):
    """A key's place, and its value."""

    key: Place
    value: Node


Node = Scalar | Listing | Mapping


class TooDeep(Exception):  # noqa: N818  it never leaves the room
    """The tree is nested deeper than its reader allows; `place` is where."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.place = place


def plain(node: Node, levels: int) -> object:
    """The tree as dicts, lists and scalars; raises TooDeep beyond that many levels."""
    if isinstance(node, Scalar):
        return node.value
    if not levels:
        raise TooDeep(node.place)
    if isinstance(node, Listing):
        return [plain(item, levels - 1) for item in node.items]
    return {key: plain(entry.value, levels - 1) for key, entry in node.entries.items()}


class Found(NamedTuple):
    """How far a path leads in the tree."""

    node: Node
    """The last node on the path."""

    key: Place
    """Where the key of that node is; where the node is, for an item of a list."""

    rest: Path
    """What the tree does not hold: empty when the path leads to its end."""


def find(root: Node, path: Path) -> Found:
    """Follow a path as far as it goes."""
    found = Found(root, root.place, path)
    for step, part in enumerate(path, 1):
        entry = _child(found.node, part)
        if entry is None:
            break
        found = Found(entry.value, entry.key, path[step:])
    return found


def _child(node: Node, part: str | int) -> Entry | None:
    if isinstance(node, Mapping) and isinstance(part, str):
        return node.entries.get(part)
    if isinstance(node, Listing) and isinstance(part, int) and part < len(node.items):
        return Entry(node.items[part].place, node.items[part])
    return None


def spell(path: Sequence[str | int]) -> str:
    """The path as people write it: `targets[1].labels.team`."""
    return "".join(map(_spell_part, path)).removeprefix(".")


def _spell_part(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'["{printable(part)}"]'
