"""What the record layer refuses and what it lets pass (RFC 8446 §5)."""

from __future__ import annotations

import pytest

from ocsp_staple_exporter.lab.tls_flights import Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_server import ServerHandshake
from ocsp_staple_exporter.model import HandshakeError, ProbeFailure
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.keyschedule import Secret, tls12_keys, tls13_protection
from ocsp_staple_exporter.tls.protection import Protection
from ocsp_staple_exporter.tls.records import ContentType, RecordLayer
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES, CipherSuite
from ocsp_staple_exporter.tls.wire import HandshakeType, handshake_message
from tests.tls.tls_faults import SHOWN, V13, failure
from tests.tls.tls_lab import converse


def test_an_empty_handshake_record_is_refused() -> None:
    assert failure(b"\x16\x03\x03\x00\x00").reason is ProbeFailure.UNEXPECTED_MESSAGE


def test_a_record_before_server_hello_is_tls_but_out_of_turn() -> None:
    error = failure(b"\x17\x03\x03\x00\x01x")
    assert error.reason is ProbeFailure.UNEXPECTED_MESSAGE
    assert error.detail == "a record of application_data (23) before ServerHello"


def test_a_record_of_a_type_that_tls_has_not_is_no_tls() -> None:
    assert failure(b"\x18\x03\x03\x00\x01x").reason is ProbeFailure.NOT_TLS
    assert failure(b"\x17\x00\x03\x00\x01x").reason is ProbeFailure.NOT_TLS


MESSAGE_BEGINS = b"\x16\x03\x03\x00\x02\x02\x00"


def test_no_record_but_an_alert_may_come_inside_a_message() -> None:
    """RFC 8446 §5.1; an alert there ends the connection as anywhere else, and says why."""
    assert failure(MESSAGE_BEGINS + b"\x14\x03\x03\x00\x01\x01").reason is ProbeFailure.UNEXPECTED_MESSAGE
    assert failure(MESSAGE_BEGINS + b"\x17\x03\x03\x00\x01\x01").reason is ProbeFailure.UNEXPECTED_MESSAGE
    assert failure(MESSAGE_BEGINS + b"\x15\x03\x03\x00\x02\x02\x28").reason is ProbeFailure.ALERT_RECEIVED


def test_a_later_record_of_another_major_version_is_refused() -> None:
    assert failure(b"\x15\x03\x01\x00\x02\x01\x70" + b"\x16\x48\x54\x54\x50").reason is ProbeFailure.MALFORMED_MESSAGE


class PlainRecord(TLS13Flights):
    """One more record after the keys were agreed, given by the test."""

    content: bytes = b""
    content_type = ContentType.HANDSHAKE
    protected = True

    def encrypted_extensions(self) -> bytes:
        if self.protected:
            self.records.send(self.content_type, self.content)
        else:
            header = bytes([self.content_type]) + b"\x03\x03" + len(self.content).to_bytes(2)
            self.records._outgoing += header + self.content
        return super().encrypted_extensions()


@pytest.mark.parametrize(
    ("content_type", "content", "protected", "reason"),
    [
        (ContentType.HANDSHAKE, b"\x08\x00\x00\x02\x00\x00", False, ProbeFailure.UNEXPECTED_MESSAGE),
        (ContentType.CHANGE_CIPHER_SPEC, b"\x01", True, ProbeFailure.UNEXPECTED_MESSAGE),
        (ContentType.CHANGE_CIPHER_SPEC, b"\x02", False, ProbeFailure.UNEXPECTED_MESSAGE),
        (ContentType.APPLICATION_DATA, b"early", True, ProbeFailure.UNEXPECTED_MESSAGE),
        (ContentType.APPLICATION_DATA, bytes(40), False, ProbeFailure.BAD_RECORD_MAC),
        (ContentType.APPLICATION_DATA, bytes(3), False, ProbeFailure.BAD_RECORD_MAC),
        (ContentType.ALERT, b"\x01\x70", True, ProbeFailure.ALERT_RECEIVED),
        (ContentType.ALERT, b"\x02\x28", False, ProbeFailure.UNEXPECTED_MESSAGE),
    ],
)
def test_a_stray_record_among_protected_ones_is_refused(
    content_type: ContentType,
    content: bytes,
    protected: bool,  # noqa: FBT001
    reason: ProbeFailure,
) -> None:
    stray = {"content_type": content_type, "content": content, "protected": protected}
    server = ServerHandshake(lambda _: SHOWN, tls13=type("Stray", (PlainRecord,), stray))
    with pytest.raises(HandshakeError) as caught:
        converse(ClientHandshake("leaf.test"), server)
    assert caught.value.reason is reason


