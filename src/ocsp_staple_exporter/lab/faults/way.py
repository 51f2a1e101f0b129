"""A way to go wrong at whichever message it is, and what a client has to make of it there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ocsp_staple_exporter.lab.faults.fault import READ, WAITING, Ending
from ocsp_staple_exporter.lab.faults.misbehaving import Play
from ocsp_staple_exporter.lab.faults.places import Place
from ocsp_staple_exporter.model import ProbeFailure

EndingAt = Callable[[Place], Ending]

unexpected = partial(Ending, ProbeFailure.UNEXPECTED_MESSAGE)
malformed = partial(Ending, ProbeFailure.MALFORMED_MESSAGE)
illegal = partial(Ending, ProbeFailure.ILLEGAL_PARAMETER)
too_much = partial(Ending, ProbeFailure.TOO_MUCH_DATA)
bad_mac = partial(Ending, ProbeFailure.BAD_RECORD_MAC, "not sealed with the agreed key")
closed = partial(Ending, ProbeFailure.CONNECTION_CLOSED)
refused = partial(Ending, ProbeFailure.ALERT_RECEIVED)


@dataclass(frozen=True, slots=True)
class Way:
    """What is done, how it ends at each place, and the places where it can be done."""

    play: Play
    ending: EndingAt
    where: Callable[[Place], bool] = lambda _place: True


def anywhere(ending: Ending) -> EndingAt:
    return lambda _place: ending


def misplaced(name: str) -> EndingAt:
    """A message of that name comes where another one is due."""
    return lambda place: unexpected(f"sent {name} where {place.due} was due")


def ends_too_early(place: Place) -> Ending:
    return malformed(f"{place.name} ends too early")


def has_a_byte_too_many(place: Place) -> Ending:
    return malformed(f"{place.name} has 1 bytes too many")


def read(_place: Place) -> Ending:
    return READ


def waits(_place: Place) -> Ending:
    return WAITING
