"""Hosts that misbehave in every way beside one that does not: it is probed on time all the same."""

from __future__ import annotations

import asyncio
import itertools
import socket
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta

from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake
from ocsp_staple_exporter.model import Endpoint, Module, Observation, ProbeError, ProbeFailure, ProbeResult
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.resolver import Resolver
from ocsp_staple_exporter.schedule import Schedule
from tests.probe.hosts import Behaviour, host

MODULE = Module(interval=timedelta(milliseconds=300), timeout=timedelta(milliseconds=250))
PROBES_OF_THE_GOOD_ONE = 5


async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def talk_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def send_without_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    for _ in range(1 << 16):
        writer.write(b"\x16\x03\x03\x40\x00\x0b\xff\xff\xff" + bytes(0x3FFC))
        await writer.drain()


async def hang_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)


BAD_HOSTS: dict[str, tuple[Behaviour, set[ProbeFailure]]] = {
    "hangs": (hang, {ProbeFailure.HANDSHAKE_TIMEOUT}),
    "http": (talk_http, {ProbeFailure.NOT_TLS}),
    "endless": (send_without_end, {ProbeFailure.TOO_MUCH_DATA, ProbeFailure.UNEXPECTED_MESSAGE}),
    "hangs up": (hang_up, {ProbeFailure.CONNECTION_CLOSED}),
}


def endpoint(target: str, port: int, host: str = "127.0.0.1") -> Endpoint:
    return Endpoint(target=target, host=host, port=port, server_name="host.test", module=MODULE)


def names_are_dead(*_: object, **__: object) -> list[object]:
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


async def test_the_good_host_keeps_its_interval_and_each_bad_one_has_its_reason() -> None:
    now = datetime.now(UTC)
    leaf = Authority.root(now=now).issue_leaf("host.test")
    credential = Credential(leaf.chain, leaf.key)
    seen: dict[str, list[ProbeResult]] = {}
    enough = asyncio.Event()

    def publish(result: ProbeResult) -> None:
        seen.setdefault(result.endpoint.target, []).append(result)
        if len(seen.get("good", [])) >= PROBES_OF_THE_GOOD_ONE and len(seen) == len(endpoints):
            enough.set()

    async with AsyncExitStack() as stack:
        endpoints = [
            endpoint(name, await stack.enter_async_context(host(behave))) for name, (behave, _) in BAD_HOSTS.items()
        ]
        good = await stack.enter_async_context(serve(lambda: ServerHandshake(lambda _: credential)))
        reserved = stack.enter_context(socket.socket())
        reserved.bind(("127.0.0.1", 0))
        endpoints += [
            endpoint("good", good),
            endpoint("refuses", reserved.getsockname()[1]),
            endpoint("unknown", 443, host="missing.test"),
        ]
        prober = Prober(Resolver(names_are_dead), ())
        schedule = Schedule(endpoints, prober.probe, publish, probes_in_flight=16)
        probing = asyncio.create_task(schedule.run())
        async with asyncio.timeout(20):
            await enough.wait()
        probing.cancel()
        with suppress(asyncio.CancelledError):
            await probing

    starts = [result.started_at for result in seen["good"]]
    assert all(isinstance(result.outcome, Observation) for result in seen["good"])
    assert all(later - earlier < 4 * MODULE.interval for earlier, later in itertools.pairwise(starts))
    reasons = {
        target: {result.outcome.reason for result in results if isinstance(result.outcome, ProbeError)}
        for target, results in seen.items()
    }
    assert reasons["refuses"] == {ProbeFailure.CONNECT_REFUSED}
    assert reasons["unknown"] == {ProbeFailure.RESOLVE_FAILED}
    for name, (_, allowed) in BAD_HOSTS.items():
        assert reasons[name] <= allowed, name
        assert reasons[name], name


async def test_a_probe_never_outlasts_its_timeout() -> None:
    async with host(hang) as port:
        result = await Prober(trust_anchors=()).probe(endpoint("hangs", port))
    assert isinstance(result.outcome, ProbeError)
    assert 0.2 < sum(result.durations.values()) < 2
