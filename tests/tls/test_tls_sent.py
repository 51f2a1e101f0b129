"""What the client says: its hello, its goodbye and its alerts."""

from __future__ import annotations

import pytest

from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_hello import parse_client_hello
from ocsp_staple_exporter.lab.tls_server import ServerHandshake
from ocsp_staple_exporter.model import HandshakeError, TLSVersion
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.messages import Extension
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES
from ocsp_staple_exporter.tls.wire import Message
from tests.tls.tls_faults import SHOWN, V12, V13
from tests.tls.tls_lab import converse, whole
from tests.tls_versions import MODERN, OLD


def hello_of(server_name: str | None, *versions: TLSVersion) -> bytes:
    return ClientHandshake(server_name, frozenset(versions)).receive(b"")


def test_the_server_name_is_sent_without_its_dot_or_not_at_all() -> None:
    assert b"\x00\x00\x00\x0e\x00\x0c\x00\x00\x09leaf.test" in hello_of("leaf.test.", V13)
    assert b"leaf.test" not in hello_of(None, V13)


def test_a_staple_is_always_asked_for() -> None:
    for versions in ([V12], [V13], [V12, V13]):
        assert b"\x00\x05\x00\x05\x01\x00\x00\x00\x00" in hello_of("leaf.test", *versions)


def test_a_hello_offers_only_suites_of_its_versions() -> None:
    def offered(*versions: TLSVersion) -> set[TLSVersion]:
        hello = hello_of(None, *versions)
        known = [suite for suite in CIPHER_SUITES.values() if suite.sealing is not None]
        return {version for suite in known if suite.code.to_bytes(2) in hello[44:110] for version in suite.versions}

    assert offered(V12) == {V12}
    assert offered(V13) == {V13}
    assert offered(V12, V13) == {V12, V13}


@pytest.mark.parametrize("version", TLSVersion)
@pytest.mark.parametrize("length", [1, 9, 60, 120, 180, 200])
def test_no_hello_has_a_length_that_load_balancers_do_not_answer(length: int, version: TLSVersion) -> None:
    """RFC 7685 §1: those of 256 to 511 bytes; one that is padded has 512, or a few more."""
    name = ".".join(["a" * 9] * 20)[:length].rstrip(".")
    for versions in ([version], list(TLSVersion), [V12, V13]):
        hello = hello_of(name, *versions)
        assert len(hello) - 5 not in range(256, 512)
        assert len(hello) < 5 + 600
        assert name.encode() in hello


def test_a_padded_hello_parses_to_its_end() -> None:
    hello = hello_of("leaf.test", *TLSVersion)
    assert len(hello) == 5 + 512
    parsed = parse_client_hello(Message(hello[5], hello[5:]))
    assert set(parsed.extensions[Extension.PADDING]) == {0}


@pytest.mark.parametrize("versions", [[V12], OLD, [OLD[0]], [V12, V13], list(TLSVersion)])
def test_no_hello_ends_with_an_empty_extension(versions: list[TLSVersion]) -> None:
    """Some servers refuse such a hello."""
    hello = hello_of("leaf.test", *versions)
    parsed = parse_client_hello(Message(hello[5], hello[5:]))
    assert list(parsed.extensions.values())[-1] != b""


def test_signature_algorithms_are_not_offered_to_what_does_not_know_them() -> None:
    """RFC 5246 §7.4.1.4.1; SHA-1 only where TLS 1.2 is offered, ML-DSA only where TLS 1.3 is."""

    def schemes(*versions: TLSVersion) -> tuple[int, ...]:
        hello = hello_of("leaf.test", *versions)
        return parse_client_hello(Message(hello[5], hello[5:])).signature_schemes

    sha1, ml_dsa = {0x0201, 0x0203}, {0x0904, 0x0905, 0x0906}
    assert schemes(*OLD) == ()
    assert (sha1 | ml_dsa) & set(schemes(V12)) == sha1
    assert (sha1 | ml_dsa) & set(schemes(V13)) == ml_dsa
    assert sha1 | ml_dsa <= set(schemes(*TLSVersion))


def test_what_is_completed_is_offered_before_what_is_only_seen() -> None:
    """And neither RC4, nor export strength, nor without authentication or encryption."""
    hello = hello_of("leaf.test", *TLSVersion)
    offered = parse_client_hello(Message(hello[5], hello[5:])).cipher_suites
    sealed = [CIPHER_SUITES[code].sealing is not None for code in offered]
    assert sealed == sorted(sealed, reverse=True)
    assert [CIPHER_SUITES[code].name for code in offered[:5]] == [
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    ]
    assert not [suite.name for suite in CIPHER_SUITES.values() if "NULL" in suite.name or "anon" in suite.name]


def test_no_two_hellos_are_alike() -> None:
    assert hello_of("leaf.test", V12) != hello_of("leaf.test", V12)


@pytest.mark.parametrize("version", MODERN)
def test_the_server_gets_a_finished_and_a_close_notify_at_once(version: TLSVersion) -> None:
    client = ClientHandshake("leaf.test", frozenset({version}))
    server = ServerHandshake(lambda _: SHOWN)
    last = client.receive(b"")
    while client.handshake is None:
        last = whole(client, server.receive(last))
    server.receive(last)
    assert server.complete
    assert server.closed


@pytest.mark.parametrize("version", MODERN)
def test_an_error_leaves_the_alert_that_the_rfc_asks_for(version: TLSVersion) -> None:
    """RFC 8446 §4.4.4: decrypt_error (51), here under the keys that were agreed."""
    overrides = {"finished": lambda _self, *_: bytes(32 if version is V13 else 12)}
    tls13: type[TLS13Flights] = type("OtherTLS13", (TLS13Flights,), overrides)
    tls12: type[TLS12Flights] = type("OtherTLS12", (TLS12Flights,), overrides)
    server = ServerHandshake(lambda _: SHOWN, tls13=tls13, tls12=tls12)
    client = ClientHandshake("leaf.test", frozenset({version}))
    with pytest.raises(HandshakeError):
        converse(client, server)
    if version is V13:
        with pytest.raises(HandshakeError, match=r"decrypt_error \(51\)"):
            server.receive(client.parting_alert)
    else:
        assert server.complete
        assert len(client.parting_alert) == 5 + 8 + 2 + 16


def test_no_alert_is_owed_to_one_that_speaks_no_tls() -> None:
    client = ClientHandshake("leaf.test")
    with pytest.raises(HandshakeError):
        client.receive(b"HTTP/1.0 400 Bad Request\r\n")
    assert client.parting_alert == b""
