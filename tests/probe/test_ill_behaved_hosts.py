"""Hosts that do anything but shake hands: each probe ends with its own reason, and before its deadline."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from datetime import timedelta

import pytest

from ocsp_staple_exporter.model import Endpoint, IPFamily, Module, Phase, ProbeError, ProbeFailure, ProbeResult
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.resolver import Resolver
from tests.probe.hosts import Behaviour, host


def endpoint(port: int, *, host: str = "127.0.0.1", timeout: float = 5.0) -> Endpoint:
    module = Module(timeout=timedelta(seconds=timeout))
    return Endpoint(target=f"{host}:{port}", host=host, port=port, server_name="ill.test", module=module)


async def probe(behave: Behaviour, *, deadline: float = 5.0) -> ProbeResult:
    async with host(behave) as port:
        return await Prober(trust_anchors=()).probe(endpoint(port, timeout=deadline))


async def failure(behave: Behaviour, *, deadline: float = 5.0) -> ProbeError:
    result = await probe(behave, deadline=deadline)
    assert isinstance(result.outcome, ProbeError)
    return result.outcome


async def test_plain_http_is_not_tls() -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    error = await failure(behave)
    assert error.reason is ProbeFailure.NOT_TLS
    assert "HTTP" in error.detail


@pytest.mark.parametrize("greeting", [b"220 mail.test ESMTP\r\n", b"\x00" * 64, b"\xff\x1b[31m" * 40])
async def test_garbage_is_not_tls_and_is_quoted_without_its_control_characters(greeting: bytes) -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()

    error = await failure(behave)
    assert error.reason is ProbeFailure.NOT_TLS
    assert error.detail.isprintable()


async def test_an_alert_is_named() -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"\x15\x03\x03\x00\x02\x02\x70")  # fatal, unrecognized_name (RFC 6066 §3)

    error = await failure(behave)
    assert error.reason is ProbeFailure.ALERT_RECEIVED
    assert "unrecognized_name" in error.detail


async def test_a_host_that_closes_in_mid_flight_is_told_from_one_that_resets() -> None:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(b"\x16\x03\x03\x00\x7a\x02\x00")

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        linger_not_at_all = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not_at_all)

    assert (await failure(close)).reason is ProbeFailure.CONNECTION_CLOSED
    assert (await failure(reset)).reason is ProbeFailure.CONNECTION_RESET


async def test_a_host_that_hangs_is_left_at_the_deadline() -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del writer
        await reader.read()

    began = asyncio.get_running_loop().time()
    result = await probe(behave, deadline=0.2)
    assert isinstance(result.outcome, ProbeError)
    assert result.outcome.reason is ProbeFailure.HANDSHAKE_TIMEOUT
    assert list(result.durations) == [Phase.RESOLVE, Phase.CONNECT, Phase.HANDSHAKE]
    assert result.durations[Phase.HANDSHAKE] >= 0.1
    assert asyncio.get_running_loop().time() - began < 2


async def test_a_drip_of_bytes_does_not_prolong_the_deadline() -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in b"\x16\x03\x03\x40\x00" + bytes(0x4000):
            writer.write(bytes([byte]))
            await writer.drain()
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(4096), 0.01)

    assert (await failure(behave, deadline=0.3)).reason is ProbeFailure.HANDSHAKE_TIMEOUT


async def test_a_gigabyte_is_refused_long_before_its_end() -> None:
    sent = 0

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.read(1)
        record = b"\x16\x03\x03\x40\x00" + b"\x0b\xff\xff\xff" + bytes(0x3FFC)
        for _ in range(1 << 16):
            writer.write(record)
            sent += len(record)
            await writer.drain()

    error = await failure(behave)
    assert error.reason in {ProbeFailure.TOO_MUCH_DATA, ProbeFailure.UNEXPECTED_MESSAGE}
    assert sent < 16 << 20


async def test_a_port_where_nobody_listens_refuses() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        result = await Prober(trust_anchors=()).probe(endpoint(reserved.getsockname()[1]))
    assert isinstance(result.outcome, ProbeError)
    assert result.outcome.reason is ProbeFailure.CONNECT_REFUSED
    assert list(result.durations) == [Phase.RESOLVE, Phase.CONNECT]


async def test_a_name_that_does_not_resolve_is_said_to() -> None:
    def nothing(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    result = await Prober(Resolver(nothing), ()).probe(endpoint(443, host="missing.test"))
    assert result.outcome == ProbeError(ProbeFailure.RESOLVE_FAILED, "Name or service not known")
    assert list(result.durations) == [Phase.RESOLVE]


async def test_an_address_of_the_wrong_family_does_not_resolve() -> None:
    module = Module(ip_family=IPFamily.IPV6)
    watched = Endpoint(target="t", host="127.0.0.1", port=1, server_name=None, module=module)
    result = await Prober(trust_anchors=()).probe(watched)
    assert isinstance(result.outcome, ProbeError)
    assert result.outcome.reason is ProbeFailure.RESOLVE_FAILED
