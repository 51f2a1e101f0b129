"""However the bytes are cut and joined, the handshake is the same; where RFC 8446 §5.1 forbids it, it fails."""

from __future__ import annotations

import pytest

from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_server import ServerHandshake, Terms
from ocsp_staple_exporter.model import HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.groups import SECP256R1
from ocsp_staple_exporter.tls.records import ContentType
from ocsp_staple_exporter.tls.wire import HandshakeType, handshake_message
from tests.tls.tls_lab import Deliver, byte_by_byte, converse, credential, whole
from tests.tls_versions import MODERN

TERMS = {
    "plain": Terms(),
    "retry": Terms(groups=(SECP256R1,)),
    "client certificate": Terms(request_client_certificate=True),
}


def in_pairs(client: ClientHandshake, flight: bytes) -> bytes:
    return b"".join(client.receive(flight[at : at + 2]) for at in range(0, len(flight), 2))


@pytest.mark.parametrize("deliver", [byte_by_byte, in_pairs])
@pytest.mark.parametrize("terms", TERMS.values(), ids=TERMS.keys())
@pytest.mark.parametrize("version", MODERN)
def test_reads_of_any_size_give_the_same_handshake(version: TLSVersion, terms: Terms, deliver: Deliver) -> None:
    shown = credential("p256")
    versions = frozenset({version})
    expected = converse(ClientHandshake("leaf.test", versions), ServerHandshake(lambda _: shown, terms), whole)
    read = converse(ClientHandshake("leaf.test", versions), ServerHandshake(lambda _: shown, terms), deliver)
    assert read == expected
    assert read.staples == (shown.staple, None)


class JoinedTLS13(TLS13Flights):
    """Everything under the handshake key in one record."""

    held = b""

    def send(self, message_type: HandshakeType, body: bytes) -> None:
        if message_type == HandshakeType.SERVER_HELLO:
            super().send(message_type, body)
            return
        message = handshake_message(message_type, body)
        self.transcript.update(message)
        self.held += message
        if message_type == HandshakeType.FINISHED:
            self.records.send(ContentType.HANDSHAKE, self.held)


class JoinedTLS12(TLS12Flights):
    """The first flight in one record."""

    held = b""

    def send(self, message_type: HandshakeType, body: bytes) -> None:
        message = handshake_message(message_type, body)
        self.transcript.update(message)
        self.held += message
        if message_type in (HandshakeType.SERVER_HELLO_DONE, HandshakeType.FINISHED):
            self.records.send(ContentType.HANDSHAKE, self.held)
            self.held = b""


class ScatteredTLS13(TLS13Flights):
    """Every byte in a record of its own."""

    def send(self, message_type: HandshakeType, body: bytes) -> None:
        scatter(self, handshake_message(message_type, body))


class ScatteredTLS12(TLS12Flights):
    def send(self, message_type: HandshakeType, body: bytes) -> None:
        scatter(self, handshake_message(message_type, body))


def scatter(flights: TLS13Flights | TLS12Flights, message: bytes) -> None:
    flights.transcript.update(message)
    for at in range(len(message)):
        flights.records.send(ContentType.HANDSHAKE, message[at : at + 1])


@pytest.mark.parametrize("version", MODERN)
@pytest.mark.parametrize(("tls13", "tls12"), [(JoinedTLS13, JoinedTLS12), (ScatteredTLS13, ScatteredTLS12)])
def test_messages_may_share_records_and_be_cut_across_them(
    version: TLSVersion, tls13: type[TLS13Flights], tls12: type[TLS12Flights]
) -> None:
    shown = credential("p256")
    server = ServerHandshake(lambda _: shown, tls13=tls13, tls12=tls12)
    handshake = converse(ClientHandshake("leaf.test", frozenset({version})), server)
    assert (handshake.chain, handshake.staple) == (shown.chain, shown.staple)


class StraddlingTLS13(TLS13Flights):
    """A plain message behind ServerHello in its record, where the key changes."""

    def send(self, message_type: HandshakeType, body: bytes) -> None:
        if message_type != HandshakeType.SERVER_HELLO:
            super().send(message_type, body)
            return
        message = handshake_message(message_type, body)
        self.transcript.update(message)
        extra = handshake_message(HandshakeType.ENCRYPTED_EXTENSIONS, b"\x00\x00")
        self.records.send(ContentType.HANDSHAKE, message + extra)


def test_a_message_may_not_straddle_a_change_of_keys() -> None:
    server = ServerHandshake(lambda _: credential("p256"), tls13=StraddlingTLS13)
    with pytest.raises(HandshakeError) as caught:
        converse(ClientHandshake("leaf.test"), server)
    assert caught.value.reason is ProbeFailure.UNEXPECTED_MESSAGE
    assert "where the key changes" in caught.value.detail


@pytest.mark.parametrize("version", MODERN)
def test_what_follows_the_handshake_is_ignored(version: TLSVersion) -> None:
    client = ClientHandshake("leaf.test", frozenset({version}))
    handshake = converse(client, ServerHandshake(lambda _: credential("p256")))
    assert client.receive(b"\x17\x03\x03\x00\x10" + bytes(16)) == b""
    client.receive_eof()
    assert client.handshake is handshake
