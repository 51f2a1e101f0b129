"""What the RFCs say about staples, proofs and their order: each rule that a server can break, broken once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.serialization import Encoding

from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_server import Terms
from ocsp_staple_exporter.model import HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls.groups import GROUPS, Group
from ocsp_staple_exporter.tls.keyschedule import Secret
from ocsp_staple_exporter.tls.messages import Extension
from ocsp_staple_exporter.tls.records import ContentType
from ocsp_staple_exporter.tls.signatures import SIGNATURE_SCHEMES
from ocsp_staple_exporter.tls.wire import HandshakeType, extension, vector
from tests.tls.tls_faults import SHOWN, V12, V13, Overrides, connect, constant, edited, read, reason
from tests.tls.tls_lab import credential, issue
from tests.tls_versions import MODERN

# ---------------------------------------------------------------- staples, RFC 6066 §8


@pytest.mark.parametrize(
    "staple",
    [b"", b"garbage", b"\x30\x03\x0a\x01\x03", bytes(20_000)],
    ids=["empty", "garbage", "try_later", "huge"],
)
@pytest.mark.parametrize("version", MODERN)
def test_a_staple_is_read_as_it_is(version: TLSVersion, staple: bytes) -> None:
    assert read(version, {}, shown=replace(SHOWN, staple=staple)).staples == (staple, None)


def test_every_certificate_has_its_own_staple_in_tls13() -> None:
    status = extension(Extension.STATUS_REQUEST, b"\x01" + vector(3, b"second"))
    overrides = {"certificate_extensions": lambda _self, position: status if position == 1 else b""}
    assert read(V13, overrides).staples == (None, b"second")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x02" + vector(3, b"x"), ProbeFailure.UNEXPECTED_STATUS_TYPE),
        (b"\x01" + vector(3, b"x") + b"y", ProbeFailure.MALFORMED_MESSAGE),
        (b"\x01\x00\x00\x09x", ProbeFailure.MALFORMED_MESSAGE),
        (b"", ProbeFailure.MALFORMED_MESSAGE),
    ],
)
@pytest.mark.parametrize("version", MODERN)
def test_a_status_of_another_form_is_refused(version: TLSVersion, content: bytes, expected: ProbeFailure) -> None:
    in_tls13 = constant("certificate_extensions", extension(Extension.STATUS_REQUEST, content))
    assert reason(version, in_tls13 | constant("certificate_status", content)) is expected


def test_an_acknowledged_staple_may_stay_away_in_tls12() -> None:
    def without_status(self: TLS12Flights, message_type: HandshakeType, body: bytes) -> None:
        if message_type is not HandshakeType.CERTIFICATE_STATUS:
            TLS12Flights.send(self, message_type, body)

    assert read(V12, {"send": without_status}).staples == (None, None)


def test_a_staple_that_was_not_acknowledged_is_unexpected_in_tls12() -> None:
    silent = edited("hello_extensions", extension(Extension.STATUS_REQUEST, b""), b"", TLS12Flights)
    assert reason(V12, silent) is ProbeFailure.UNEXPECTED_MESSAGE


# ---------------------------------------------------------------- chain and proof


@pytest.mark.parametrize("version", MODERN)
def test_an_empty_chain_is_no_certificate(version: TLSVersion) -> None:
    assert reason(version, {}, shown=replace(SHOWN, chain=())) is ProbeFailure.NO_CERTIFICATE


@pytest.mark.parametrize("version", MODERN)
def test_a_certificate_of_no_bytes_is_malformed(version: TLSVersion) -> None:
    assert reason(version, {}, shown=replace(SHOWN, chain=(b"",))) is ProbeFailure.MALFORMED_MESSAGE


@pytest.mark.parametrize("version", MODERN)
def test_a_leaf_that_does_not_parse_is_unreadable(version: TLSVersion) -> None:
    assert reason(version, {}, shown=replace(SHOWN, chain=(b"\x30\x00",))) is ProbeFailure.CERTIFICATE_UNREADABLE


@pytest.mark.parametrize("version", MODERN)
def test_a_leaf_whose_key_cannot_sign_is_unreadable(version: TLSVersion) -> None:
    exchange_only = x25519.X25519PrivateKey.generate().public_key()
    leaf = issue("leaf.test", exchange_only).public_bytes(Encoding.DER)
    assert reason(version, {}, shown=replace(SHOWN, chain=(leaf,))) is ProbeFailure.CERTIFICATE_UNREADABLE


@pytest.mark.parametrize("version", MODERN)
def test_a_chain_that_is_not_the_servers_own_is_no_proof(version: TLSVersion) -> None:
    foreign = replace(SHOWN, chain=credential("p256").chain[1:])
    assert reason(version, {}, shown=foreign) is ProbeFailure.SIGNATURE_INVALID


SCHEME_CODES = {scheme.name: code.to_bytes(2) for code, scheme in SIGNATURE_SCHEMES.items()}


@pytest.mark.parametrize("other", ["ed25519", "rsa_pss_rsae_sha256", "rsa_pkcs1_sha256", "ecdsa_secp384r1_sha384"])
def test_a_scheme_that_does_not_fit_is_refused_in_tls13(other: str) -> None:
    lied = edited("certificate_verify", SCHEME_CODES["ecdsa_secp256r1_sha256"], SCHEME_CODES[other])
    assert reason(V13, lied) is ProbeFailure.ILLEGAL_PARAMETER


def test_pkcs1_signs_no_certificate_verify() -> None:
    lied = edited("certificate_verify", SCHEME_CODES["rsa_pss_rsae_sha256"], SCHEME_CODES["rsa_pkcs1_sha256"])
    assert reason(V13, lied, shown=credential("rsa")) is ProbeFailure.ILLEGAL_PARAMETER


def test_a_scheme_that_was_not_offered_is_refused() -> None:
    lied = edited("certificate_verify", SCHEME_CODES["ecdsa_secp256r1_sha256"], b"\x02\x03")
    assert reason(V13, lied) is ProbeFailure.ILLEGAL_PARAMETER


def test_the_kind_of_key_is_that_of_the_suite_in_tls12() -> None:
    lied = edited("server_hello", b"\xc0\x2b\x00", b"\xc0\x2f\x00", TLS12Flights)
    assert reason(V12, lied) is ProbeFailure.ILLEGAL_PARAMETER


@pytest.mark.parametrize("name", ["rsa_pkcs1_sha256", "rsa_pkcs1_sha512"])
def test_pkcs1_signs_a_server_key_exchange(name: str) -> None:
    def sign(self: TLS12Flights, _scheme: object, content: bytes) -> bytes:
        return TLS12Flights.sign(self, SIGNATURE_SCHEMES[int.from_bytes(SCHEME_CODES[name])], content)

    assert read(V12, {"sign": sign}, shown=credential("rsa")).signature_scheme == name


@pytest.mark.parametrize("version", MODERN)
def test_a_signature_over_something_else_is_invalid(version: TLSVersion) -> None:
    def sign(self: TLS13Flights, scheme: Any, content: bytes) -> bytes:
        return TLS13Flights.sign(self, scheme, content + b"!")

    assert reason(version, {"sign": sign}) is ProbeFailure.SIGNATURE_INVALID


@pytest.mark.parametrize("version", MODERN)
def test_a_wrong_finished_is_refused(version: TLSVersion) -> None:
    length = 32 if version is V13 else 12
    assert reason(version, constant("finished", bytes(length))) is ProbeFailure.FINISHED_INVALID
    assert reason(version, constant("finished", b"")) is ProbeFailure.MALFORMED_MESSAGE
    assert reason(version, constant("finished", bytes(length + 1))) is ProbeFailure.MALFORMED_MESSAGE


# ---------------------------------------------------------------- key exchange


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda group: group.name)
@pytest.mark.parametrize(
    "peer", [b"", b"\x04", bytes(32), bytes(56), b"\x04" + bytes(64), b"\x02" + bytes(32), b"\x00"]
)
def test_an_invalid_public_value_is_refused(group: Group, peer: bytes) -> None:
    """RFC 8446 §4.2.8.2 and RFC 7748 §6: points off the curve, and the all-zero secret."""
    with pytest.raises(HandshakeError) as caught:
        group.generate().shared_secret(peer)
    assert caught.value.reason is ProbeFailure.ILLEGAL_PARAMETER


def test_a_group_that_was_not_offered_is_refused_in_tls12() -> None:
    def server_key_exchange(self: TLS12Flights, _group_params: bytes, public: bytes) -> bytes:
        return TLS12Flights.server_key_exchange(self, b"\x03\x00\x1a", public)

    assert reason(V12, {"server_key_exchange": server_key_exchange}) is ProbeFailure.ILLEGAL_PARAMETER


def test_a_curve_without_a_name_is_refused() -> None:
    explicit = edited("server_key_exchange", b"\x03\x00\x1d", b"\x01\x00\x1d", TLS12Flights)
    assert reason(V12, explicit) is ProbeFailure.ILLEGAL_PARAMETER


# ---------------------------------------------------------------- order of messages


def skipping(skipped: HandshakeType, flights: type[TLS13Flights | TLS12Flights]) -> Overrides:
    def send(self: Any, message_type: HandshakeType, body: bytes) -> None:
        if message_type is not skipped:
            flights.send(self, message_type, body)

    return {"send": send}


@pytest.mark.parametrize("skipped", ["ENCRYPTED_EXTENSIONS", "CERTIFICATE", "CERTIFICATE_VERIFY"])
def test_no_message_of_tls13_may_be_left_out(skipped: str) -> None:
    assert reason(V13, skipping(HandshakeType[skipped], TLS13Flights)) is ProbeFailure.UNEXPECTED_MESSAGE


@pytest.mark.parametrize("skipped", ["CERTIFICATE", "SERVER_KEY_EXCHANGE"])
def test_no_message_of_tls12_may_be_left_out(skipped: str) -> None:
    assert reason(V12, skipping(HandshakeType[skipped], TLS12Flights)) is ProbeFailure.UNEXPECTED_MESSAGE


def test_a_resumption_that_nobody_offered_is_unexpected() -> None:
    def resume(self: TLS12Flights, message_type: HandshakeType, body: bytes) -> None:
        TLS12Flights.send(self, message_type, body)
        self.records.send(ContentType.CHANGE_CIPHER_SPEC, b"\x01")

    with pytest.raises(HandshakeError, match="resumes a session") as caught:
        read(V12, {"send": resume})
    assert caught.value.reason is ProbeFailure.UNEXPECTED_MESSAGE


def test_keys_change_only_after_change_cipher_spec() -> None:
    def finished(self: TLS12Flights, _master_secret: bytes) -> bytes:
        self.records._held, self.records._writing = b"", None
        return bytes(12)

    assert reason(V12, {"finished": finished}) is ProbeFailure.UNEXPECTED_MESSAGE


def test_a_certificate_request_has_no_context_and_names_algorithms() -> None:
    wants = Terms(request_client_certificate=True)
    context = edited("certificate_request", b"\x00", b"\x01x")
    assert reason(V13, context, terms=wants) is ProbeFailure.ILLEGAL_PARAMETER
    nothing = constant("certificate_request", b"\x00\x00\x00")
    assert reason(V13, nothing, terms=wants) is ProbeFailure.ILLEGAL_PARAMETER
    assert read(V13, {}, terms=wants).client_certificate_requested


def test_a_resumption_is_unexpected_in_tls13_too() -> None:
    """RFC 8446 §2.2: a server that resumes goes from EncryptedExtensions straight to Finished."""

    def resume(self: TLS13Flights, server_secret: Secret) -> None:
        self.send(HandshakeType.ENCRYPTED_EXTENSIONS, self.encrypted_extensions())
        self.send(HandshakeType.FINISHED, self.finished(server_secret))

    assert reason(V13, {"send_protected": resume}) is ProbeFailure.UNEXPECTED_MESSAGE


@pytest.mark.parametrize("requested", [True, False])
def test_a_close_in_place_of_consent_is_forgiven_only_where_a_certificate_was_wanted(requested: bool) -> None:  # noqa: FBT001
    """TLS 1.2: the server has proved itself, and lacks only a certificate of ours."""
    client, server = connect(V12, Terms(request_client_certificate=requested))
    client.receive(server.receive(client.receive(b"")))
    if requested:
        client.receive_eof()
        assert client.handshake is not None
        assert client.handshake.staple == SHOWN.staple
    else:
        with pytest.raises(HandshakeError, match="closed after ServerHelloDone"):
            client.receive_eof()


@pytest.mark.parametrize(("alert", "forgiven"), [(40, True), (116, True), (51, False), (20, False)])
def test_only_an_alert_about_the_certificate_is_forgiven(alert: int, forgiven: bool) -> None:  # noqa: FBT001
    client, server = connect(V12, Terms(request_client_certificate=True))
    client.receive(server.receive(client.receive(b"")))
    refusal = b"\x15\x03\x03\x00\x02\x02" + bytes([alert])
    if forgiven:
        client.receive(refusal)
        assert client.handshake is not None
    else:
        with pytest.raises(HandshakeError):
            client.receive(refusal)
