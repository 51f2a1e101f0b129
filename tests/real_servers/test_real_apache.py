from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.apache import VirtualHost, apache
from ocsp_staple_exporter.lab.keys import KeyType
from ocsp_staple_exporter.lab.process import reserved_port
from ocsp_staple_exporter.lab.responder import Responder, Signed, Verbatim
from ocsp_staple_exporter.model import TLSVersion
from tests.real_servers.conftest import PKI, Read
from tests.real_servers.openssl_reader import Reading
from tests.tls_versions import MODERN

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("needs_apache")]

TRY_LATER = bytes.fromhex("30030a0103")


@pytest.mark.parametrize("tls_version", MODERN)
@pytest.mark.parametrize("key_type", ["rsa", "ecdsa"])
async def test_the_first_connection_is_stapled(
    key_type: KeyType, tls_version: TLSVersion, pki: PKI, responder: Responder, read: Read, tmp_path: Path
) -> None:
    leaf = pki.leaf("www.example", responder.url, key_type=key_type)
    responder.answer(leaf, pki.issuer, Signed(signer=pki.issuer.issue_responder()))

    with apache([VirtualHost(server_name="www.example", identities=(leaf,))], tmp_path) as server:
        first = await read("127.0.0.1", server.port, "www.example", tls_version=tls_version)
        second = await read("127.0.0.1", server.port, "www.example", tls_version=tls_version)

    assert first == second == Reading(leaf.chain, responder.sent[0])
    assert [request.method for request in responder.requests] == ["POST"], "the second one comes from the cache"


async def test_two_hosts_on_one_port_have_their_own_staples(
    pki: PKI, responder: Responder, read: Read, tmp_path: Path
) -> None:
    leaves = {name: pki.leaf(name, responder.url) for name in ("one.example", "two.example")}
    for leaf in leaves.values():
        responder.answer(leaf, pki.issuer)
    hosts = [VirtualHost(server_name=name, identities=(leaf,)) for name, leaf in leaves.items()]

    with apache(hosts, tmp_path) as server:
        readings = [await read("127.0.0.1", server.port, name) for name in leaves]

    assert [reading.chain for reading in readings] == [leaf.chain for leaf in leaves.values()]
    assert [reading.staple for reading in readings] == responder.sent


async def test_stapling_can_be_off_for_one_host(pki: PKI, responder: Responder, read: Read, tmp_path: Path) -> None:
    leaf = pki.leaf("www.example", responder.url)
    responder.answer(leaf, pki.issuer)

    with apache([VirtualHost(server_name="www.example", identities=(leaf,), stapling=False)], tmp_path) as server:
        reading = await read("127.0.0.1", server.port, "www.example")

    assert reading == Reading(leaf.chain, None)
    assert responder.requests == []


@pytest.mark.parametrize(
    "flaw",
    [
        "signature_invalid",
        "responder_missing_eku",
        "certid_serial_mismatch",
        "expired",
        "revoked",
        "cert_status_unknown",
        "status_unauthorized",
    ],
)
async def test_apache_staples_whatever_the_responder_signs(
    flaw: str, pki: PKI, responder: Responder, read: Read, tmp_path: Path
) -> None:
    leaf = pki.leaf("www.example", responder.url)
    responder.answer(leaf, pki.issuer, Signed(flaw=flaw))

    with apache([VirtualHost(server_name="www.example", identities=(leaf,))], tmp_path) as server:
        reading = await read("127.0.0.1", server.port, "www.example")

    assert reading.staple == responder.sent[0]


async def test_without_the_issuer_apache_does_not_staple(
    pki: PKI, responder: Responder, read: Read, tmp_path: Path
) -> None:
    leaf = pki.leaf("www.example", responder.url)
    alone = replace(leaf, chain=leaf.chain[:1])
    responder.answer(leaf, pki.issuer)

    with apache([VirtualHost(server_name="www.example", identities=(alone,))], tmp_path) as server:
        readings = [await read("127.0.0.1", server.port, "www.example") for _ in range(2)]
        assert "AH02217" in server.log()

    assert readings == [Reading((leaf.der,), None)] * 2
    assert responder.requests == []


async def test_apache_makes_up_a_try_later_when_the_responder_is_down(pki: PKI, read: Read, tmp_path: Path) -> None:
    with reserved_port() as closed_port:
        leaf = pki.leaf("www.example", f"http://127.0.0.1:{closed_port}/")
        with apache([VirtualHost(server_name="www.example", identities=(leaf,))], tmp_path) as server:
            reading = await read("127.0.0.1", server.port, "www.example")
            assert "AH01974" in server.log()

    assert reading.staple == TRY_LATER


async def test_apache_makes_up_a_try_later_when_a_proxy_answers(
    pki: PKI, responder: Responder, read: Read, tmp_path: Path
) -> None:
    leaf = pki.leaf("www.example", responder.url)
    responder.answer(leaf, pki.issuer, Verbatim(b"<h1>Bad Gateway</h1>", 502, "text/html"))

    with apache([VirtualHost(server_name="www.example", identities=(leaf,))], tmp_path) as server:
        reading = await read("127.0.0.1", server.port, "www.example")
        assert "AH01980" in server.log()

    assert reading.staple == TRY_LATER
