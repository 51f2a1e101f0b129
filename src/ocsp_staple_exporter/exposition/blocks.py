"""The samples of many endpoints, kept so that a scrape has little to join and memory little to hold.

A block holds those of up to ENDPOINTS_PER_BLOCK endpoints, each at its place, in columns. What they are put
together from is in `layout.py`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

T = TypeVar("T")

ENDPOINTS_PER_BLOCK = 256
"""More makes a change dearer (20 us for each 100 kB that are copied), fewer a scrape."""


class Place(NamedTuple):
    """Where an endpoint's samples are."""

    block: Block
    number: int


class Column(Protocol):
    """A text for each place, an empty one at first."""

    def replace(self, number: int, text: bytes, /) -> None:
        """That of one place."""

    def texts(self) -> Sequence[bytes]:
        """All of them in the order of the places, or one for all. What is returned stays as it is."""


class Cells(Generic[T]):
    """One thing for each place. Who reads them has them as they were: they are copied for the next change."""

    __slots__ = ("_cells", "_given_away")

    def __init__(self, nothing: T) -> None:
        self._cells = [nothing] * ENDPOINTS_PER_BLOCK
        self._given_away = False

    def replace(self, number: int, cell: T) -> None:
        if self._cells[number] == cell:
            return
        if self._given_away:
            self._cells, self._given_away = self._cells.copy(), False
        self._cells[number] = cell

    def texts(self) -> Sequence[T]:
        self._given_away = True
        return self._cells


class Joined:
    """One text for all places, of which a place's part is cut out and replaced: for long ones that seldom change."""

    __slots__ = ("_lengths", "_text")

    def __init__(self) -> None:
        self._text = b""
        self._lengths = array("I", bytes(4 * ENDPOINTS_PER_BLOCK))

    def replace(self, number: int, text: bytes) -> None:
        start = sum(self._lengths[:number])
        end = start + self._lengths[number]
        if self._text[start:end] != text:
            self._text = b"".join((self._text[:start], text, self._text[end:]))
            self._lengths[number] = len(text)

    def texts(self) -> Sequence[bytes]:
        return (self._text,)


class Outcome(NamedTuple):
    """What an endpoint says as long as its outcome stays the same."""

    frames: Sequence[bytes]
    """The labels around the values."""

    texts: Sequence[bytes]
    """For each column."""

    moment: float | None
    """To count down to, as Unix time."""


class Snapshot(NamedTuple):
    """What a block says at one moment."""

    frames: Sequence[Sequence[bytes]]
    of_probe: Sequence[Sequence[bytes]]
    of_outcome: Sequence[Sequence[bytes]]
    moments: Sequence[float | None]


class Block:
    """Places for ENDPOINTS_PER_BLOCK endpoints."""

    __slots__ = ("_frames", "_free", "_moments", "_of_outcome", "_of_probe")

    def __init__(self, frames: Sequence[Column], of_probe: Sequence[Column], of_outcome: Sequence[Column]) -> None:
        """Columns without a text yet: of labels, of what differs with every probe, and of the rest."""
        self._frames, self._of_probe, self._of_outcome = frames, of_probe, of_outcome
        self._moments: Cells[float | None] = Cells(None)
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
        """Leave the place without samples."""
        self.write_probe(number, [b""] * len(self._of_probe))
        self.write_outcome(number, Outcome([b""] * len(self._frames), [b""] * len(self._of_outcome), None))
        self._free.append(number)

    def write_probe(self, number: int, texts: Sequence[bytes]) -> None:
        _write(self._of_probe, number, texts)

    def write_outcome(self, number: int, outcome: Outcome) -> None:
        _write(self._frames, number, outcome.frames)
        _write(self._of_outcome, number, outcome.texts)
        self._moments.replace(number, outcome.moment)

    def snapshot(self) -> Snapshot:
        return Snapshot(
            frames=_texts(self._frames),
            of_probe=_texts(self._of_probe),
            of_outcome=_texts(self._of_outcome),
            moments=self._moments.texts(),
        )


def _texts(columns: Sequence[Column]) -> Sequence[Sequence[bytes]]:
    return [column.texts() for column in columns]


def _write(columns: Sequence[Column], number: int, texts: Sequence[bytes]) -> None:
    for column, text in zip(columns, texts, strict=True):
        column.replace(number, text)
