"""Numbers are written when a probe ends; a scrape joins them with their labels."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from ocsp_staple_exporter.exposition import layout
from ocsp_staple_exporter.exposition.blocks import Block, Place, Snapshot
from ocsp_staple_exporter.exposition.text import EndpointLabels
from ocsp_staple_exporter.model import Endpoint, Observation, ProbeResult

OUTCOMES_KEPT = 2048
"""Of single results, mostly some 8 kB each with the result; of more, a part is rendered anew every time."""

LARGEST_OUTCOME = 16 * 1024
"""Bytes of certificates and staples: what a hostile server sends beyond that is rendered every time."""

NO_LABELS = EndpointLabels(None)


class Exposition:
    """The series of every endpoint that was probed. A subscriber of results."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}
        self._blocks: dict[Block, None] = {}  # in the order in which they came
        self._open: dict[Block, None] = {}  # those with a free place

    def published(self, result: ProbeResult, previous: ProbeResult | None) -> None:
        """Write what changed with this probe."""
        endpoint_id = result.endpoint.id
        place = self._places.get(endpoint_id)
        if place is None:
            place = self._places[endpoint_id] = self._take_place()
        place.block.write_probe(place.number, layout.of_probe(result))
        if previous is None or not _same_outcome(result, previous):
            outcome = layout.of_outcome(result, EndpointLabels(result.endpoint))
            place.block.write_outcome(place.number, outcome)

    def removed(self, endpoint: Endpoint) -> None:
        place = self._places.pop(endpoint.id, None)
        if place is None:
            return
        place.block.give_back(place.number)
        self._open[place.block] = None
        if place.block.is_empty:
            del self._blocks[place.block], self._open[place.block]

    def families(self, now: float) -> Iterator[bytes]:
        """One family after the other, heading first, as it is at `now` (Unix time).

        The iterator shows one moment, whatever is published while it is read, so that
        the reader may give way to others between two parts of the text.
        """
        return layout.families([block.snapshot() for block in self._blocks], now)

    def _take_place(self) -> Place:
        block = next(iter(self._open), None)
        if block is None:
            block = layout.empty_block()
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
        """One family after the other, as it is at `now` (Unix time)."""
        known = self._outcomes.get(result.endpoint.id)
        if known is None or not _same_outcome(result, known.result):
            known = _know(result)
            self._keep(known)
        alone = [known.snapshot._replace(of_probe=[(text,) for text in layout.of_probe(result)])]
        return chain(layout.probe_families(alone), (known.text,), layout.countdown(alone, now))

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
    snapshot: Snapshot
    """What stands around the text: labels, and the moment to count down to."""

    text: bytes


def _know(result: ProbeResult) -> _KnownOutcome:
    frames, texts, moment = layout.of_outcome(result, NO_LABELS)
    alone = Snapshot([(text,) for text in frames], (), [(text,) for text in texts], (moment,))
    text = b"".join(layout.outcome_families([alone]))
    return _KnownOutcome(result, alone._replace(of_outcome=()), text)


def _size(result: ProbeResult) -> int:
    """Bytes of what servers sent; none where no handshake was read."""
    seen = result.outcome.handshakes if isinstance(result.outcome, Observation) else ()
    different = {id(one): one for one in seen}.values()  # those that are equal are one object
    shown = [piece for one in different for piece in (*one.handshake.chain, *one.handshake.staples)]
    return sum(len(piece or b"") for piece in shown)


def _same_outcome(result: ProbeResult, previous: ProbeResult) -> bool:
    return result.outcome == previous.outcome and result.endpoint == previous.endpoint
