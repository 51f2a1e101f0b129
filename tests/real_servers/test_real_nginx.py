from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.keys import KeyType
from ocsp_staple_exporter.lab.nginx import FetchedStaple, StapleFile, VirtualHost, nginx
from ocsp_staple_exporter.lab.process import Server, ServerFailedError
from ocsp_staple_exporter.lab.responder import Responder, Signed
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import TLSVersion
from tests.real_servers.conftest import PKI, Read
from tests.real_servers.openssl_reader import Reading, read_with_openssl
from tests.tls_versions import MODERN

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("needs_nginx")]

HANDSHAKES = 100
"""Bound of every wait that consists of handshakes; each takes about 10 ms."""


async def read_until_stapled(read: Read, server: Server, server_name: str) -> Reading:
    for _ in range(HANDSHAKES):
        reading = await read("127.0.0.1", server.port, server_name)
        if reading.staple is not None:
            return reading
    raise AssertionError(server.log())


async def read_until_logged(read: Read, server: Server, server_name: str, line: str) -> None:
    """Handshake until nginx has said why it does not staple; none of the handshakes has a staple."""
    for _ in range(HANDSHAKES):
        assert (await read("127.0.0.1", server.port, server_name)).staple is None
        if line in server.log():
            return
    raise AssertionError(server.log())


@pytest.mark.parametrize("tls_version", MODERN)
@pytest.mark.parametrize("key_type", ["rsa", "ecdsa"])
async def test_the_first_connection_has_no_staple_and_later_ones_have(
    key_type: KeyType, tls_version: TLSVersion, pki: PKI, responder: Responder, read: Read, tmp_path: Path
) -> None:
    leaf = pki.leaf("www.example", responder.url, key_type=key_type)
    responder.answer(leaf, pki.issuer, Signed(signer=pki.issuer.issue_responder()))
    host = VirtualHost(server_name="www.example", identities=(leaf,), stapling=FetchedStaple(pki.trusted))

    with nginx([host], tmp_path) as server:
        cold = await read("127.0.0.1", server.port, "www.example", tls_version=tls_version)
        await responder.received(1)
        warm = await read_until_stapled(read, server, "www.example")
        again = await read("127.0.0.1", server.port, "www.example", tls_version=tls_version)

    assert cold == Reading(leaf.chain, None)
    assert again == warm == Reading(leaf.chain, responder.sent[0])
    assert [request.method for request in responder.requests] == ["GET"]


async def test_two_hosts_on_one_port_have_their_own_staples(
    pki: PKI, responder: Responder, read: Read, tmp_path: Path
) -> None:
    leaves = [pki.leaf(name, responder.url) for name in ("one.example", "two.example")]
    hosts = [
        VirtualHost(server_name=name, identities=(leaf,), stapling=FetchedStaple(pki.trusted))
        for name, leaf in zip(("one.example", "two.example"), leaves, strict=True)
    ]
    for leaf in leaves:
        responder.answer(leaf, pki.issuer)

    with nginx(hosts, tmp_path) as server:
        one = await read_until_stapled(read, server, "one.example")
        two = await read_until_stapled(read, server, "two.example")

    assert (one.chain, two.chain) == (leaves[0].chain, leaves[1].chain)
    assert (one.staple, two.staple) == tuple(responder.sent)


@pytest.mark.parametrize(
    ("flaw", "line"),
    [
        ("signature_invalid", "signature failure"),
        ("responder_missing_eku", "missing ocspsigning usage"),
        ("certid_serial_mismatch", "certificate status not found in the OCSP response"),
        ("expired", "status expired"),
        ("revoked", 'certificate status "revoked" in the OCSP response'),
        ("status_try_later", "OCSP response not successful (3: trylater)"),
        ("malformed:html", "d2i_OCSP_RESPONSE() failed"),
    ],
)
async def test_a_response_that_nginx_refuses_is_never_stapled(
    flaw: str, line: str, pki: PKI, responder: Responder, read: Read, tmp_path: Path
) -> None:
    leaf = pki.leaf("www.example", responder.url)
    responder.answer(leaf, pki.issuer, Signed(flaw=flaw))
    host = VirtualHost(server_name="www.example", identities=(leaf,), stapling=FetchedStaple(pki.trusted))

    with nginx([host], tmp_path) as server:
        await read_until_logged(read, server, "www.example", line)
        after = await read("127.0.0.1", server.port, "www.example")

    assert after.staple is None


async def test_without_the_issuer_nginx_gives_up_stapling(
    pki: PKI, responder: Responder, read: Read, tmp_path: Path
) -> None:
    leaf = pki.leaf("www.example", responder.url)
    alone = replace(leaf, chain=leaf.chain[:1])
    responder.answer(leaf, pki.issuer)
    host = VirtualHost(server_name="www.example", identities=(alone,), stapling=FetchedStaple())

    with nginx([host], tmp_path) as server:
        readings = [await read("127.0.0.1", server.port, "www.example") for _ in range(3)]
        assert "issuer certificate not found for certificate" in server.log()

    assert readings == [Reading((leaf.der,), None)] * 3
    assert responder.requests == []


@pytest.mark.parametrize("tls_version", MODERN)
@pytest.mark.parametrize(
    "flaw", [None, "expired", "revoked", "status_try_later", "signature_invalid", "certid_serial_mismatch"]
)
async def test_a_staple_file_is_served_verbatim_from_the_first_connection(
    flaw: str | None, tls_version: TLSVersion, pki: PKI, responder: Responder, read: Read, tmp_path: Path
) -> None:
    leaf = pki.leaf("www.example", responder.url)
    der = staple(leaf, pki.issuer, now=datetime.now(UTC), flaw=flaw)
    host = VirtualHost(server_name="www.example", identities=(leaf,), stapling=StapleFile(der))

    with nginx([host], tmp_path) as server:
        reading = await read("127.0.0.1", server.port, "www.example", tls_version=tls_version)

    assert reading == Reading(leaf.chain, der)
    assert responder.requests == []


def test_nginx_does_not_start_with_a_file_that_is_no_staple(pki: PKI, tmp_path: Path) -> None:
    leaf = pki.leaf("www.example")
    host = VirtualHost(server_name="www.example", identities=(leaf,), stapling=StapleFile(b"no staple"))

    with pytest.raises(ServerFailedError, match="d2i_OCSP_RESPONSE_bio"), nginx([host], tmp_path):
        pass


@pytest.mark.parametrize(("signatures", "key_type"), [("RSA-PSS+SHA256", "rsa"), ("ECDSA+SHA256", "ecdsa")])
async def test_one_staple_file_goes_out_for_both_certificates(
    signatures: str, key_type: KeyType, pki: PKI, tmp_path: Path
) -> None:
    leaves = {one: pki.leaf("www.example", key_type=one) for one in pki.keys}
    der = staple(leaves["ecdsa"], pki.issuer, now=datetime.now(UTC))
    host = VirtualHost(server_name="www.example", identities=tuple(leaves.values()), stapling=StapleFile(der))

    with nginx([host], tmp_path) as server:
        reading = await read_with_openssl("127.0.0.1", server.port, "www.example", signatures=signatures)

    assert reading == Reading(leaves[key_type].chain, der)
