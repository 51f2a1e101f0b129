"""The way to a host: through proxies, with the PROXY protocol, from a source address."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.process import reserved_port
from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake
from ocsp_staple_exporter.model import (
    Credentials,
    Endpoint,
    IPFamily,
    Module,
    Observation,
    Phase,
    ProbeError,
    ProbeFailure,
    ProbeResult,
    Proxy,
    ProxyProtocol,
    ProxyScheme,
)
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.resolver import Address, Resolver
from tests.probe.hosts import Behaviour, host
from tests.probe.proxies import opening, saying

SECONDS = timedelta(seconds=5)
OPENED = b"HTTP/1.1 200 OK\r\n\r\n"
SOCKS_ANSWERS = b"\x05\x00", b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00"


@pytest.fixture(scope="module")
def credential() -> Credential:
    leaf = Authority.root(now=datetime.now(UTC)).issue_leaf("host.test")
    return Credential(leaf.chain, leaf.key, b"a staple")


@pytest.fixture
async def tls_port(credential: Credential) -> AsyncIterator[int]:
    async with serve(lambda: ServerHandshake(lambda _: credential)) as port:
        yield port


def through(port: int, scheme: ProxyScheme = ProxyScheme.HTTP, *, host: str = "127.0.0.1") -> Module:
    proxy = Proxy(scheme=scheme, host=host, port=port, credentials=Credentials("prober", "open sesame"))
    return Module(timeout=SECONDS, proxy=proxy)


async def probe(module: Module, *, host: str = "host.test", port: int = 443) -> ProbeResult:
    endpoint = Endpoint(target="host", host=host, port=port, server_name="host.test", module=module)
    return await Prober(trust_anchors=()).probe(endpoint)


async def failure(module: Module, *, host: str = "host.test", port: int = 443) -> ProbeError:
    outcome = (await probe(module, host=host, port=port)).outcome
    assert isinstance(outcome, ProbeError)
    assert "sesam" not in outcome.detail
    return outcome


def observed(result: ProbeResult) -> Observation:
    assert isinstance(result.outcome, Observation), result.outcome
    return result.outcome


async def test_a_handshake_goes_through_an_http_proxy_that_resolves_the_name(tls_port: int) -> None:
    questions: list[bytes] = []
    async with host(opening(tls_port, questions, OPENED)) as port:
        result = await probe(through(port))

    seen = observed(result)
    assert seen.handshake.staple == b"a staple"
    assert seen.address is None, "only the proxy knows it"
    assert questions[0].startswith(b"CONNECT host.test:443 ")
    assert list(result.durations) == [Phase.RESOLVE, Phase.CONNECT, Phase.PROXY, Phase.HANDSHAKE, Phase.JUDGE]


@pytest.mark.parametrize(
    ("scheme", "host_asked_for", "address", "asked"),
    [
        (ProxyScheme.SOCKS5, "localhost", "127.0.0.1", b"\x05\x01\x00\x01\x7f\x00\x00\x01"),
        (ProxyScheme.SOCKS5H, "localhost", None, b"\x05\x01\x00\x03\x09localhost"),
        (ProxyScheme.SOCKS5H, "127.0.0.1", "127.0.0.1", b"\x05\x01\x00\x01\x7f\x00\x00\x01"),
    ],
)
async def test_the_scheme_says_who_resolves_the_name(
    tls_port: int, scheme: ProxyScheme, host_asked_for: str, address: str | None, asked: bytes
) -> None:
    questions: list[bytes] = []
    module = replace(through(0, scheme), ip_family=IPFamily.IPV4)
    async with host(opening(tls_port, questions, *SOCKS_ANSWERS)) as port:
        module = replace(module, proxy=replace(module.proxy, port=port))  # type: ignore[type-var]
        result = await probe(module, host=host_asked_for, port=8443)

    assert observed(result).address == address
    assert questions[1] == asked + (8443).to_bytes(2, "big")


async def test_what_the_host_says_with_the_proxys_answer_is_the_hosts() -> None:
    async with host(saying(OPENED + b"220 mail.test ESMTP\r\n")) as port:
        error = await failure(through(port))

    assert error.reason is ProbeFailure.NOT_TLS
    assert "220 mail.test" in error.detail


@pytest.mark.parametrize(
    ("behaviour", "reason", "said"),
    [
        (saying(b"HTTP/1.1 403 No\r\n\r\n"), ProbeFailure.PROXY_REFUSED, "it says 403 No"),
        (saying(b"HTTP/1.1 407 Who\r\n\r\n"), ProbeFailure.PROXY_AUTHENTICATION, "it does not take the user"),
        (saying(b"HTTP/1.1 502 Down\r\n\r\n"), ProbeFailure.PROXY_CONNECT_FAILED, "it says 502 Down"),
        (saying(b"220 mail.test ESMTP\r\n"), ProbeFailure.PROXY_MALFORMED, "is no HTTP/1.1"),
        (saying(b"HTTP/1.1 " + b"x" * 70_000), ProbeFailure.PROXY_MALFORMED, "more than"),
        (saying(b"HTTP/1.1 403 open ses", then_wait=False), ProbeFailure.PROXY_REFUSED, "it closed the connection"),
        (saying(b"", then_wait=False), ProbeFailure.PROXY_REFUSED, "it closed the connection"),
    ],
)
async def test_the_proxys_failures_are_named_as_its_own(behaviour: Behaviour, reason: ProbeFailure, said: str) -> None:
    async with host(behaviour) as port:
        error = await failure(through(port))

    assert error.reason is reason
    assert error.detail.startswith(f"the proxy http://127.0.0.1:{port}: ")
    assert said in error.detail


async def test_a_proxy_that_is_not_there_is_told_from_a_host_that_is_not_there() -> None:
    with reserved_port() as port:
        at_the_proxy = await failure(through(port))
        at_the_host = await failure(Module(timeout=SECONDS), host="127.0.0.1", port=port)

    assert at_the_proxy.reason is ProbeFailure.PROXY_UNREACHABLE
    assert at_the_proxy.detail == f"the proxy http://127.0.0.1:{port}: 127.0.0.1 refused the connection"
    assert at_the_host.reason is ProbeFailure.CONNECT_REFUSED


async def test_a_proxys_name_that_does_not_resolve_is_told_from_a_hosts() -> None:
    for proxy, reason in (("no.invalid", ProbeFailure.PROXY_UNREACHABLE), ("127.0.0.1", ProbeFailure.RESOLVE_FAILED)):
        module = through(1, ProxyScheme.SOCKS5, host=proxy)
        host_name = "no.invalid" if proxy == "127.0.0.1" else "127.0.0.1"
        assert (await failure(module, host=host_name)).reason is reason


async def test_a_proxy_that_says_nothing_is_left_at_the_deadline() -> None:
    async with host(saying(b"")) as port:
        result = await probe(replace(through(port), timeout=timedelta(seconds=0.2)))

    assert result.outcome == ProbeError(
        ProbeFailure.PROXY_TIMEOUT, f"the proxy http://127.0.0.1:{port}: no answer within 0.2 s"
    )
    assert list(result.durations)[-1] is Phase.PROXY


async def test_a_zone_is_not_asked_of_a_proxy() -> None:
    error = await failure(through(1), host="fe80::1%lo")

    assert error.reason is ProbeFailure.CONNECT_FAILED
    assert error.detail.startswith("fe80::1%lo has a zone")


async def test_whoever_bounds_what_is_connected_to_is_asked_of_the_name_where_a_proxy_resolves_it() -> None:
    asked: list[str] = []

    def refuse(name: str) -> bool:
        asked.append(name)
        return False

    for scheme in ProxyScheme:
        endpoint = Endpoint(
            target="host",
            host="localhost",
            port=1,
            server_name=None,
            module=replace(through(1, scheme), ip_family=IPFamily.IPV4),
        )
        result = await Prober(trust_anchors=()).probe(endpoint, may_connect=refuse)
        assert isinstance(result.outcome, ProbeError)
        assert result.outcome.reason is ProbeFailure.ADDRESS_NOT_ALLOWED

    assert asked == ["localhost", "127.0.0.1", "localhost"]


@pytest.mark.parametrize("version", ProxyProtocol)
async def test_the_proxy_protocol_comes_first_and_names_both_ends(version: ProxyProtocol) -> None:
    came: asyncio.Future[tuple[bytes, int]] = asyncio.get_running_loop().create_future()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        header = await reader.readuntil(b"\r\n") if version is ProxyProtocol.V1 else await reader.readexactly(28)
        await reader.readexactly(1)  # of a ClientHello
        came.set_result((header, writer.get_extra_info("peername")[1]))

    async with host(behave) as port:
        await failure(Module(timeout=SECONDS, proxy_protocol=version), host="127.0.0.1", port=port)
        header, ours = await came

    if version is ProxyProtocol.V1:
        assert header == f"PROXY TCP4 127.0.0.1 127.0.0.1 {ours} {port}\r\n".encode()
    else:
        assert header[12:] == bytes.fromhex("2111000c7f0000017f000001") + ours.to_bytes(2) + port.to_bytes(2)


async def test_behind_a_proxy_the_proxy_protocol_names_nobody(tls_port: int) -> None:
    questions: list[bytes] = []
    async with host(opening(tls_port, questions, OPENED, b"")) as port:
        await probe(replace(through(port), proxy_protocol=ProxyProtocol.V1))

    assert questions[1].startswith(b"PROXY UNKNOWN\r\n")


async def test_a_connection_begins_at_the_source_address() -> None:
    peers: list[str] = []

    async def behave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer.get_extra_info("peername")[0])

    async with host(behave) as port:
        await failure(Module(timeout=SECONDS, source_address="127.0.0.77"), host="127.0.0.1", port=port)
        await failure(Module(timeout=SECONDS), host="127.0.0.1", port=port)

    assert peers == ["127.0.0.77", "127.0.0.1"]


async def test_a_source_address_that_cannot_be_used_is_named() -> None:
    not_ours = Module(timeout=SECONDS, source_address="192.0.2.1")
    other_family = Module(timeout=SECONDS, source_address="::1", ip_family=IPFamily.IPV4)

    assert await failure(not_ours, host="127.0.0.1") == ProbeError(
        ProbeFailure.CONNECT_FAILED, "192.0.2.1 cannot be the source address: Cannot assign requested address"
    )
    assert await failure(other_family, host="127.0.0.1") == ProbeError(
        ProbeFailure.CONNECT_FAILED, "127.0.0.1 cannot be reached from ::1, which is of the other IP family"
    )


async def test_a_source_address_chooses_among_the_addresses_of_a_name() -> None:
    asked: list[int] = []

    def getaddrinfo(*_: object, family: int, **__: object) -> list[object]:
        asked.append(family)
        raise OSError("no")

    for source in ("127.0.0.1", "::1"):
        module = Module(timeout=SECONDS, source_address=source)
        endpoint = Endpoint(target="host", host="host.test", port=1, server_name=None, module=module)
        await Prober(Resolver(getaddrinfo), trust_anchors=()).probe(endpoint)

    assert asked == [socket.AF_INET, socket.AF_INET6]


def test_a_link_local_address_is_told_with_its_zone() -> None:
    loopback = socket.if_nametoindex("lo")

    assert Address(socket.AF_INET6, ("fe80::1", 443, 0, loopback)).ip == "fe80::1%lo"
    assert Address(socket.AF_INET6, ("fe80::1", 443, 0, 999_999)).ip == "fe80::1%999999"
    assert Address(socket.AF_INET6, ("2001:db8::1", 443, 0, 0)).ip == "2001:db8::1"
    assert Address(socket.AF_INET, ("192.0.2.1", 443)).ip == "192.0.2.1"
