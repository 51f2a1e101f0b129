"""`check` on servers whose handshake is only seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from click.testing import Result

from ocsp_staple_exporter.lab.keys import generate_key
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake, Terms
from ocsp_staple_exporter.model import TLSVersion
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES, CipherSuite
from tests.check.hosts_to_check import authority, opened, run

STATIC_RSA = next(suite for suite in CIPHER_SUITES.values() if suite.name == "TLS_RSA_WITH_AES_128_CBC_SHA")
TLS_1_1 = frozenset({TLSVersion.TLS_1_1})


@contextmanager
def server(terms: Terms) -> Iterator[str]:
    """One with an RSA leaf and a good staple; yields the host to check."""
    leaf = authority().issue_leaf("www.example", key=generate_key("rsa"), ocsp_urls=["http://ocsp.example/"])
    credential = Credential(leaf.chain, leaf.key, staple(leaf, authority(), now=datetime.now(UTC)))
    with opened(lambda: serve(lambda: ServerHandshake(lambda _name: credential, terms))) as port:
        yield f"127.0.0.1:{port}"


def check(host: str, *arguments: str) -> Result:
    return run(host, "--server-name", "www.example", "--no-http", *arguments)


@pytest.mark.usefixtures("plain_environment")
def test_a_good_staple_of_an_old_server_is_good_and_its_handshake_not_finished() -> None:
    with server(Terms(versions=TLS_1_1)) as host:
        done = check(host)
    assert done.exit_code == 0, done.stdout
    agreed = "TLS 1.1, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, x25519, rsa_pkcs1_md5_sha1; Finished not seen"
    assert agreed in " ".join(done.stdout.split())


@pytest.mark.usefixtures("plain_environment")
@pytest.mark.parametrize(("suites", "is_proven"), [((STATIC_RSA,), False), (tuple(CIPHER_SUITES.values()), True)])
def test_the_first_lines_tell_where_the_server_has_not_proven_that_it_holds_the_key(
    suites: tuple[CipherSuite, ...], *, is_proven: bool
) -> None:
    with server(Terms(versions=TLS_1_1, cipher_suites=suites)) as host:
        headline, below, *_ = check(host).stdout.split("\n\n")
    assert headline.startswith("good: ")
    told = "It is not proven that the server holds the certificate's key. With TLS_RSA_WITH_AES_128_CBC_SHA nothing is"
    assert (told in " ".join(below.split())) is not is_proven


@pytest.mark.usefixtures("plain_environment")
def test_json_tells_what_was_proven() -> None:
    with server(Terms(versions=TLS_1_1, cipher_suites=(STATIC_RSA,))) as host:
        (one,) = json.loads(check(host, "--json").stdout)["hosts"]
    assert one["handshake"] == {
        "tls_version": "1.1",
        "cipher_suite": "TLS_RSA_WITH_AES_128_CBC_SHA",
        "group": None,
        "signature_scheme": None,
        "client_certificate_requested": False,
        "finished": False,
        "conclusion": "seen_only",
        "key_proven": False,
        "status_acknowledged": True,
    }


@pytest.mark.usefixtures("plain_environment")
def test_only_the_versions_that_are_asked_for_are_offered() -> None:
    with server(Terms(versions=TLS_1_1)) as host:
        assert check(host, "--tls-version", "1.1").exit_code == 0
        refused = check(host, "--tls-version", "1.2")
    assert refused.exit_code == 4
    assert "does not speak TLS 1.2: the server chose TLS 1.1" in " ".join(refused.stdout.split())
