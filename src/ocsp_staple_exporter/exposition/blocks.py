"""The text of many endpoints, kept so that a scrape has little to join and memory little to hold.

A block holds the lines of up to ENDPOINTS_PER_BLOCK endpoints, each at its place. What is the same
as long as an outcome is stands in columns, one text for a family; an endpoint's part of it is cut
out and replaced when its outcome changes. What differs with every probe stays in pieces.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

ENDPOINTS_PER_BLOCK = 256
"""More makes a change dearer (20 us for each 100 kB that are copied), fewer a scrape."""


class Place(NamedTuple):
    """Where an endpoint's lines are."""

    block: Block
    number: int


class Countdown(NamedTuple):
    """A line up to its value, and the moment to count down to, as Unix time; an empty line where there is none."""

    start: str
    moment: float


NO_COUNTDOWN = Countdown("", 0.0)


class _Column:
    """One family's text of a block, and how much of it belongs to each place."""

    __slots__ = ("_lengths", "text")

    def __init__(self) -> None:
        self.text = b""
        self._lengths = array("I", bytes(4 * ENDPOINTS_PER_BLOCK))

    def replace(self, number: int, piece: bytes) -> None:
        start = sum(self._lengths[:number])
        end = start + self._lengths[number]
        if self.text[start:end] != piece:
            self.text = b"".join((self.text[:start], piece, self.text[end:]))
            self._lengths[number] = len(piece)


class Snapshot(NamedTuple):
    """What a block says at one moment."""

    pieces: tuple[list[bytes], ...]
    columns: tuple[bytes, ...]
    countdowns: list[Countdown]


class Block:
    """Places for ENDPOINTS_PER_BLOCK endpoints."""

    __slots__ = ("_columns", "_countdowns", "_free", "_pieces")

    def __init__(self, pieces: int, columns: int) -> None:
        """So many families in pieces, so many in columns."""
        self._pieces = tuple([b""] * ENDPOINTS_PER_BLOCK for _ in range(pieces))
        self._columns = tuple(_Column() for _ in range(columns))
        self._countdowns = [NO_COUNTDOWN] * ENDPOINTS_PER_BLOCK
        self._free = list(range(ENDPOINTS_PER_BLOCK - 1, -1, -1))

    @property
    def is_full(self) -> bool:
        return not self._free

    @property
    def is_empty(self) -> bool:
        return len(self._free) == ENDPOINTS_PER_BLOCK

    def take(self) -> Place:
        return Place(self, self._free.pop())

    def give_back(self, number: int) -> None:
        """Leave the place without lines."""
        self.write_pieces(number, [b""] * len(self._pieces))
        self.write_columns(number, [b""] * len(self._columns), NO_COUNTDOWN)
        self._free.append(number)

    def write_pieces(self, number: int, texts: Sequence[bytes]) -> None:
        for pieces, text in zip(self._pieces, texts, strict=True):
            pieces[number] = text

    def write_columns(self, number: int, texts: Sequence[bytes], countdown: Countdown) -> None:
        for column, text in zip(self._columns, texts, strict=True):
            column.replace(number, text)
        self._countdowns[number] = countdown

    def snapshot(self) -> Snapshot:
        return Snapshot(
            pieces=tuple(pieces.copy() for pieces in self._pieces),
            columns=tuple(column.text for column in self._columns),
            countdowns=self._countdowns.copy(),
        )