def test_a_change_cipher_spec_among_protected_records_is_dropped() -> None:
    stray = {"content_type": ContentType.CHANGE_CIPHER_SPEC, "content": b"\x01", "protected": False}
    server = ServerHandshake(lambda _: SHOWN, tls13=type("Stray", (PlainRecord,), stray))
    assert converse(ClientHandshake("leaf.test"), server).staple == SHOWN.staple


@pytest.mark.parametrize("padding", [1, 300, 16_000])
def test_padding_inside_a_protected_record_is_taken_off(padding: int) -> None:
    class Padded(TLS13Flights):
        def send_protected(self, server_secret: Secret) -> None:
            pad(self, padding)
            super().send_protected(server_secret)

    server = ServerHandshake(lambda _: SHOWN, tls13=Padded)
    assert converse(ClientHandshake("leaf.test"), server).staple == SHOWN.staple


def pad(flights: Flights, zeros: int) -> None:
    """Make every protected record end in zeros (RFC 8446 §5.4)."""
    protection = flights.records._writing
    assert protection is not None
    seal = protection.seal

    def padded(content_type: int, content: bytes) -> tuple[int, bytes]:
        room = min(zeros, (1 << 14) - len(content))
        return seal(0, content + bytes([content_type]) + bytes(room - 1))

    protection.seal = padded  # type: ignore[method-assign]


def test_a_protected_record_of_zeros_is_refused() -> None:
    class Zeros(TLS13Flights):
        def encrypted_extensions(self) -> bytes:
            protection = self.records._writing
            assert protection is not None
            fragment = protection.seal(0, bytes(10))[1]
            self.records._outgoing += b"\x17\x03\x03" + len(fragment).to_bytes(2) + fragment
            return super().encrypted_extensions()

    with pytest.raises(HandshakeError) as caught:
        converse(ClientHandshake("leaf.test"), ServerHandshake(lambda _: SHOWN, tls13=Zeros))
    assert caught.value.reason is ProbeFailure.UNEXPECTED_MESSAGE
    assert "padding" in caught.value.detail


def test_a_message_that_nobody_awaits_is_refused() -> None:
    record = handshake_message(HandshakeType.NEW_SESSION_TICKET, bytes(10))
    error = failure(b"\x16\x03\x03" + len(record).to_bytes(2) + record)
    assert error.reason is ProbeFailure.UNEXPECTED_MESSAGE
    assert error.detail == "the server sent NewSessionTicket where ServerHello was due"


SEALED = [suite for suite in CIPHER_SUITES.values() if suite.sealing is not None]


@pytest.mark.parametrize("suite", SEALED, ids=lambda suite: suite.name)
def test_a_sealed_record_holds_no_more_than_a_plain_one(suite: CipherSuite) -> None:
    """RFC 8446 §5.2 and RFC 5246 §6.2.3: 2^14 bytes, whatever the longer fragment would have room for."""

    def protections() -> Protection:
        assert suite.sealing is not None
        if V13 in suite.versions:
            return tls13_protection(suite.sealing, Secret(suite.sealing.hash_name, bytes(32)))
        return tls12_keys(suite.sealing, bytes(48), bytes(32), bytes(32)).client

    sender, receiver = protections(), protections()
    longest = bytes([1]) * (1 << 14)
    assert receiver.open(*sender.seal(ContentType.HANDSHAKE, longest)) == (ContentType.HANDSHAKE, longest)
    with pytest.raises(HandshakeError) as caught:
        receiver.open(*sender.seal(ContentType.HANDSHAKE, longest + b"!"))
    assert caught.value.reason is ProbeFailure.TOO_MUCH_DATA
    with pytest.raises(HandshakeError) as caught:
        receiver.open(ContentType.APPLICATION_DATA, b"short")
    assert caught.value.reason is ProbeFailure.BAD_RECORD_MAC


def test_a_record_that_looks_like_a_whole_message_is_a_part_of_the_one_that_has_begun() -> None:
    looks_whole = handshake_message(HandshakeType.CERTIFICATE, b"")
    message = handshake_message(HandshakeType.SERVER_HELLO, b"abcd" + looks_whole)
    parts = message[: -len(looks_whole)], looks_whole
    records = RecordLayer()
    records.feed(b"".join(b"\x16\x03\x03" + len(part).to_bytes(2) + part for part in parts))
    taken = records.next_message()
    assert taken is not None
    assert taken.raw == message
    assert records.next_message() is None
