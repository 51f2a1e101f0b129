"""Floods: all that a server can send without an end in the name of one message."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.lab.faults import ways
from ocsp_staple_exporter.lab.faults.beside import KEY_UPDATE, TICKET, WARNING
from ocsp_staple_exporter.lab.faults.fault import READ, Ending, Fault
from ocsp_staple_exporter.lab.faults.flights import TLS11, TLS12, TLS13
from ocsp_staple_exporter.lab.faults.misbehaving import DepartureError, Misbehaving, Play
from ocsp_staple_exporter.lab.faults.way import too_much
from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.tls.protection import LONGEST_PLAINTEXT
from ocsp_staple_exporter.tls.records import LARGEST_FLIGHT, LONGEST_CERTIFICATE, ContentType
from ocsp_staple_exporter.tls.wire import HandshakeType, vector

_TOO_MUCH = too_much(f"more than {LARGEST_FLIGHT} bytes and no end of the handshake")


def followed_by(play: Play) -> Play:
    """The message that is due, then something without an end."""
    return ways.in_turn(ways.as_it_is, ways.endless(play))


def _body_for_ever(length: int, width: int) -> Play:
    """A message of that length that goes on beyond it, in records of `width` zeros."""

    def play(flights: Misbehaving, message_type: HandshakeType, _body: bytes) -> None:
        flights.records.send(ContentType.HANDSHAKE, bytes([message_type]) + length.to_bytes(3))
        raise DepartureError(lambda: flights.records.send(ContentType.HANDSHAKE, bytes(width)))

    return play


def _padding_for_ever(flights: Misbehaving, message_type: HandshakeType, _body: bytes) -> None:
    """A message one byte in a record, each with as much padding as there may be (RFC 8446 §5.4)."""
    flights.records.send(ContentType.HANDSHAKE, bytes([message_type]) + LONGEST_CERTIFICATE.to_bytes(3))
    raise DepartureError(lambda: flights.records.send_padded(ContentType.HANDSHAKE, b"\x00", LONGEST_PLAINTEXT - 1))


def _chain_of(certificate: bytes, *, tls13: bool) -> Play:
    """As many certificates after the leaf as one message holds."""
    entry = vector(3, certificate) + (vector(2, b"") if tls13 else b"")

    def play(flights: Misbehaving, message_type: HandshakeType, _body: bytes) -> None:
        leaf = vector(3, flights.credential.chain[0]) + (vector(2, b"") if tls13 else b"")
        entries = leaf + entry * ((LONGEST_CERTIFICATE - len(leaf) - 16) // len(entry))
        flights.put(message_type, (vector(1, b"") if tls13 else b"") + vector(3, entries))

    return play


_ALL_ZEROS = Ending(ProbeFailure.MALFORMED_MESSAGE, "Certificate")

FLOODS: Mapping[str, Fault] = {
    "tls13:Certificate:endless": Fault(
        TLS13, "Certificate", _body_for_ever(LONGEST_CERTIFICATE, LONGEST_PLAINTEXT), _ALL_ZEROS
    ),
    "tls12:Certificate:endless": Fault(
        TLS12, "Certificate", _body_for_ever(LONGEST_CERTIFICATE, LONGEST_PLAINTEXT), _ALL_ZEROS
    ),
    "tls11:Certificate:endless": Fault(
        TLS11, "Certificate", _body_for_ever(LONGEST_CERTIFICATE, LONGEST_PLAINTEXT), _ALL_ZEROS
    ),
    "tls13:Certificate:endless_in_small_records": Fault(
        TLS13, "Certificate", _body_for_ever(LONGEST_CERTIFICATE, 1), _TOO_MUCH
    ),
    "tls13:Certificate:endless_chain": Fault(
        TLS13, "Certificate", _chain_of(b"x", tls13=True), too_much("more than 100 certificates")
    ),
    "tls12:Certificate:endless_chain": Fault(
        TLS12, "Certificate", _chain_of(b"x", tls13=False), too_much("more than 100 certificates")
    ),
    "tls13:Certificate:endless_padding": Fault(TLS13, "Certificate", _padding_for_ever, _TOO_MUCH),
    # The handshake is read by then, and the client leaves.
    "tls13:Finished:then_endless_tickets": Fault(TLS13, "Finished", followed_by(TICKET), READ),
    "tls12:Finished:then_endless_tickets": Fault(TLS12, "Finished", followed_by(TICKET), READ),
    "tls13:Finished:then_endless_key_updates": Fault(TLS13, "Finished", followed_by(KEY_UPDATE), READ),
    "tls12:Finished:then_endless_warnings": Fault(TLS12, "Finished", followed_by(WARNING), READ),
    "tls11:ServerHelloDone:then_endless_warnings": Fault(TLS11, "ServerHelloDone", followed_by(WARNING), READ),
}
