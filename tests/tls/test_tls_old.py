"""TLS 1.0 and 1.1, and the suites that are only seen: what is verified, what is not, and how we leave."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_server import ServerHandshake, Terms
from ocsp_staple_exporter.model import Conclusion, Handshake, HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.leafkey import leaf_key
from ocsp_staple_exporter.tls.records import ContentType
from ocsp_staple_exporter.tls.signatures import SIGNATURE_SCHEMES
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES, CipherSuite
from ocsp_staple_exporter.tls.wire import HandshakeType
from tests.tls.tls_faults import V12, V13, Overrides, appended, edited, read, reason
from tests.tls.tls_lab import Deliver, byte_by_byte, converse, credential, whole
from tests.tls_versions import OLD

RSA, ECDSA = credential("rsa"), credential("p256")
RSA_PKCS1_SHA1, RSA_PKCS1_SHA256 = 0x0201, 0x0401
UNSEALED = [suite for suite in CIPHER_SUITES.values() if suite.sealing is None]
SEEN = [
    pytest.param(suite, version, id=f"{suite.name}-{version.value}")
    for suite in UNSEALED
    for version in TLSVersion
    if version in suite.versions
]


def terms_of(suite: CipherSuite, version: TLSVersion) -> Terms:
    return Terms(versions=frozenset({version}), cipher_suites=(suite,))


@pytest.mark.parametrize("deliver", [whole, byte_by_byte])
@pytest.mark.parametrize(("suite", "version"), SEEN)
def test_every_suite_without_an_aead_is_seen(suite: CipherSuite, version: TLSVersion, deliver: Deliver) -> None:
    shown = ECDSA if "ECDSA" in suite.name else RSA
    server = ServerHandshake(lambda _: shown, terms_of(suite, version))
    seen = converse(ClientHandshake("leaf.test"), server, deliver)
    assert (seen.tls_version, seen.cipher_suite) == (version, suite.name)
    assert (seen.chain, seen.staple) == (shown.chain, shown.staple)
    assert (seen.conclusion, seen.finished) == (Conclusion.SEEN_ONLY, False)
    assert seen.key_proven is ("TLS_RSA_" not in suite.name)


@pytest.mark.parametrize("version", OLD)
def test_an_old_version_is_spoken_only_where_it_is_offered(version: TLSVersion) -> None:
    terms = Terms(versions=frozenset({version}))
    assert read(version, {}, terms, RSA).tls_version is version
    hello = ClientHandshake("leaf.test", frozenset({V12, V13})).receive(b"")
    with pytest.raises(HandshakeError, match="no version that is left"):
        ServerHandshake(lambda _: RSA, terms).receive(hello)


@pytest.mark.parametrize("version", OLD)
def test_the_newest_version_of_the_server_is_the_one_that_is_read(version: TLSVersion) -> None:
    for newer in TLSVersion:
        terms = Terms(versions=frozenset({version, newer}))
        expected = max(version, newer, key=lambda each: each.value)
        assert read(None, {}, terms, RSA).tls_version is expected


@pytest.mark.parametrize(("version", "number"), [(OLD[0], b"\x03\x01"), (OLD[1], b"\x03\x02")])
def test_we_leave_with_alerts_in_records_of_that_version(version: TLSVersion, number: bytes) -> None:
    client = ClientHandshake("leaf.test")
    server = ServerHandshake(lambda _: RSA, Terms(versions=frozenset({version})))
    farewell = client.receive(server.receive(client.receive(b"")))
    user_canceled, close_notify = (b"\x15" + number + b"\x00\x02\x01" + bytes([alert]) for alert in (90, 0))
    assert farewell == user_canceled + close_notify
    with pytest.raises(HandshakeError, match=r"closed after .*warning user_canceled \(90\)"):
        server.receive(farewell)


# ---------------------------------------------------------------- proofs


def over_something_else(self: TLS12Flights, content: bytes) -> bytes:
    return TLS12Flights.signature(self, content + b"!")


@pytest.mark.parametrize("shown", [RSA, ECDSA], ids=["rsa", "ecdsa"])
@pytest.mark.parametrize("version", OLD)
def test_a_signature_over_something_else_is_invalid(version: TLSVersion, shown: object) -> None:
    forged: Overrides = {"signature": over_something_else}
    assert reason(version, forged, shown=shown) is ProbeFailure.SIGNATURE_INVALID


@pytest.mark.parametrize("version", OLD)
def test_half_of_the_two_hashes_is_no_signature(version: TLSVersion) -> None:
    """RFC 4346 §7.4.3: MD5 and SHA-1, and neither alone nor with a DigestInfo."""
    for code in (RSA_PKCS1_SHA1, RSA_PKCS1_SHA256):

        def sign(self: TLS12Flights, content: bytes, code: int = code) -> bytes:
            return self.sign(SIGNATURE_SCHEMES[code], content)[2:]

        assert reason(version, {"signature": sign}, shown=RSA) is ProbeFailure.SIGNATURE_INVALID


@pytest.mark.parametrize("version", OLD)
def test_a_chain_that_is_not_the_servers_own_is_no_proof(version: TLSVersion) -> None:
    assert reason(version, {}, shown=replace(ECDSA, chain=ECDSA.chain[1:])) is ProbeFailure.SIGNATURE_INVALID
    foreign = replace(ECDSA, chain=RSA.chain)
    assert reason(version, {}, shown=foreign) is ProbeFailure.ILLEGAL_PARAMETER


def test_the_key_of_a_leaf_cannot_be_changed_on_the_way() -> None:
    """The rest of such a flight can, even the rest of the leaf: no Finished vouches for it."""
    shown, terms = replace(RSA, chain=RSA.chain[:1]), Terms(versions=frozenset(OLD))
    flight_length = len(ServerHandshake(lambda _: shown, terms).receive(ClientHandshake("leaf.test").receive(b"")))
    for at in range(0, flight_length, 2):
        client = ClientHandshake("leaf.test")
        flight = bytearray(ServerHandshake(lambda _: shown, terms).receive(client.receive(b"")))
        flight[at] ^= 1 << random.Random(at).randrange(8)  # noqa: S311
        try:
            client.receive(bytes(flight))
            client.receive_eof()
        except HandshakeError:
            assert client.handshake is None
        else:
            assert leaf_key(client.result().leaf).public == shown.key.public_key()
            assert client.result().conclusion is Conclusion.SEEN_ONLY


# ---------------------------------------------------------------- downgrades, RFC 8446 §4.1.3


@pytest.mark.parametrize("version", OLD)
@pytest.mark.parametrize("sentinel", [b"DOWNGRD\x00", b"DOWNGRD\x01"])
def test_a_server_that_would_have_had_a_later_version_was_deceived(version: TLSVersion, sentinel: bytes) -> None:
    told: Overrides = {"server_random": lambda _self: bytes(24) + sentinel}
    terms = Terms(versions=frozenset({version}))
    assert reason(None, told, terms=terms, shown=RSA) is ProbeFailure.DOWNGRADE_DETECTED
    assert read(version, told, terms, RSA).tls_version is version


@pytest.mark.parametrize(("sentinel", "deceived"), [(b"DOWNGRD\x00", True), (b"DOWNGRD\x01", False)])
def test_without_tls13_only_the_older_sentinel_counts(sentinel: bytes, deceived: bool) -> None:  # noqa: FBT001
    tls12: type[TLS12Flights] = type("Told", (TLS12Flights,), {"server_random": lambda _self: bytes(24) + sentinel})
    server = ServerHandshake(lambda _: RSA, Terms(versions=frozenset({OLD[1]})), tls12=tls12)
    client = ClientHandshake("leaf.test", frozenset({OLD[1], V12}))
    if deceived:
        with pytest.raises(HandshakeError) as caught:
            converse(client, server)
        assert caught.value.reason is ProbeFailure.DOWNGRADE_DETECTED
    else:
        assert converse(client, server).tls_version is OLD[1]


# ---------------------------------------------------------------- order and form of messages


@pytest.mark.parametrize("name", ["TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_128_GCM_SHA256"])
def test_static_rsa_has_no_server_key_exchange(name: str) -> None:
    (suite,) = (each for each in CIPHER_SUITES.values() if each.name == name)
    (other,) = (each for each in CIPHER_SUITES.values() if each.code == 0xC02F)
    lied = edited("server_hello", other.code.to_bytes(2) + b"\x00", suite.code.to_bytes(2) + b"\x00", TLS12Flights)
    terms = Terms(cipher_suites=(other,))
    assert reason(V12, lied, terms=terms, shown=RSA) is ProbeFailure.UNEXPECTED_MESSAGE


@pytest.mark.parametrize("version", OLD)
def test_a_suite_of_tls12_is_none_of_an_older_version(version: TLSVersion) -> None:
    sealed = edited("server_hello", b"\xc0\x13\x00", b"\xc0\x2f\x00", TLS12Flights)
    assert reason(version, sealed, shown=RSA) is ProbeFailure.ILLEGAL_PARAMETER


@pytest.mark.parametrize("version", OLD)
def test_a_certificate_request_names_no_algorithms_before_tls12(version: TLSVersion) -> None:
    wants = Terms(request_client_certificate=True)
    assert read(version, {}, wants, RSA).client_certificate_requested
    algorithms = appended("certificate_request", b"\x00\x02\x04\x03", TLS12Flights)
    assert reason(version, algorithms, terms=wants, shown=RSA) is ProbeFailure.MALFORMED_MESSAGE


@pytest.mark.parametrize("version", [*OLD, V12])
def test_a_hello_request_during_the_handshake_is_ignored(version: TLSVersion) -> None:
    """RFC 5246 §7.4.1.1; it is in no transcript either."""
    assert read(version, {"certificate": asking_again(1)}, shown=RSA).leaf == RSA.chain[0]
    assert reason(version, {"certificate": asking_again(33)}, shown=RSA) is ProbeFailure.TOO_MUCH_DATA


def asking_again(times: int) -> object:
    def certificate(self: TLS12Flights) -> bytes:
        for _ in range(times):
            self.records.send(ContentType.HANDSHAKE, b"\x00\x00\x00\x00")
        return TLS12Flights.certificate(self)

    return certificate


class MutatingOld(TLS12Flights):
    """Changes one byte of one message, and signs for what it says."""

    victim = HandshakeType.SERVER_HELLO
    at = 0
    value = 0

    def send(self, message_type: HandshakeType, body: bytes) -> None:
        if message_type is self.victim and body:
            at = self.at % len(body)
            body = body[:at] + bytes([body[at] ^ self.value]) + body[at + 1 :]
        super().send(message_type, body)


@pytest.mark.parametrize("victim", ["SERVER_HELLO", "CERTIFICATE_STATUS", "SERVER_KEY_EXCHANGE", "CERTIFICATE_REQUEST"])
def test_an_evil_old_server_gets_no_other_exception_out_of_us(victim: str) -> None:
    dice = random.Random(victim)  # noqa: S311
    names = ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA")
    suites = [suite for suite in CIPHER_SUITES.values() if suite.name in names]
    for at in range(600):
        mutation = {"victim": HandshakeType[victim], "at": at, "value": dice.randrange(1, 256)}
        tls12: type[TLS12Flights] = type("EvilOld", (MutatingOld,), mutation)
        terms = Terms(
            versions=frozenset({OLD[at % 2]}),
            cipher_suites=(suites[at % 3],),
            request_client_certificate=True,
            status_request_v2=at % 2 == 0,
        )
        client = ClientHandshake("leaf.test")
        try:
            seen: Handshake | None = converse(client, ServerHandshake(lambda _: RSA, terms, tls12=tls12))
        except HandshakeError:
            seen = None
        assert client.handshake == seen
