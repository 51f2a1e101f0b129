"""What the columns of a block hold, and the lines that they make.

Where it is known which samples of a family an endpoint can have, there is a column of numbers for each: all else in
such a line is the same from one probe to the next, and kept once for an endpoint, in its frames. The lines are put
together for a scrape. Of the other families, a column holds the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from ocsp_staple_exporter.exposition.blocks import Block, Cells, Joined, Outcome, Snapshot
from ocsp_staple_exporter.exposition.families import COUNTDOWN, OUTCOME_FAMILIES, PROBE_FAMILIES
from ocsp_staple_exporter.exposition.text import EndpointLabels, Family, numbers, render
from ocsp_staple_exporter.model import ProbeResult

TEXTS_SHARED = 4096
"""Of those written last: a zero, a one, or the times of a certificate that many hosts show, are one object."""

_FRAMES = tuple(dict.fromkeys(family.labels for family in (*PROBE_FAMILIES, *OUTCOME_FAMILIES) if family.rows))
"""The names of the labels that are left open: none, and one."""


class _Location(NamedTuple):
    """Where a family is in a snapshot."""

    family: Family
    columns: slice
    frame: slice


def _layout(families: Iterable[Family]) -> Iterator[_Location]:
    end = 0
    for family in families:
        begin, end = end, end + (len(family.rows) or 1)
        yield _Location(family, slice(begin, end), _frame(family))


def _frame(family: Family) -> slice:
    """Where its frame is among all; that of no labels where it has none."""
    lengths = [len(names) + 1 for names in _FRAMES]
    number = _FRAMES.index(family.labels) if family.rows else 0
    return slice(sum(lengths[:number]), sum(lengths[: number + 1]))


_OF_PROBE = tuple(_layout(PROBE_FAMILIES))
_OF_OUTCOME = tuple(_layout(OUTCOME_FAMILIES))
_OF_COUNTDOWN = _frame(COUNTDOWN)


def empty_block() -> Block:
    frames = [Cells(b"") for names in _FRAMES for _ in range(len(names) + 1)]
    of_probe = [Cells(b"") for family in PROBE_FAMILIES for _ in family.rows]
    of_outcome = [Cells(b"") if family.rows else Joined() for family in OUTCOME_FAMILIES for _ in family.rows or ((),)]
    return Block(frames, of_probe, of_outcome)


def of_probe(result: ProbeResult) -> list[bytes]:
    """What differs with every probe."""
    return [text for family in PROBE_FAMILIES for text in numbers(family, result)]


def of_outcome(result: ProbeResult, labels: EndpointLabels) -> Outcome:
    """What stays as long as the outcome does."""
    texts: list[bytes] = []
    for family in OUTCOME_FAMILIES:
        texts += map(_shared, numbers(family, result)) if family.rows else [render(family, result, labels)]
    frames = [_shared(text) for names in _FRAMES for text in labels.frame(names)]
    moments = [moment for _, moment in COUNTDOWN.samples(result)]
    return Outcome(frames, texts, moments[0] if moments else None)


def families(blocks: Sequence[Snapshot], now: float) -> Iterator[bytes]:
    """One family after the other, heading first, as it is at `now` (Unix time)."""
    yield from probe_families(blocks)
    yield from outcome_families(blocks)
    yield from countdown(blocks, now)


def probe_families(blocks: Sequence[Snapshot]) -> Iterator[bytes]:
    for family, columns, frame in _OF_PROBE:
        yield family.heading
        for block in blocks:
            yield _lines(family, block.frames[frame], block.of_probe[columns])


def outcome_families(blocks: Sequence[Snapshot]) -> Iterator[bytes]:
    for family, columns, frame in _OF_OUTCOME:
        yield family.heading
        for block in blocks:
            if family.rows:
                yield _lines(family, block.frames[frame], block.of_outcome[columns])
            else:
                yield b"".join(chain.from_iterable(block.of_outcome[columns]))


def countdown(blocks: Sequence[Snapshot], now: float) -> Iterator[bytes]:
    yield COUNTDOWN.heading
    for block in blocks:
        yield _lines(COUNTDOWN, block.frames[_OF_COUNTDOWN], [_countdowns(block.moments, now)])


def _countdowns(moments: Iterable[float | None], now: float) -> list[bytes]:
    return [b"" if moment is None else b"%.3f\n" % (moment - now) for moment in moments]


def _lines(family: Family, frame: Sequence[Sequence[bytes]], columns: Sequence[Sequence[bytes]]) -> bytes:
    """The sample lines of each place in turn, from the labels in the frame and a column of numbers for each row.

    A place without a number has no line.
    """
    places = len(frame[0])
    start = [family.name.encode()] * places, *frame[:-1]
    if all(texts.count(texts[0]) == places for texts in start):
        start = ([b"".join([texts[0] for texts in start])] * places,)
    cells: list[Sequence[bytes]] = []
    for row, values in zip(family.rows, columns, strict=True):
        if any(values):
            line = [*start, *([own.encode()] * places for own in row), frame[-1], values]
            cells += line if all(values) else [_where(values, texts) for texts in line]
    parts = [b""] * (len(cells) * places)
    for number, texts in enumerate(cells):
        parts[number :: len(cells)] = texts
    return b"".join(parts)


def _where(values: Sequence[bytes], texts: Sequence[bytes]) -> list[bytes]:
    """Those at whose place there is a value."""
    return [text if value else b"" for text, value in zip(texts, values, strict=True)]


@lru_cache(maxsize=TEXTS_SHARED)
def _shared(text: bytes) -> bytes:
    """The same, as one object for all that are equal."""
    return text
