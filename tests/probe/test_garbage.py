"""A probe leaves nothing that only a full collection of garbage would find: there is one a day (collecting.py)."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake, Terms
from ocsp_staple_exporter.model import Endpoint, Module, Observation, ProbeFailure, Proxy, ProxyScheme, StartTLS
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.tls.hybrids import X25519MLKEM768
from tests.probe.hosts import Behaviour, host

NOW = datetime.now(UTC)
CA = Authority.root(now=NOW)
LEAF = CA.issue_leaf("host.test")
CREDENTIAL = Credential(LEAF.chain, LEAF.key, staple(LEAF, CA, now=NOW))

OURS = tuple(f"ocsp_staple_exporter.{room}" for room in ("probe", "tls.client", "dialogue", "resolver"))
HYBRID = Terms(groups=(X25519MLKEM768,))
HANDSHAKE_FAILURE = bytes.fromhex("15030300020228")
"""A fatal alert, RFC 8446 §6."""


def answering(answer: bytes) -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(answer)
        await writer.drain()

    return behave


async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10)
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


@asynccontextmanager
async def nobody() -> AsyncIterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


HOSTS: dict[str, tuple[Callable[[], object], ProbeFailure | None]] = {
    "a good one": (lambda: serve(lambda: ServerHandshake(lambda _: CREDENTIAL)), None),
    "one that insists on a hybrid group": (lambda: serve(lambda: ServerHandshake(lambda _: CREDENTIAL, HYBRID)), None),
    "one that speaks HTTP": (lambda: host(answering(b"HTTP/1.1 400 Bad\r\n\r\n")), ProbeFailure.NOT_TLS),
    "one that closes": (lambda: host(answering(b"")), ProbeFailure.CONNECTION_CLOSED),
    "one that says no": (lambda: host(answering(HANDSHAKE_FAILURE)), ProbeFailure.ALERT_RECEIVED),
    "one that resets": (lambda: host(reset), ProbeFailure.CONNECTION_RESET),
    "one that says nothing": (lambda: host(hang), ProbeFailure.HANDSHAKE_TIMEOUT),
    "one that is not there": (nobody, ProbeFailure.CONNECT_REFUSED),
}


@contextmanager
def saving_garbage() -> Iterator[Callable[[], list[object]]]:
    """Gives what a collection finds that began with nothing to find."""

    def found() -> list[object]:
        gc.collect()
        garbage = gc.garbage[:]
        gc.garbage.clear()
        return garbage

    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def garbage_of(module: Module, port: int, name: str = "127.0.0.1") -> tuple[object, list[str]]:
    """The outcome of a probe, and what it left of ours."""
    prober = Prober(trust_anchors=(CA.der,))
    endpoint = Endpoint(target="t", host=name, port=port, server_name="host.test", module=module)
    await prober.probe(endpoint)  # what is made once
    with saving_garbage() as found:
        outcome = (await prober.probe(endpoint)).outcome
        left = [type(one) for one in found()]
    ours = [
        one.__qualname__ for one in left if one.__module__.startswith(OURS)
    ]  # the laboratory is in this process too
    return outcome, ours


@pytest.mark.parametrize("kind", HOSTS)
async def test_a_probe_leaves_no_garbage_in_cycles(kind: str) -> None:
    open_host, failure = HOSTS[kind]
    async with open_host() as port:  # type: ignore[attr-defined]
        timeout = timedelta(seconds=0.2 if failure is ProbeFailure.HANDSHAKE_TIMEOUT else 5)
        outcome, left = await garbage_of(Module(timeout=timeout), port)
    assert left == []
    assert isinstance(outcome, Observation) if failure is None else getattr(outcome, "reason", None) is failure


@pytest.mark.parametrize(
    "module",
    [
        Module(starttls=StartTLS.POSTGRES),
        Module(proxy=Proxy(scheme=ProxyScheme.HTTP, host="127.0.0.1", port=1)),
        Module(source_address="::1"),
    ],
    ids=["STARTTLS", "a proxy", "a source address"],
)
async def test_a_probe_that_fails_before_tls_leaves_none_either(module: Module) -> None:
    async with host(answering(b"what?\r\n")) as port:
        outcome, left = await garbage_of(module, port)
    assert left == []
    assert not isinstance(outcome, Observation)


async def test_a_name_that_is_none_leaves_none_either() -> None:
    outcome, left = await garbage_of(Module(), 443, "a..b")
    assert left == []
    assert getattr(outcome, "reason", None) is ProbeFailure.RESOLVE_FAILED


async def test_garbage_in_cycles_is_found_here() -> None:
    with saving_garbage() as found:
        cycle: list[object] = []
        cycle.append(cycle)
        del cycle
        assert len(found()) == 1
