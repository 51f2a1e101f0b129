"""Text is rendered when a probe ends; a scrape joins what is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

from ocsp_staple_exporter.exposition.families import COUNTDOWN, OUTCOME_FAMILIES, PROBE_FAMILIES
from ocsp_staple_exporter.exposition.text import EndpointLabels, Family, encode, render
from ocsp_staple_exporter.model import Endpoint, ProbeResult


@dataclass(frozen=True, slots=True)
class _Row:
    """An endpoint's part of each family."""

    labels: EndpointLabels
    of_probe: tuple[bytes, ...]
    """Aligned with PROBE_FAMILIES."""

    of_outcome: tuple[bytes, ...]
    """Aligned with OUTCOME_FAMILIES."""

    countdown: tuple[str, float] | None
    """The line up to its value, and nextUpdate as Unix time."""


class Exposition:
    """The series of every endpoint that was probed, as text. A subscriber of results."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}

    def published(self, result: ProbeResult, previous: ProbeResult | None) -> None:
        """Render what changed with this probe."""
        endpoint_id = result.endpoint.id
        row = self._rows.get(endpoint_id)
        if row is None or previous is None or not _same_outcome(result, previous):
            self._rows[endpoint_id] = _whole_row(result, EndpointLabels(result.endpoint))
        else:
            of_probe = _of_probe(result, row.labels)
            self._rows[endpoint_id] = _Row(row.labels, of_probe, row.of_outcome, row.countdown)

    def removed(self, endpoint: Endpoint) -> None:
        self._rows.pop(endpoint.id, None)

    def families(self, now: float) -> Iterator[bytes]:
        """Each family whole, heading first, as it is at `now` (Unix time).

        The iterator shows one moment, whatever is published while it is read, so that
        the reader may give way to others between two families.
        """
        return _families(tuple(self._rows.values()), now)


def families_of(result: ProbeResult, now: float) -> Iterator[bytes]:
    """The same for one result alone, without the labels of its endpoint."""
    return _families((_whole_row(result, EndpointLabels(None)),), now)


def _families(rows: tuple[_Row, ...], now: float) -> Iterator[bytes]:
    yield from _joined(PROBE_FAMILIES, [row.of_probe for row in rows])
    yield from _joined(OUTCOME_FAMILIES, [row.of_outcome for row in rows])
    countdowns = (row.countdown for row in rows if row.countdown is not None)
    lines = [f"{start}{moment - now:.3f}\n" for start, moment in countdowns]
    yield COUNTDOWN.heading + encode("".join(lines))


def _joined(families: tuple[Family, ...], parts: list[tuple[bytes, ...]]) -> Iterator[bytes]:
    for family, column in zip(families, zip(*parts, strict=True) if parts else repeat(()), strict=False):
        yield family.heading + b"".join(column)


def _same_outcome(result: ProbeResult, previous: ProbeResult) -> bool:
    return result.outcome == previous.outcome and result.endpoint == previous.endpoint


def _whole_row(result: ProbeResult, labels: EndpointLabels) -> _Row:
    of_outcome = tuple(render(family, result, labels) for family in OUTCOME_FAMILIES)
    return _Row(labels, _of_probe(result, labels), of_outcome, _countdown(result, labels))


def _of_probe(result: ProbeResult, labels: EndpointLabels) -> tuple[bytes, ...]:
    return tuple(render(family, result, labels) for family in PROBE_FAMILIES)


def _countdown(result: ProbeResult, labels: EndpointLabels) -> tuple[str, float] | None:
    for _, moment in COUNTDOWN.samples(result):
        return f"{COUNTDOWN.name}{labels.text((), ())} ", moment
    return None
