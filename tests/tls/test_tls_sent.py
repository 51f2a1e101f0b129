"""What the client says: its hello, its goodbye and its alerts."""

from __future__ import annotations

import pytest

from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_server import ServerHandshake
from ocsp_staple_exporter.model import HandshakeError, TLSVersion
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES
from tests.tls.tls_faults import SHOWN, V12, V13
from tests.tls.tls_lab import converse, whole
from tests.tls_versions import MODERN


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
    overrides = {"finished": lambda _self, *_: bytes(12)}
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
