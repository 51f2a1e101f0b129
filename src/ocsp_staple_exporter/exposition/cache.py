"""Text is rendered when a probe ends; a scrape joins what is there."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ocsp_staple_exporter.exposition.blocks import NO_COUNTDOWN, Block, Countdown, Place, Snapshot
from ocsp_staple_exporter.exposition.families import COUNTDOWN, OUTCOME_FAMILIES, PROBE_FAMILIES
from ocsp_staple_exporter.exposition.text import EndpointLabels, encode, render
from ocsp_staple_exporter.model import Endpoint, Observation, ProbeResult

OUTCOMES_KEPT = 2048
"""Of single results, mostly some 8 kB each with the result; of more, a part is rendered anew every time."""

LARGEST_OUTCOME = 16 * 1024
"""Bytes of certificates and staples: what a hostile server sends beyond that is rendered every time."""

NO_LABELS = EndpointLabels(None)


class Exposition:
    """The series of every endpoint that was probed, as text. A subscriber of results."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}
        self._blocks: dict[Block, None] = {}  # in the order in which they came
        self._open: dict[Block, None] = {}  # those with a free place

    def published(self, result: ProbeResult, previous: ProbeResult | None) -> None:
        """Render what changed with this probe."""
        endpoint_id = result.endpoint.id
        labels = EndpointLabels(result.endpoint)
        place = self._places.get(endpoint_id)
        if place is None:
            place = self._places[endpoint_id] = self._take_place()
            previous = None
        place.block.write_pieces(place.number, _of_probe(result, labels))
        if previous is None or not _same_outcome(result, previous):
            place.block.write_columns(place.number, _of_outcome(result, labels), _countdown(result, labels))

    def removed(self, endpoint: Endpoint) -> None:
        place = self._places.pop(endpoint.id, None)
        if place is None:
            return
        place.block.give_back(place.number)
        self._open[place.block] = None
        if place.block.is_empty:
            del self._blocks[place.block], self._open[place.block]

    def families(self, now: float) -> Iterator[bytes]:
        """Each family whole, heading first, as it is at `now` (Unix time).

        The iterator shows one moment, whatever is published while it is read, so that
        the reader may give way to others between two parts of the text.
        """
        return _families([block.snapshot() for block in self._blocks], now)

    def _take_place(self) -> Place:
        block = next(iter(self._open), None)
        if block is None:
            block = Block(len(PROBE_FAMILIES), len(OUTCOME_FAMILIES))
            self._blocks[block] = self._open[block] = None
        place = block.take()
        if block.is_full:
            del self._open[block]
        return place


def families_of(result: ProbeResult, now: float) -> Iterator[bytes]:
    """The same for one result alone, without the labels of its endpoint."""
    return Answers().families(result, now)


class Answers:
    """The series of results that are shown once, each alone and without the labels of its endpoint.

    Who asks again mostly gets the same outcome: its text is kept for the endpoints that were asked for last.
    """

    def __init__(self) -> None:
        self._outcomes: dict[str, _KnownOutcome] = {}

    def families(self, result: ProbeResult, now: float) -> Iterator[bytes]:
        """Each family whole, as it is at `now` (Unix time)."""
        known = self._outcomes.get(result.endpoint.id)
        if known is None or not _same_outcome(result, known.result):
            known = _KnownOutcome(result, _of_outcome(result, NO_LABELS), [_countdown(result, NO_LABELS)])
            self._keep(known)
        pieces = tuple([text] for text in _of_probe(result, NO_LABELS))
        return _families([Snapshot(pieces, known.columns, known.countdowns)], now)

    def _keep(self, known: _KnownOutcome) -> None:
        endpoint_id = known.result.endpoint.id
        self._outcomes.pop(endpoint_id, None)
        if _size(known.result) > LARGEST_OUTCOME:
            return
        if len(self._outcomes) >= OUTCOMES_KEPT:
            # Whichever: without the oldest, none would be there that is asked for next in a round of too many.
            del self._outcomes[random.choice(tuple(self._outcomes))]  # noqa: S311 - no secret
        self._outcomes[endpoint_id] = known


class _KnownOutcome(NamedTuple):
    """What was rendered of it."""

    result: ProbeResult
    columns: tuple[bytes, ...]
    countdowns: list[Countdown]


def _size(result: ProbeResult) -> int:
    """Bytes of what servers sent; none where no handshake was read."""
    seen = result.outcome.handshakes if isinstance(result.outcome, Observation) else ()
    different = {id(one): one for one in seen}.values()  # those that are equal are one object
    shown = [piece for one in different for piece in (*one.handshake.chain, *one.handshake.staples)]
    return sum(len(piece or b"") for piece in shown)


def _families(blocks: list[Snapshot], now: float) -> Iterator[bytes]:
    for number, family in enumerate(PROBE_FAMILIES):
        yield family.heading
        yield from (b"".join(block.pieces[number]) for block in blocks)
    for number, family in enumerate(OUTCOME_FAMILIES):
        yield family.heading + b"".join([block.columns[number] for block in blocks])
    yield COUNTDOWN.heading
    yield from (_lines(block.countdowns, now) for block in blocks)


def _lines(countdowns: Iterable[Countdown], now: float) -> bytes:
    return encode("".join([f"{start}{moment - now:.3f}\n" for start, moment in countdowns if start]))


def _same_outcome(result: ProbeResult, previous: ProbeResult) -> bool:
    return result.outcome == previous.outcome and result.endpoint == previous.endpoint


def _of_probe(result: ProbeResult, labels: EndpointLabels) -> tuple[bytes, ...]:
    return tuple([render(family, result, labels) for family in PROBE_FAMILIES])


def _of_outcome(result: ProbeResult, labels: EndpointLabels) -> tuple[bytes, ...]:
    return tuple([render(family, result, labels) for family in OUTCOME_FAMILIES])


def _countdown(result: ProbeResult, labels: EndpointLabels) -> Countdown:
    for _, moment in COUNTDOWN.samples(result):
        return Countdown(f"{COUNTDOWN.name}{labels.text((), ())} ", moment)
    return NO_COUNTDOWN
