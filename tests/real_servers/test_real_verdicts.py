"""What the exporter says of nginx and Apache in the states that administrators get them into."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab import apache, nginx
from ocsp_staple_exporter.lab.keys import KeyType
from ocsp_staple_exporter.lab.nginx import FetchedStaple, StapleFile
from ocsp_staple_exporter.lab.process import reserved_port
from ocsp_staple_exporter.lab.responder import Responder, Signed
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import CertStatus, Module, Observation, Reason, TLSVersion
from tests.real_servers.conftest import PKI
from tests.real_servers.exporter_reader import errors, observe, verdict, warnings
from tests.tls_versions import MODERN

pytestmark = pytest.mark.real_server

NAME = "www.example"
HANDSHAKES = 100


@pytest.fixture
def module(pki: PKI) -> Module:
    return Module(trust_anchors=(pki.root.der,), staple_retries=0)


def is_sound(seen: Observation) -> bool:
    return (
        verdict(seen).verified
        and verdict(seen).cert_status is CertStatus.GOOD
        and not errors(seen)
        and not warnings(seen)
        and seen.chain.verified is True
    )


@pytest.mark.usefixtures("needs_nginx")
@pytest.mark.parametrize("tls_version", MODERN)
@pytest.mark.parametrize("key_type", ["rsa", "ecdsa"])
async def test_nginx_is_not_stapled_while_cold_and_sound_once_warm(
    key_type: KeyType, tls_version: TLSVersion, pki: PKI, responder: Responder, module: Module, tmp_path: Path
) -> None:
    leaf = pki.leaf(NAME, responder.url, key_type=key_type)
    responder.answer(leaf, pki.issuer, Signed(signer=pki.issuer.issue_responder()))
    host = nginx.VirtualHost(server_name=NAME, identities=(leaf,), stapling=FetchedStaple(pki.trusted))
    module = replace(module, tls_versions=(tls_version,))

    with nginx.nginx([host], tmp_path) as server:
        cold = await observe(server.port, NAME, module)
        await responder.received(1)
        for _ in range(HANDSHAKES):
            warm = await observe(server.port, NAME, module)
            if warm.handshake.staple is not None:
                break

    assert cold.staple_expected
    assert (errors(cold), warnings(cold)) == (set(), {Reason.NO_STAPLE})
    assert is_sound(warm), (warm.assessment, warm.chain)
    assert (warm.handshake.tls_version, warm.certificate.key_type) == (tls_version, key_type)


@pytest.mark.usefixtures("needs_nginx")
async def test_nginx_without_the_issuer_never_staples_where_a_staple_is_due(
    pki: PKI, responder: Responder, module: Module, tmp_path: Path
) -> None:
    leaf = pki.leaf(NAME, responder.url)
    alone = replace(leaf, chain=leaf.chain[:1])
    host = nginx.VirtualHost(server_name=NAME, identities=(alone,), stapling=FetchedStaple())

    with nginx.nginx([host], tmp_path) as server:
        seen = [await observe(server.port, NAME, module) for _ in range(3)]
        assert "issuer certificate not found" in server.log()

    for one in seen:
        assert (errors(one), warnings(one)) == (set(), {Reason.NO_STAPLE})
        assert one.chain.verified is False


@pytest.mark.usefixtures("needs_nginx")
@pytest.mark.parametrize(
    ("flaw", "reason"),
    [
        ("expired", Reason.EXPIRED),
        ("revoked", Reason.REVOKED),
        ("certid_serial_mismatch", Reason.CERTID_SERIAL_MISMATCH),
        ("signature_invalid", Reason.SIGNATURE_INVALID),
        ("status_try_later", Reason.STATUS_TRY_LATER),
    ],
)
async def test_a_bad_staple_file_of_nginx_is_told_by_its_reason(
    flaw: str, reason: Reason, pki: PKI, module: Module, tmp_path: Path
) -> None:
    leaf = pki.leaf(NAME, "http://ocsp.example/")
    der = staple(leaf, pki.issuer, now=datetime.now(UTC), flaw=flaw)
    host = nginx.VirtualHost(server_name=NAME, identities=(leaf,), stapling=StapleFile(der))

    with nginx.nginx([host], tmp_path) as server:
        seen = await observe(server.port, NAME, module)

    assert errors(seen) == {reason}


@pytest.mark.usefixtures("needs_nginx")
async def test_the_issuer_may_come_from_a_file_where_nginx_does_not_send_it(
    pki: PKI, module: Module, tmp_path: Path
) -> None:
    leaf = pki.leaf(NAME, "http://ocsp.example/")
    alone = replace(leaf, chain=leaf.chain[:1])
    der = staple(leaf, pki.issuer, now=datetime.now(UTC))
    host = nginx.VirtualHost(server_name=NAME, identities=(alone,), stapling=StapleFile(der))

    with nginx.nginx([host], tmp_path) as server:
        without = await observe(server.port, NAME, module)
        with_file = await observe(server.port, NAME, replace(module, issuers=(pki.issuer.der,)))

    assert errors(without) == {Reason.ISSUER_UNAVAILABLE}
    assert verdict(without).cert_status is None
    assert errors(with_file) == set()
    assert verdict(with_file).cert_status is CertStatus.GOOD


@pytest.mark.usefixtures("needs_apache")
@pytest.mark.parametrize("tls_version", MODERN)
@pytest.mark.parametrize("key_type", ["rsa", "ecdsa"])
async def test_apache_is_sound_from_the_first_connection(
    key_type: KeyType, tls_version: TLSVersion, pki: PKI, responder: Responder, module: Module, tmp_path: Path
) -> None:
    leaf = pki.leaf(NAME, responder.url, key_type=key_type)
    responder.answer(leaf, pki.issuer, Signed(signer=pki.issuer.issue_responder()))
    module = replace(module, tls_versions=(tls_version,))

    with apache.apache([apache.VirtualHost(server_name=NAME, identities=(leaf,))], tmp_path) as server:
        seen = await observe(server.port, NAME, module)

    assert is_sound(seen), (seen.assessment, seen.chain)
    assert (seen.handshake.tls_version, seen.certificate.key_type) == (tls_version, key_type)


@pytest.mark.usefixtures("needs_apache")
async def test_apache_without_the_issuer_never_staples_where_a_staple_is_due(
    pki: PKI, responder: Responder, module: Module, tmp_path: Path
) -> None:
    leaf = pki.leaf(NAME, responder.url)
    alone = replace(leaf, chain=leaf.chain[:1])

    with apache.apache([apache.VirtualHost(server_name=NAME, identities=(alone,))], tmp_path) as server:
        seen = await observe(server.port, NAME, module)
        assert "AH02217" in server.log()

    assert seen.staple_expected
    assert (errors(seen), warnings(seen)) == (set(), {Reason.NO_STAPLE})


@pytest.mark.usefixtures("needs_apache")
async def test_the_error_that_apache_makes_up_is_told_from_a_missing_staple(
    pki: PKI, module: Module, tmp_path: Path
) -> None:
    with reserved_port() as closed_port:
        leaf = pki.leaf(NAME, f"http://127.0.0.1:{closed_port}/")
        with apache.apache([apache.VirtualHost(server_name=NAME, identities=(leaf,))], tmp_path) as server:
            seen = await observe(server.port, NAME, module)

    assert errors(seen) == {Reason.STATUS_TRY_LATER}
    assert verdict(seen).cert_status is None


@pytest.mark.usefixtures("needs_nginx", "needs_apache")
async def test_neither_server_logs_a_fault_of_our_handshake(
    pki: PKI, responder: Responder, module: Module, tmp_path: Path
) -> None:
    leaf = pki.leaf(NAME, responder.url)
    responder.answer(leaf, pki.issuer)
    (tmp_path / "nginx").mkdir()
    (tmp_path / "apache").mkdir()
    stapling = nginx.VirtualHost(server_name=NAME, identities=(leaf,), stapling=FetchedStaple(pki.trusted))
    with (
        nginx.nginx([stapling], tmp_path / "nginx") as one,
        apache.apache([apache.VirtualHost(server_name=NAME, identities=(leaf,))], tmp_path / "apache") as other,
    ):
        for version in MODERN:
            for server in (one, other):
                await observe(server.port, NAME, replace(module, tls_versions=(version,)))
    # What they write when a client breaks off: nginx "SSL_do_handshake() failed", Apache AH02008.
    for server in (one, other):
        faults = [line for line in server.log().splitlines() if "SSL_" in line or "AH02008" in line or "alert" in line]
        assert faults == []
