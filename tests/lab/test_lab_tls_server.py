"""The lab's TLS server, as OpenSSL, Python's ssl and our own client see it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, PrivateKey, RefusedError, ServerHandshake, Terms
from ocsp_staple_exporter.model import Handshake, HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.alerts import Alert
from ocsp_staple_exporter.tls.groups import SECP256R1
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES, CipherSuite
from tests.tls_versions import MODERN

V12, V13 = TLSVersion.TLS_1_2, TLSVersion.TLS_1_3
OPTIONS = {V12: "-tls1_2", V13: "-tls1_3"}
SSL_VERSIONS = {V12: ssl.TLSVersion.TLSv1_2, V13: ssl.TLSVersion.TLSv1_3}
KEYS: dict[str, Callable[[], PrivateKey]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


@cache
def credential(kind: str, common_name: str = "leaf.test") -> Credential:
    """A self-signed leaf, which has signed its own staple."""
    key = KEYS[kind]()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC).replace(microsecond=0)
    hour = timedelta(hours=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now - hour, now + hour)
    leaf = builder.sign(key, None if kind == "ed25519" else hashes.SHA256())
    response = ocsp.OCSPResponseBuilder().responder_id(ocsp.OCSPResponderEncoding.HASH, leaf)
    response = response.add_response(leaf, leaf, hashes.SHA256(), ocsp.OCSPCertStatus.GOOD, now, now + hour, None, None)
    staple = response.sign(key, None if kind == "ed25519" else hashes.SHA256())
    return Credential((leaf.public_bytes(Encoding.DER),), key, staple.public_bytes(Encoding.DER))


async def s_client(port: int, *options: str) -> tuple[int, str]:
    """Exit status and output of `openssl s_client`, with whatever it says on standard error."""
    process = await asyncio.create_subprocess_exec(
        *("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-status", *options),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode("utf-8", "replace")


def accept(shown: Credential, terms: Terms | None = None) -> Callable[[], ServerHandshake]:
    return lambda: ServerHandshake(lambda _: shown, terms or Terms())


def read(shown: Credential, version: TLSVersion, terms: Terms | None = None) -> Handshake:
    """What our own client reads."""
    client, server = ClientHandshake("leaf.test", frozenset({version})), accept(shown, terms)()
    to_server = client.receive(b"")
    while client.handshake is None:
        to_server = client.receive(server.receive(to_server))
    server.receive(to_server)
    assert server.complete
    assert server.closed
    return client.handshake


# ---------------------------------------------------------------- OpenSSL


@pytest.mark.parametrize("version", MODERN)
@pytest.mark.parametrize("kind", KEYS)
async def test_s_client_reads_the_staple_and_is_content(kind: str, version: TLSVersion) -> None:
    async with serve(accept(credential(kind))) as port:
        status, output = await s_client(port, OPTIONS[version])
    assert status == 0
    assert "OCSP Response Status: successful (0x0)" in output
    assert "Cert Status: good" in output
    assert f"New, {'TLSv1.3' if version is V13 else 'TLSv1.2'}, Cipher is" in output


@pytest.mark.parametrize("version", MODERN)
async def test_s_client_reads_that_there_is_no_staple(version: TLSVersion) -> None:
    shown = Credential(credential("ecdsa").chain, credential("ecdsa").key, None)
    async with serve(accept(shown)) as port:
        status, output = await s_client(port, OPTIONS[version])
    assert status == 0
    assert "OCSP response: no response sent" in output


SEALED = [suite for suite in CIPHER_SUITES.values() if suite.sealing is not None]


@pytest.mark.parametrize("suite", SEALED, ids=lambda suite: suite.name)
async def test_s_client_agrees_to_every_suite_that_is_completed(suite: CipherSuite) -> None:
    shown = credential("rsa" if "_RSA_" in suite.name else "ecdsa")
    (version,) = suite.versions
    async with serve(accept(shown, Terms(cipher_suites=(suite,)))) as port:
        status, output = await s_client(port, OPTIONS[version])
    assert status == 0, output


@pytest.mark.parametrize(
    ("terms", "version"),
    [
        (Terms(groups=(SECP256R1,)), V13),
        (Terms(cookie=b"biscuit"), V13),
        (Terms(groups=(SECP256R1,), cookie=b"biscuit"), V13),
        (Terms(request_client_certificate=True), V13),
        (Terms(groups=(SECP256R1,)), V12),
        (Terms(request_client_certificate=True), V12),
        (Terms(extended_master_secret=False), V12),
    ],
)
async def test_s_client_follows_every_term(terms: Terms, version: TLSVersion) -> None:
    async with serve(accept(credential("ecdsa"), terms)) as port:
        status, output = await s_client(port, OPTIONS[version])
    assert status == 0, output
    assert "Cert Status: good" in output


async def test_s_client_sees_the_alert_of_a_refusal() -> None:
    def refuse(_: str | None) -> Credential:
        raise RefusedError(Alert.UNRECOGNIZED_NAME)

    async with serve(lambda: ServerHandshake(refuse)) as port:
        status, output = await s_client(port)
    assert status == 1
    assert "unrecognized name" in output


# ---------------------------------------------------------------- Python's ssl


@pytest.mark.parametrize("version", MODERN)
async def test_pythons_ssl_verifies_the_chain_and_closes_in_order(version: TLSVersion) -> None:
    def converse(port: int) -> tuple[str | None, bytes, bytes | None]:
        context = ssl.create_default_context(cadata=credential("rsa").chain[0])
        context.check_hostname = False
        context.minimum_version = context.maximum_version = SSL_VERSIONS[version]
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
            context.wrap_socket(connection, server_hostname="leaf.test") as secured,
        ):
            secured.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return secured.version(), secured.recv(100), secured.getpeercert(binary_form=True)

    async with serve(accept(credential("rsa"))) as port:
        name, answer, leaf = await asyncio.to_thread(converse, port)
    assert name == ("TLSv1.3" if version is V13 else "TLSv1.2")
    assert answer == b""
    assert leaf == credential("rsa").chain[0]


# ---------------------------------------------------------------- our own client


@pytest.mark.parametrize(
    "staple",
    [None, b"", b"garbage", bytes(60_000), credential("rsa").staple],
    ids=["none", "empty", "garbage", "huge", "foreign"],
)
@pytest.mark.parametrize("version", MODERN)
@pytest.mark.parametrize("kind", KEYS)
def test_any_bytes_can_be_stapled(kind: str, version: TLSVersion, staple: bytes | None) -> None:
    shown = Credential(credential(kind).chain, credential(kind).key, staple)
    assert read(shown, version).staple == staple


@pytest.mark.parametrize("version", MODERN)
def test_any_chain_can_be_sent(version: TLSVersion) -> None:
    shown = credential("ecdsa")
    chain = (*shown.chain, b"no certificate", credential("rsa").chain[0])
    assert read(Credential(chain, shown.key, shown.staple), version).chain == chain


@pytest.mark.parametrize("version", MODERN)
def test_a_client_certificate_can_be_requested(version: TLSVersion) -> None:
    shown = credential("ecdsa")
    assert read(shown, version, Terms(request_client_certificate=True)).client_certificate_requested
    assert not read(shown, version).client_certificate_requested


def test_the_credential_is_chosen_by_server_name() -> None:
    hosts = {
        "a.test": credential("ecdsa", "a.test"),
        "b.test": credential("rsa", "b.test"),
        None: credential("ed25519"),
    }
    for name, shown in hosts.items():
        client, server = ClientHandshake(name), ServerHandshake(lambda asked: hosts[asked])
        client.receive(server.receive(client.receive(b"")))
        assert client.handshake is not None
        assert client.handshake.chain == shown.chain


def test_a_client_and_a_server_without_a_common_version_part_with_an_alert() -> None:
    client, server = (
        ClientHandshake(None, frozenset({V12})),
        accept(credential("rsa"), Terms(versions=frozenset({V13})))(),
    )
    hello = client.receive(b"")
    with pytest.raises(HandshakeError):
        server.receive(hello)
    with pytest.raises(HandshakeError, match=r"protocol_version \(70\)"):
        client.receive(server.parting_alert)


def test_any_step_can_be_replaced() -> None:
    class WithoutProof(TLS13Flights):
        def certificate_verify(self) -> bytes:
            return b"\x08\x07" + b"\x00\x01x"

    client = ClientHandshake(None, frozenset({V13}))
    server = ServerHandshake(lambda _: credential("ed25519"), tls13=WithoutProof)
    flight = server.receive(client.receive(b""))
    with pytest.raises(HandshakeError) as caught:
        client.receive(flight)
    assert caught.value.reason is ProbeFailure.SIGNATURE_INVALID


# ---------------------------------------------------------------- the listener


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_a_connection_that_says_nothing_is_dropped_in_time() -> None:
    async with serve(accept(credential("rsa")), longest_connection=0.01) as port, connected(port) as (reader, _):
        assert await reader.read() == b""


async def test_open_connections_are_dropped_when_the_listener_stops() -> None:
    async with AsyncExitStack() as stack:
        async with serve(accept(credential("rsa"))) as port:
            reader, _ = await stack.enter_async_context(connected(port))
            # A whole handshake on another connection: by now the first one has been accepted.
            await s_client(port)
        assert await reader.read() == b""


async def test_garbage_is_answered_with_an_end() -> None:
    async with serve(accept(credential("rsa"))) as port, connected(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await reader.read() == b""
