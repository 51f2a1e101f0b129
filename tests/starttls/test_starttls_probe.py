"""Whole probes: a server that speaks as a transcript has it, and then real TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ocsp_staple_exporter.exposition import families_of
from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.certificates import pem
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake
from ocsp_staple_exporter.model import (
    Endpoint,
    Module,
    Observation,
    Phase,
    ProbeError,
    ProbeFailure,
    ProbeResult,
    Proxy,
    ProxyScheme,
    StartTLS,
)
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.starttls import FAREWELLS
from tests.probe.hosts import Behaviour, host
from tests.starttls.transcript import ALL, NAMES, WELL, Transcript

FIRST_OF_EACH = list({transcript.protocol: transcript for transcript in reversed(WELL)}.values())
TO_STARTTLS = [Phase.RESOLVE, Phase.CONNECT, Phase.STARTTLS]


@pytest.fixture(scope="module")
def credential() -> Credential:
    leaf = Authority.root(now=datetime.now(UTC)).issue_leaf(NAMES.server)
    return Credential(leaf.chain, leaf.key, b"a staple")


@asynccontextmanager
async def awaited_host(behave: Behaviour) -> AsyncIterator[int]:
    """A host whose block ends only when it, too, has ended what it does."""
    ended = asyncio.Event()

    async def to_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        finally:
            ended.set()

    async with host(to_the_end) as port:
        yield port
        async with asyncio.timeout(5):
            await ended.wait()


@pytest.fixture
def openssl(credential: Credential, tmp_path: Path) -> ssl.SSLContext:
    """A server's, of another library than ours."""
    file = tmp_path / "server.pem"
    key = credential.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(key + b"".join(map(pem, credential.chain)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def probe(protocol: StartTLS | None, behave: Behaviour, *, deadline: float = 5.0) -> ProbeResult:
    module = Module(timeout=timedelta(seconds=deadline), starttls=protocol)
    async with awaited_host(behave) as port:
        endpoint = Endpoint(target="t", host="127.0.0.1", port=port, server_name=NAMES.server, module=module)
        return await Prober(trust_anchors=()).probe(endpoint)


def reason_of(result: ProbeResult) -> ProbeFailure:
    assert isinstance(result.outcome, ProbeError), result.outcome
    return result.outcome.reason


async def talk(transcript: Transcript, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The server's part, which goes on only when the client has said the very words that it should."""
    for who, words in transcript.turns:
        if who == "S":
            writer.write(words)
        else:
            expected = words.replace(NAMES.client.encode(), b"[127.0.0.1]")
            assert await reader.readexactly(len(expected)) == expected


async def shake_hands(credential: Credential, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    server = ServerHandshake(lambda _: credential)
    while not server.closed and (data := await reader.read(4096)):
        writer.write(server.receive(data))
    assert server.complete


def speaker(transcript: Transcript, then: Behaviour) -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talk(transcript, reader, writer)
        await then(reader, writer)

    return behave


@pytest.fixture
def tls(credential: Credential) -> Behaviour:
    async def then(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(credential, reader, writer)

    return then


async def nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize("transcript", FIRST_OF_EACH, ids=str)
async def test_the_staple_is_read_after_the_dialogue(transcript: Transcript, tls: Behaviour) -> None:
    result = await probe(transcript.protocol, speaker(transcript, tls))
    assert isinstance(result.outcome, Observation), result.outcome
    assert result.outcome.handshake.staple == b"a staple"
    assert list(result.durations) == [*TO_STARTTLS, Phase.HANDSHAKE, Phase.JUDGE]
    text = b"".join(families_of(result, 0)).decode()
    assert 'ocsp_staple_probe_duration_seconds{phase="starttls"} ' in text


PING = b"PING :cookie\r\n"
PROCEED = b":irc 670 * :STARTTLS successful\r\n"


@pytest.mark.parametrize(("first", "pong", "then"), [(PING, b"PONG :cookie\r\n", PROCEED), (PING + PROCEED, b"", b"")])
async def test_an_irc_server_that_pings_is_read(first: bytes, pong: bytes, then: bytes, tls: Behaviour) -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"STARTTLS\r\n")
        writer.write(first)
        assert await reader.readexactly(len(pong)) == pong
        writer.write(then)
        await tls(reader, writer)

    outcome = (await probe(StartTLS.IRC, behave)).outcome
    assert isinstance(outcome, Observation), outcome
    assert outcome.handshake.staple == b"a staple"


# MySQL's client does not wait before it goes on to TLS, and asyncio's start_tls would lose what came by then.
@pytest.mark.parametrize("transcript", [each for each in FIRST_OF_EACH if each.protocol is not StartTLS.MYSQL], ids=str)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_inside_tls_the_client_says_goodbye_as_the_protocol_has_it(
    transcript: Transcript, version: ssl.TLSVersion, openssl: ssl.SSLContext
) -> None:
    openssl.minimum_version = openssl.maximum_version = version
    said: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(openssl)
        said.append(await reader.read())

    result = await probe(transcript.protocol, speaker(transcript, listen))
    assert isinstance(result.outcome, Observation), result.outcome
    assert said == [FAREWELLS.get(transcript.protocol, b"")]


async def test_without_a_protocol_there_is_no_such_phase(tls: Behaviour) -> None:
    result = await probe(None, tls)
    assert isinstance(result.outcome, Observation)
    assert Phase.STARTTLS not in result.durations


@pytest.mark.parametrize("transcript", [each for each in ALL if each.reason is not None], ids=str)
async def test_a_server_that_lets_no_tls_begin_is_left_in_peace(transcript: Transcript) -> None:
    """`talk` waits for the client's QUIT, where the transcript has one, before the connection ends."""
    ended: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        ended.append(await reader.read())

    result = await probe(transcript.protocol, speaker(transcript, listen))
    assert reason_of(result) is transcript.reason
    assert list(result.durations) == TO_STARTTLS
    assert ended == [b""]


@pytest.mark.parametrize("transcript", FIRST_OF_EACH, ids=str)
async def test_clear_text_after_the_last_word_is_an_injection_however_late_it_comes(transcript: Transcript) -> None:
    async def inject(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)  # the ClientHello is on its way
        writer.write(b"250 injected\r\n")
        await reader.read()

    result = await probe(transcript.protocol, speaker(transcript, inject))
    assert reason_of(result) is ProbeFailure.STARTTLS_INJECTION
    assert isinstance(result.outcome, ProbeError)
    assert "after the word that TLS may begin" in result.outcome.detail
    assert list(result.durations)[-1] is Phase.HANDSHAKE


@pytest.mark.parametrize("protocol", StartTLS)
async def test_a_server_that_says_nothing_is_left_at_the_deadline(protocol: StartTLS) -> None:
    result = await probe(protocol, nothing, deadline=0.1)
    assert reason_of(result) is ProbeFailure.STARTTLS_TIMEOUT
    assert list(result.durations) == TO_STARTTLS


async def test_a_greeting_that_comes_with_the_proxy_s_answer_is_not_lost(tls: Behaviour) -> None:
    transcript = next(each for each in WELL if each.protocol is StartTLS.SMTP)

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"CONNECT ")
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n220 ")  # and the rest of the greeting at once
        begun = replace(transcript, turns=(("S", transcript.turns[0][1][4:]), *transcript.turns[1:]))
        await speaker(begun, tls)(reader, writer)

    async with awaited_host(behave) as port:
        proxy = Proxy(scheme=ProxyScheme.HTTP, host="127.0.0.1", port=port)
        module = Module(starttls=StartTLS.SMTP, proxy=proxy)
        endpoint = Endpoint(target="t", host="127.0.0.1", port=25, server_name=NAMES.server, module=module)
        result = await Prober(trust_anchors=()).probe(endpoint)
    assert isinstance(result.outcome, Observation), result.outcome
    assert list(result.durations)[2:4] == [Phase.PROXY, Phase.STARTTLS]


async def test_a_reset_in_the_middle_is_told_as_one() -> None:
    async def behave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220-mail")
        await writer.drain()
        writer.transport.abort()

    result = await probe(StartTLS.SMTP, behave)
    assert reason_of(result) in {ProbeFailure.CONNECTION_RESET, ProbeFailure.CONNECTION_CLOSED}
