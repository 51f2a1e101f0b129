"""Ways to send a message out of order, in another form, or in records that are not for it."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.lab.faults import ways
from ocsp_staple_exporter.lab.faults.fault import READ, WAITING, Ending
from ocsp_staple_exporter.lab.faults.places import Place
from ocsp_staple_exporter.lab.faults.way import (
    EndingAt,
    Way,
    bad_mac,
    ends_too_early,
    has_a_byte_too_many,
    malformed,
    misplaced,
    read,
    too_much,
    unexpected,
)
from ocsp_staple_exporter.tls.records import LONGEST_CERTIFICATE, ContentType

APPLICATION_DATA, CHANGE_CIPHER_SPEC = ContentType.APPLICATION_DATA, ContentType.CHANGE_CIPHER_SPEC
INSIDE = "inside a handshake message, "


def _missing(place: Place) -> Ending:
    if place.ends_turn or place.next is None:
        return WAITING
    return READ if place.optional else unexpected(f"sent {place.next.at} where {place.due} was due")


def _twice(place: Place) -> Ending:
    return READ if place.next is None else unexpected(f"sent {place.at} where {place.next.due} was due")


def _late(place: Place) -> Ending:
    if not place.optional or place.next is None or place.next.next is None:
        return _missing(place)
    return unexpected(f"sent {place.at} where {place.next.next.due} was due")


def _too_long(place: Place) -> Ending:
    """Its last byte is never to come, or is the first one of the next message."""
    return WAITING if place.ends_turn else has_a_byte_too_many(place)


def unexpected_record(content_type: ContentType, where: str = "") -> EndingAt:
    name = f"a record of {content_type.name.lower()} ({content_type.value})"
    return lambda place: unexpected(f"{name} {where}{place.progress}")


def _as_change_cipher_spec(place: Place) -> Ending:
    protected = place.is_tls13 and place.is_sealed()
    what = "a protected ChangeCipherSpec," if protected else "a ChangeCipherSpec with other content than 1"
    return unexpected(f"{what} {place.progress}")


def _in_the_clear(place: Place) -> Ending:
    if not place.is_tls13:
        return bad_mac()
    return unexpected(f"an unprotected record of type 22 after keys were agreed, {place.progress}")


ORDER: Mapping[str, Way] = {
    "missing": Way(ways.missing, _missing),
    "twice": Way(ways.in_turn(ways.as_it_is, ways.as_it_is), _twice),
    "late": Way(ways.late, _late),
}

FORM: Mapping[str, Way] = {
    "cut": Way(ways.edited(lambda body: body[:-1]), ends_too_early, Place.has_body),
    "emptied": Way(ways.edited(lambda _body: b""), ends_too_early, Place.has_body),
    "stretched": Way(ways.edited(lambda body: body + b"\x00"), has_a_byte_too_many),
    "length_too_small": Way(ways.of_length(lambda length: length - 1), ends_too_early, Place.has_body),
    "length_too_great": Way(ways.of_length(lambda length: length + 1), _too_long, Place.has_header),
    "oversized": Way(
        ways.of_length(lambda _length: LONGEST_CERTIFICATE + 1),
        lambda place: too_much(f"{place.name} of {LONGEST_CERTIFICATE + 1} bytes"),
        Place.has_header,
    ),
    "of_unknown_type": Way(
        ways.recast(lambda message: b"\x63" + message[1:]), misplaced("message of type 99"), Place.has_header
    ),
}

RECORDS: Mapping[str, Way] = {
    "in_pieces": Way(ways.in_pieces, read, Place.has_header),
    "as_application_data": Way(
        ways.in_record_of(APPLICATION_DATA), unexpected_record(APPLICATION_DATA), Place.has_header
    ),
    "as_alert": Way(
        ways.in_record_of(ContentType.ALERT), lambda place: malformed(f"bytes {place.progress}"), Place.has_header
    ),
    "as_change_cipher_spec": Way(ways.in_record_of(CHANGE_CIPHER_SPEC), _as_change_cipher_spec, Place.has_header),
    "around_change_cipher_spec": Way(
        ways.in_two(ways.plain_record(CHANGE_CIPHER_SPEC, b"\x01")),
        unexpected_record(CHANGE_CIPHER_SPEC, INSIDE),
        Place.has_header,
    ),
    "around_application_data": Way(
        ways.in_two(ways.record(APPLICATION_DATA, b"data")),
        unexpected_record(APPLICATION_DATA, INSIDE),
        Place.has_header,
    ),
    "in_the_clear": Way(ways.in_the_clear, _in_the_clear, Place.is_sealed),
    "spoiled": Way(ways.spoiled, lambda _place: bad_mac(), Place.is_sealed),
}
