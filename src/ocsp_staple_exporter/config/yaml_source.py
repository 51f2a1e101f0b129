"""YAML text into a tree with places, within bounds.

The events of the parser are read one by one, so that nothing in the file decides how
deep we recurse or how much we build: aliases count as much as what they stand for.
Of YAML 1.1's many plain words only `true`, `false`, `null` and decimal numbers mean
something else than text: `no`, `on`, `12:30:45` and `0x1F` are text here, as in YAML 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import yaml

from ocsp_staple_exporter.config.tree import Entry, Listing, Mapping, Node, Place, Scalar
from ocsp_staple_exporter.config.words import quoted
from ocsp_staple_exporter.config.yaml_syntax import explain
from ocsp_staple_exporter.foreign_text import printable

MOST_VALUES = 3_000_000
"""Keys and values in a document, aliases expanded: 100,000 targets with labels have two million."""

MOST_LEVELS = 32
"""Lists and mappings within each other; the deepest option is on the fourth level."""

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = r"(0|[1-9][0-9]{0,17})"
_FRACTION = r"(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?"
_NUMBER = re.compile(rf"[-+]?(?:{_WHOLE}|{_FRACTION})")
_NUMBER_STARTS = frozenset("+-.0123456789")
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")
_OTHER_TAGS = ("!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class InvalidYAML(Exception):  # noqa: N818  it never leaves the room
    """The text cannot be read on; `faults` says where and why, faults found before included."""

    def __init__(self, faults: list[tuple[Place, str]]) -> None:
        super().__init__(faults)
        self.faults = faults


def parse(text: str) -> tuple[Node | None, list[tuple[Place, str]]]:
    """The one document in the text (None: it is empty) and its faults; raises InvalidYAML."""
    faults: list[tuple[Place, str]] = []
    try:
        with _events(text) as events:
            return _Composer(events, faults).document(), faults
    except _UNREADABLE as error:
        raise InvalidYAML([*faults, _fault(error, text)]) from None


def parse_items(text: str, *, if_empty: str, if_no_list: str) -> Iterator[Node]:
    """The items of the one list in the text, one by one.

    Raises InvalidYAML, also midway and for the first fault. What it says of a text that holds nothing,
    or something else than a list, is given.
    """
    faults: list[tuple[Place, str]] = []
    try:
        with _events(text) as events:
            for item in _Composer(events, faults).items(if_empty, if_no_list):
                if faults:
                    raise InvalidYAML(faults)
                yield item
    except _UNREADABLE as error:
        raise InvalidYAML([*faults, _fault(error, text)]) from None


@contextmanager
def _events(text: str) -> Iterator[Iterator[yaml.Event]]:
    """What yaml.parse gives, without its generator, which takes a sixth of the time of a load."""
    loader = _LOADER(text)
    try:
        yield iter(loader.get_event, None)
    finally:
        loader.dispose()


class _Stop(Exception):  # noqa: N818
    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


# The last two: PyYAML's parser without libyaml.
_UNREADABLE = (_Stop, yaml.YAMLError, ValueError, OverflowError)


def _fault(error: Exception, text: str) -> tuple[Place, str]:
    match error:
        case _Stop():
            return error.place, error.message
        case yaml.MarkedYAMLError():
            return explain(error, text)
        case _:
            return Place(1, 1), f"is not valid YAML: {printable(str(error))}"


class _Composer:
    def __init__(self, events: Iterator[yaml.Event], faults: list[tuple[Place, str]]) -> None:
        """Faults that need not end the reading are put into the list."""
        self._events = events
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._values = 0
        self._faults = faults

    def document(self) -> Node | None:
        if self._is_empty():
            return None
        root = self._node(next(self._events), MOST_LEVELS)
        self._end()
        return root

    def items(self, if_empty: str, if_no_list: str) -> Iterator[Node]:
        """The items of the document, which must be a list, as they are read."""
        if self._is_empty():
            raise _Stop(Place(1, 1), if_empty)
        first = next(self._events)
        if not isinstance(first, yaml.SequenceStartEvent):
            raise _Stop(_place(first), if_no_list)
        while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
            yield self._node(item, MOST_LEVELS - 1)
        self._end()

    def _is_empty(self) -> bool:
        next(self._events)  # start of the stream
        return isinstance(next(self._events), yaml.StreamEndEvent)

    def _end(self) -> None:
        next(self._events)  # end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _Stop(_place(after), "a second YAML document begins here: keep one in the file")

    def _node(self, event: yaml.Event, levels: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._values
        self._count(1, event)
        node = self._scalar(event) if isinstance(event, yaml.ScalarEvent) else self._collection(event, levels)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self._anchors[event.anchor] = (node, self._values - before)
        return node

    def _count(self, values: int, event: yaml.Event) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            raise _Stop(_place(event), f"the file holds more than {MOST_VALUES} values, its aliases expanded")

    def _alias(self, event: yaml.AliasEvent) -> Node:
        anchor = event.anchor or ""
        try:
            node, values = self._anchors[anchor]
        except KeyError:
            name = printable(anchor)
            message = f'the alias *{name} has no anchor &{name} before it: quote a text that begins with "*"'
            raise _Stop(_place(event), message) from None
        self._count(values, event)
        return node

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        if event.tag is None:
            value = _plain_value(event.value) if event.implicit[0] else event.value
            return Scalar(_place(event), event.value, value)
        if event.tag not in _TEXT_TAGS:
            self._refuse_tag(event, event.tag)
        return Scalar(_place(event), event.value, event.value)

    def _collection(self, event: yaml.Event, levels: int) -> Node:
        if not levels:
            raise _Stop(_place(event), f"is nested deeper than {MOST_LEVELS} levels")
        if isinstance(event, yaml.CollectionStartEvent) and event.tag is not None and event.tag not in _OTHER_TAGS:
            self._refuse_tag(event, event.tag)
        return (self._listing if isinstance(event, yaml.SequenceStartEvent) else self._mapping)(event, levels)

    def _listing(self, event: yaml.Event, levels: int) -> Listing:
        items: list[Node] = []
        while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(item, levels - 1))
        return Listing(_place(event), items)

    def _mapping(self, event: yaml.Event, levels: int) -> Mapping:
        entries: dict[str, Entry] = {}
        merged: list[tuple[yaml.Event, Node]] = []
        while not isinstance(key := next(self._events), yaml.MappingEndEvent):
            name = self._node(key, levels - 1)
            value = self._node(next(self._events), levels - 1)
            if isinstance(key, yaml.ScalarEvent) and key.value == "<<" and key.implicit[0]:
                merged.append((key, value))
            else:
                self._enter(entries, name, Entry(_place(key), value))
        for key, value in merged:
            self._merge(entries, key, value)
        return Mapping(_place(event), entries)

    def _enter(self, entries: dict[str, Entry], name: Node, entry: Entry) -> None:
        if not isinstance(name, Scalar):
            self._faults.append((entry.key, "a key must be text, not a list or a mapping"))
        elif not isinstance(name.value, str):
            message = f"a key must be text: write it in quotes, {quoted(name.text)}"
            self._faults.append((entry.key, message))
        elif name.value in entries:
            first = entries[name.value].key
            message = f"duplicate key {quoted(name.value)}: it stands already on line {first.line}"
            self._faults.append((entry.key, message))
        else:
            entries[name.value] = entry

    def _merge(self, entries: dict[str, Entry], key: yaml.Event, value: Node) -> None:
        """The merge key `<<`: what the mapping says itself goes first, then the earlier of several."""
        for source in value.items if isinstance(value, Listing) else [value]:
            if not isinstance(source, Mapping):
                self._faults.append((_place(key), "<<: merges a mapping or a list of mappings, nothing else"))
                continue
            for name, entry in source.entries.items():
                entries.setdefault(name, entry)

    def _refuse_tag(self, event: yaml.Event, tag: str) -> None:
        message = f"the tag {printable(tag)} has no meaning here: remove it, or quote a text that begins with !"
        self._faults.append((_place(event), message))


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _plain_value(text: str) -> str | int | float | bool | None:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in _NUMBER_STARTS and (number := _NUMBER.fullmatch(text)):
        return int(text) if number[1] else float(text)
    return text
