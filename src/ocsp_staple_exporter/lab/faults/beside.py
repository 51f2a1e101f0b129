"""Ways to send something else before a message, or in its place: once, or without an end."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.lab.faults import ways
from ocsp_staple_exporter.lab.faults.fault import READ, Ending
from ocsp_staple_exporter.lab.faults.misbehaving import Misbehaving
from ocsp_staple_exporter.lab.faults.misformed import unexpected_record
from ocsp_staple_exporter.lab.faults.places import Place
from ocsp_staple_exporter.lab.faults.way import (
    Way,
    anywhere,
    bad_mac,
    closed,
    malformed,
    misplaced,
    read,
    refused,
    too_much,
    unexpected,
    waits,
)
from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.tls.alerts import Alert, AlertLevel
from ocsp_staple_exporter.tls.protection import LONGEST_TLS12_FRAGMENT
from ocsp_staple_exporter.tls.records import ContentType
from ocsp_staple_exporter.tls.wire import HandshakeType, vector

WARNING = ways.alert(AlertLevel.WARNING, Alert.UNRECOGNIZED_NAME)
CANCELED = ways.alert(AlertLevel.WARNING, Alert.USER_CANCELED)
CLOSE_NOTIFY = ways.alert(AlertLevel.WARNING, Alert.CLOSE_NOTIFY)
INTERNAL_ERROR = ways.alert(AlertLevel.FATAL, Alert.INTERNAL_ERROR)
CHANGE_CIPHER_SPEC = ways.plain_record(ContentType.CHANGE_CIPHER_SPEC, b"\x01")
TICKET = ways.message(HandshakeType.NEW_SESSION_TICKET, bytes(4) + vector(2, bytes(32)))
KEY_UPDATE = ways.message(HandshakeType.KEY_UPDATE, b"\x00")
ENCRYPTED_EXTENSIONS = ways.message(HandshakeType.ENCRYPTED_EXTENSIONS, vector(2, b""))
SERVER_HELLO_DONE = ways.message(HandshakeType.SERVER_HELLO_DONE, b"")
HELLO_REQUEST = ways.record(ContentType.HANDSHAKE, bytes(4))
"""It is in no transcript (RFC 5246 §7.4.1.1)."""


def echo(flights: Misbehaving, _message_type: HandshakeType, _body: bytes) -> None:
    """What the client said."""
    flights.records.send(ContentType.HANDSHAKE, flights.hello.raw)


def _of_http(place: Place) -> Ending:
    if place.progress == "before ServerHello":
        return Ending(ProbeFailure.NOT_TLS, "the server speaks HTTP")
    return malformed(f", {place.progress}")


def _warned(place: Place) -> Ending:
    """RFC 8446 §6: TLS 1.3 has no warnings."""
    return refused(f"unrecognized_name (112) {place.progress}") if place.agreed_tls13 else READ


def _warned_for_ever(place: Place) -> Ending:
    return _warned(place) if place.agreed_tls13 else _idle(place)


def _idle(place: Place) -> Ending:
    return too_much(f"records that bring the handshake no further, {place.progress}")


def _change_of_ciphers(place: Place) -> Ending:
    """RFC 8446 §5 drops it, in RFC 5246 §7.1 it is a message."""
    if place.is_tls13 or place.at == "ServerHello":
        return READ
    return bad_mac() if place.is_sealed() else misplaced("ChangeCipherSpec")(place)


def _changes_of_ciphers(place: Place) -> Ending:
    return _idle(place) if _change_of_ciphers(place) is READ else _change_of_ciphers(place)


def _hello_request(place: Place) -> Ending:
    return misplaced("HelloRequest")(place) if place.agreed_tls13 else READ


def _hello_requests(place: Place) -> Ending:
    return misplaced("HelloRequest")(place) if place.agreed_tls13 else too_much("no further")


def _repeated(place: Place) -> Ending:
    return READ if place.next is None else unexpected(f"sent {place.at} where {place.next.due} was due")


LEAVING: Mapping[str, Way] = {
    "replaced_by_end": Way(ways.closed, lambda place: closed(f"closed {place.progress}")),
    "replaced_by_silence": Way(ways.silent, waits),
    "replaced_by_close_notify": Way(
        ways.in_turn(CLOSE_NOTIFY, ways.closed), lambda place: closed(f"closed {place.progress}")
    ),
    "replaced_by_alert": Way(
        ways.in_turn(INTERNAL_ERROR, ways.closed), lambda place: refused(f"internal_error (80) {place.progress}")
    ),
    "broken_off": Way(
        ways.in_two(ways.closed),
        lambda place: closed(f"closed {place.progress} in the middle of a message"),
        Place.has_header,
    ),
    "never_ending": Way(ways.in_two(ways.silent), waits, Place.has_header),
}

INTRUDERS: Mapping[str, Way] = {
    "after_empty_record": Way(
        ways.before(ways.empty_record(ContentType.HANDSHAKE)),
        lambda place: unexpected(f"an empty handshake record {place.progress}"),
    ),
    "after_empty_alert": Way(
        ways.before(ways.empty_record(ContentType.ALERT)),
        lambda place: malformed(f"an alert of 0 bytes {place.progress}"),
    ),
    "after_application_data": Way(
        ways.before(ways.record(ContentType.APPLICATION_DATA, b"data")),
        unexpected_record(ContentType.APPLICATION_DATA),
    ),
    "after_long_record": Way(
        ways.before(ways.plain_record(ContentType.APPLICATION_DATA, bytes(LONGEST_TLS12_FRAGMENT + 1))),
        anywhere(too_much(f"a record of {LONGEST_TLS12_FRAGMENT + 1} bytes")),
    ),
    "after_http": Way(ways.before(ways.raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")), _of_http),
    "after_ticket": Way(ways.before(TICKET), misplaced("NewSessionTicket")),
    "after_echo": Way(ways.before(echo), misplaced("ClientHello")),
    "after_key_update": Way(ways.before(KEY_UPDATE), misplaced("KeyUpdate")),
    "after_encrypted_extensions": Way(
        ways.before(ENCRYPTED_EXTENSIONS),
        misplaced("EncryptedExtensions"),
        lambda place: place.due != "EncryptedExtensions",
    ),
    "after_server_hello_done": Way(
        ways.before(SERVER_HELLO_DONE), misplaced("ServerHelloDone"), lambda place: place.due != "ServerHelloDone"
    ),
    "after_hello_request": Way(ways.before(HELLO_REQUEST), _hello_request),
    "after_change_cipher_spec": Way(ways.before(CHANGE_CIPHER_SPEC), _change_of_ciphers),
    "after_warning": Way(ways.before(WARNING), _warned),
    "after_canceled": Way(ways.before(CANCELED), read),
}

ENDLESS: Mapping[str, Way] = {
    "endless_warnings": Way(ways.endless(WARNING), _warned_for_ever),
    "endless_canceled": Way(ways.endless(CANCELED), _idle),
    "endless_change_cipher_specs": Way(ways.endless(CHANGE_CIPHER_SPEC), _changes_of_ciphers),
    "endless_empty_records": Way(
        ways.endless(ways.empty_record(ContentType.HANDSHAKE)),
        lambda place: unexpected(f"an empty handshake record {place.progress}"),
    ),
    "endless_tickets": Way(ways.endless(TICKET), misplaced("NewSessionTicket")),
    "endless_hello_requests": Way(ways.endless(HELLO_REQUEST), _hello_requests),
    "endless_repetition": Way(ways.endless(ways.as_it_is), _repeated),
}
"""Without a word of the client; it has to leave by itself."""
