"""Ways to get a message wrong, whichever message it is."""

from __future__ import annotations

from collections.abc import Callable

from ocsp_staple_exporter.lab.faults.misbehaving import DepartureError, Misbehaving, Play
from ocsp_staple_exporter.tls.alerts import Alert, AlertLevel
from ocsp_staple_exporter.tls.records import ContentType
from ocsp_staple_exporter.tls.wire import HEADER_LENGTH, HandshakeType, handshake_message

CHANGE_CIPHER_SPEC = b"\x01"


def as_it_is(flights: Misbehaving, message_type: HandshakeType, body: bytes) -> None:
    flights.put(message_type, body)


def missing(_flights: Misbehaving, _message_type: HandshakeType, _body: bytes) -> None:
    pass


def late(flights: Misbehaving, message_type: HandshakeType, body: bytes) -> None:
    """After the message that should follow it."""
    flights.hold(message_type, body)


def closed(_flights: Misbehaving, _message_type: HandshakeType, _body: bytes) -> None:
    raise DepartureError(None)


def silent(_flights: Misbehaving, _message_type: HandshakeType, _body: bytes) -> None:
    raise DepartureError(lambda: None)


def edited(edit: Callable[[bytes], bytes]) -> Play:
    """The message with another body; the server's transcript has it so."""

    def play(flights: Misbehaving, message_type: HandshakeType, body: bytes) -> None:
        flights.put(message_type, edit(body))

    return play


def replaced(old: bytes, new: bytes) -> Play:
    """The message with one stretch of it replaced; raises ValueError where it is not there."""

    def edit(body: bytes) -> bytes:
        at = body.index(old)
        return body[:at] + new + body[at + len(old) :]

    return edited(edit)


def recast(edit: Callable[[bytes], bytes]) -> Play:
    """The message with its header in other bytes."""

    def play(flights: Misbehaving, message_type: HandshakeType, body: bytes) -> None:
        flights.records.send(ContentType.HANDSHAKE, edit(handshake_message(message_type, body)))

    return play


def of_length(change: Callable[[int], int]) -> Play:
    """The whole message, in whose header the length is another one."""

    def edit(message: bytes) -> bytes:
        length = int.from_bytes(message[1:HEADER_LENGTH])
        return message[:1] + change(length).to_bytes(3) + message[HEADER_LENGTH:]

    return recast(edit)


def in_record_of(content_type: ContentType) -> Play:
    """The message in a record that says to hold something else."""

    def play(flights: Misbehaving, message_type: HandshakeType, body: bytes) -> None:
        flights.records.send(content_type, handshake_message(message_type, body))

    return play


def in_two(between: Play) -> Play:
    """The message in two records, and something between them."""

    def play(flights: Misbehaving, message_type: HandshakeType, body: bytes) -> None:
        message = handshake_message(message_type, body)
        flights.records.send(ContentType.HANDSHAKE, message[:3])
        between(flights, message_type, body)
        flights.records.send(ContentType.HANDSHAKE, message[3:])

    return play


def in_pieces(flights: Misbehaving, message_type: HandshakeType, body: bytes) -> None:
    """Every byte in a record of its own."""
    message = handshake_message(message_type, body)
    flights.transcript.update(message)
    for byte in message:
        flights.records.send(ContentType.HANDSHAKE, bytes([byte]))


def in_the_clear(flights: Misbehaving, message_type: HandshakeType, body: bytes) -> None:
    """Unprotected, though keys are agreed."""
    flights.records.send_plain(ContentType.HANDSHAKE, handshake_message(message_type, body))


def spoiled(flights: Misbehaving, message_type: HandshakeType, body: bytes) -> None:
    """As it is but for one bit of its record."""
    flights.put(message_type, body)
    flights.records.spoil_last_byte()


def message(message_type: HandshakeType, body: bytes) -> Play:
    """Another message."""
    return lambda flights, _message_type, _body: flights.put(message_type, body)


def alert(level: AlertLevel, description: Alert) -> Play:
    return lambda flights, _message_type, _body: flights.records.send_alert(level, description)


def record(content_type: ContentType, content: bytes) -> Play:
    """A record, protected where keys are agreed."""
    return lambda flights, _message_type, _body: flights.records.send(content_type, content)


def plain_record(content_type: int, content: bytes) -> Play:
    return lambda flights, _message_type, _body: flights.records.send_plain(content_type, content)


def raw(data: bytes) -> Play:
    return lambda flights, _message_type, _body: flights.records.send_raw(data)


def empty_record(content_type: ContentType) -> Play:
    return lambda flights, _message_type, _body: flights.records.send_empty(content_type)


def in_turn(*plays: Play) -> Play:
    """One after the other."""

    def play(flights: Misbehaving, message_type: HandshakeType, body: bytes) -> None:
        for one in plays:
            one(flights, message_type, body)

    return play


def before(*plays: Play) -> Play:
    """Something else, then the message that is due."""
    return in_turn(*plays, as_it_is)


def endless(play: Play) -> Play:
    """The same again and again in place of the message, until the client leaves."""

    def depart(flights: Misbehaving, message_type: HandshakeType, body: bytes) -> None:
        raise DepartureError(lambda: play(flights, message_type, body))

    return depart
