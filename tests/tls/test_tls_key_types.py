"""What is asked for by the kind of key: of a server with several certificates, each of them."""

from __future__ import annotations

import pytest

from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_server import ServerHandshake
from ocsp_staple_exporter.model import HandshakeError, KeyType, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.signatures import SIGNATURE_SCHEMES
from tests.tls.tls_faults import V12, V13
from tests.tls.tls_lab import converse, credential
from tests.tls_versions import MODERN

KINDS = {KeyType.RSA: "rsa", KeyType.ECDSA: "p256", KeyType.ED25519: "ed25519", KeyType.ED448: "ed448"}
ML_DSA = {KeyType.ML_DSA_44: "mldsa44", KeyType.ML_DSA_65: "mldsa65", KeyType.ML_DSA_87: "mldsa87"}


@pytest.mark.parametrize("key_type", KINDS)
@pytest.mark.parametrize("version", MODERN)
def test_a_leaf_of_the_kind_that_is_asked_for_is_read(version: TLSVersion, key_type: KeyType) -> None:
    shown = credential(KINDS[key_type])
    client = ClientHandshake("leaf.test", frozenset({version}), key_type)
    assert converse(client, ServerHandshake(lambda _: shown)).leaf == shown.chain[0]


@pytest.mark.parametrize("key_type", ML_DSA)
def test_ml_dsa_signs_in_tls13_only(key_type: KeyType) -> None:
    """draft-ietf-tls-mldsa §3."""
    shown = credential(ML_DSA[key_type])
    handshake = converse(ClientHandshake("leaf.test", key_type=key_type), ServerHandshake(lambda _: shown))
    assert (handshake.leaf, handshake.signature_scheme) == (shown.chain[0], ML_DSA[key_type])
    with pytest.raises(HandshakeError, match=r"handshake_failure \(40\)"):
        converse(ClientHandshake("leaf.test", frozenset({V12})), ServerHandshake(lambda _: shown))


@pytest.mark.parametrize(("asked", "had"), [(KeyType.RSA, "p256"), (KeyType.ECDSA, "rsa"), (KeyType.ECDSA, "ed25519")])
@pytest.mark.parametrize("version", MODERN)
def test_a_server_without_a_leaf_of_that_kind_refuses(version: TLSVersion, asked: KeyType, had: str) -> None:
    client = ClientHandshake("leaf.test", frozenset({version}), asked)
    with pytest.raises(HandshakeError, match=r"handshake_failure \(40\)"):
        converse(client, ServerHandshake(lambda _: credential(had)))


@pytest.mark.parametrize("version", MODERN)
def test_a_server_that_signs_with_another_kind_of_key_is_told_so(version: TLSVersion) -> None:
    """One that does not look at signature_algorithms; both kinds share the suites of TLS 1.2."""
    scheme = SIGNATURE_SCHEMES[0x0807]
    overrides = {
        "certificate_verify": lambda self: TLS13Flights.sign(self, scheme, bytes(130)),
        "signature": lambda self, content: TLS12Flights.sign(self, scheme, content),
    }
    tls13: type[TLS13Flights] = type("OtherTLS13", (TLS13Flights,), overrides)
    tls12: type[TLS12Flights] = type("OtherTLS12", (TLS12Flights,), overrides)
    server = ServerHandshake(lambda _: credential("ed25519"), tls13=tls13, tls12=tls12)
    with pytest.raises(HandshakeError, match="0x0807, which was not offered") as caught:
        converse(ClientHandshake("leaf.test", frozenset({version}), KeyType.ECDSA), server)
    assert caught.value.reason is ProbeFailure.ILLEGAL_PARAMETER


def test_the_rest_of_the_chain_may_be_signed_with_any_scheme() -> None:
    """RFC 8446 §4.2.3: signature_algorithms_cert frees the chain from what the leaf's key is asked for."""
    every_scheme = b"".join(code.to_bytes(2) for code in SIGNATURE_SCHEMES)
    content = len(every_scheme).to_bytes(2) + every_scheme
    for versions in ({V12}, {V13}, {V12, V13}):
        hello = ClientHandshake(None, frozenset(versions), KeyType.RSA).receive(b"")
        assert b"\x00\x32" + len(content).to_bytes(2) + content in hello
