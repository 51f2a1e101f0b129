"""Mutations that keep DER well-formed, so that they reach what lies behind its lengths."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ocsp_staple_exporter.lab import der

CONSTRUCTED = 0x20
OCTET_STRING = 0x04
DEEPEST = 20

MutateBytes = Callable[[bytes, int], bytes]
"""The fuzzer's own mutation of bytes, given the greatest length of what it returns."""

TAGS = (0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x0C, 0x13, 0x17, 0x18, 0x30, 0x31, 0x80, 0x82, 0xA0, 0xA1, 0xA2)


@dataclass(slots=True)
class Node:
    """One value: what it holds is either bytes or further values."""

    tag: int
    content: bytes = b""
    inside: list[Node] = field(default_factory=list)

    def encode(self) -> bytes:
        return der.tlv(self.tag, b"".join(node.encode() for node in self.inside) if self.inside else self.content)


def parse(data: bytes, depth: int = 0) -> list[Node] | None:
    """The values that the bytes are made of; None where they are not."""
    nodes = []
    while data:
        header = _read_header(data)
        if header is None or depth > DEEPEST:
            return None
        start, end = header
        content = data[start:end]
        inside = parse(content, depth + 1) if data[0] & CONSTRUCTED or data[0] == OCTET_STRING else None
        nodes.append(Node(data[0], content, inside or []))
        data = data[end:]
    return nodes


def _read_header(data: bytes) -> tuple[int, int] | None:
    """Where the content of the first value begins and ends."""
    if len(data) < 2:
        return None
    start, size = 2, data[1]
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start])
    return (start, start + size) if start + size <= len(data) else None


def mutate(data: bytes, choose: random.Random, mutate_bytes: MutateBytes) -> bytes | None:
    """The values with one of them changed; None for bytes that are no values."""
    roots = parse(data)
    if not roots:
        return None
    places = list(_places(roots))
    siblings, at = choose.choice(places)
    others, other = choose.choice(places)
    node = siblings[at]
    match choose.randrange(8):
        case 0:
            del siblings[at]
        case 1:
            siblings.insert(at, others[other])
        case 2:
            siblings[at], others[other] = others[other], siblings[at]
        case 3:
            siblings[at] = Node(choose.choice(TAGS), node.content, node.inside)
        case 4:
            siblings[at] = Node(node.tag | CONSTRUCTED, b"", [node])
        case 5:
            siblings[at] = Node(node.tag, node.content * choose.choice((0, 2, 16, 256)))
        case _:
            siblings[at] = Node(node.tag, mutate_bytes(node.content, len(node.content) + 16))
    return _encode(roots)


def _places(siblings: list[Node]) -> Iterator[tuple[list[Node], int]]:
    for at, node in enumerate(siblings):
        yield siblings, at
        yield from _places(node.inside)


def _encode(roots: list[Node]) -> bytes | None:
    try:
        return b"".join(root.encode() for root in roots)
    except RecursionError:  # a value was put into itself
        return None
