"""A flight that was tampered with never passes, and nothing but a HandshakeError comes of it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_server import ServerHandshake, Terms
from ocsp_staple_exporter.model import Handshake, HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.wire import HandshakeType
from tests.tls.tls_faults import V12, V13, read_to_the_end
from tests.tls.tls_lab import converse, credential
from tests.tls_versions import MODERN

LEAF_ONLY = replace(credential("p256"), chain=credential("p256").chain[:1])
WANTS_CERTIFICATE = Terms(request_client_certificate=True)


def connect(version: TLSVersion, terms: Terms) -> tuple[ClientHandshake, ServerHandshake]:
    client = ClientHandshake("leaf.test", frozenset({version}))
    return client, ServerHandshake(lambda _: LEAF_ONLY, terms)


@pytest.mark.parametrize("terms", [Terms(), WANTS_CERTIFICATE], ids=["plain", "client certificate"])
@pytest.mark.parametrize("version", MODERN)
def test_no_byte_of_a_flight_can_be_changed_unnoticed(version: TLSVersion, terms: Terms) -> None:
    flight_length = len(first_flight(version, terms))
    genuine = converse(*connect(version, terms))
    for at in range(flight_length):
        client, server = connect(version, terms)
        bit = 1 << random.Random(at).randrange(8)  # noqa: S311

        def deliver(client: ClientHandshake, flight: bytes, at: int = at, bit: int = bit) -> bytes:
            if client.handshake is None and len(flight) > at:
                flight = flight[:at] + bytes([flight[at] ^ bit]) + flight[at + 1 :]
            return client.receive(flight)

        try:
            read: Handshake | None = converse(client, server, deliver)
        except HandshakeError:
            assert client.handshake is None
        else:
            assert read == genuine


def first_flight(version: TLSVersion, terms: Terms) -> bytes:
    client, server = connect(version, terms)
    return server.receive(client.receive(b""))


@pytest.mark.parametrize("version", MODERN)
def test_no_flight_can_be_cut_short_unnoticed(version: TLSVersion) -> None:
    flight_length = len(first_flight(version, Terms()))
    for end in range(flight_length - 80):  # a signature of ECDSA varies by some bytes
        client, server = connect(version, Terms())
        flight = server.receive(client.receive(b""))
        client.receive(flight[:end])
        with pytest.raises(HandshakeError) as caught:
            client.receive_eof()
        assert caught.value.reason is ProbeFailure.CONNECTION_CLOSED


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(MODERN), st.integers(0, 700), st.integers(0, 60), st.binary(max_size=60))
def test_no_stretch_of_a_flight_can_be_replaced_unnoticed(
    version: TLSVersion, at: int, length: int, put: bytes
) -> None:
    client, server = connect(version, Terms())
    flight = server.receive(client.receive(b""))
    tampered = flight[:at] + put + flight[at + length :]
    try:
        client.receive(tampered)
        client.receive_eof()
    except HandshakeError:
        assert client.handshake is None
    else:
        assert (client.handshake.chain, client.handshake.staple) == (LEAF_ONLY.chain, LEAF_ONLY.staple)  # type: ignore[union-attr]


class Mutating:
    """Changes one message and goes on with a transcript that agrees, as an evil server would."""

    victim = HandshakeType.SERVER_HELLO
    at = 0
    value = 0

    def mutate(self, message_type: HandshakeType, body: bytes) -> bytes:
        if message_type is not self.victim or not body:
            return body
        at = self.at % len(body)
        return body[:at] + bytes([body[at] ^ self.value]) + body[at + 1 :]


class MutatingTLS13(Mutating, TLS13Flights):
    def send(self, message_type: HandshakeType, body: bytes) -> None:
        super().send(message_type, self.mutate(message_type, body))


class MutatingTLS12(Mutating, TLS12Flights):
    def send(self, message_type: HandshakeType, body: bytes) -> None:
        super().send(message_type, self.mutate(message_type, body))


SENT = {
    V13: ("SERVER_HELLO", "ENCRYPTED_EXTENSIONS", "CERTIFICATE_REQUEST", "CERTIFICATE", "CERTIFICATE_VERIFY"),
    V12: ("SERVER_HELLO", "CERTIFICATE", "CERTIFICATE_STATUS", "SERVER_KEY_EXCHANGE", "CERTIFICATE_REQUEST"),
}


@pytest.mark.parametrize(("version", "victim"), [(version, name) for version in SENT for name in SENT[version]])
def test_an_evil_server_gets_no_other_exception_out_of_us(version: TLSVersion, victim: str) -> None:
    dice = random.Random(victim)  # noqa: S311
    for at in range(1100):
        mutation = {"victim": HandshakeType[victim], "at": at, "value": dice.randrange(1, 256)}
        tls13: type[TLS13Flights] = type("EvilTLS13", (MutatingTLS13,), mutation)
        tls12: type[TLS12Flights] = type("EvilTLS12", (MutatingTLS12,), mutation)
        server = ServerHandshake(lambda _: LEAF_ONLY, WANTS_CERTIFICATE, tls13=tls13, tls12=tls12)
        client = ClientHandshake("leaf.test", frozenset({version}))
        try:
            converse(client, server)
        except HandshakeError:
            assert client.handshake is None


@settings(max_examples=300)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\x16\x03\x03", b"\x15\x03\x01\x00\x02", b"\x16\x03\x03\x00\x40\x02"]),
)
def test_garbage_is_an_error_and_nothing_else(garbage: bytes, beginning: bytes) -> None:
    client = ClientHandshake("leaf.test")
    with pytest.raises(HandshakeError) as caught:
        read_to_the_end(client, (bytes([byte]) for byte in beginning + garbage))
    with pytest.raises(HandshakeError) as again:
        client.receive(b"more")
    assert again.value is caught.value
