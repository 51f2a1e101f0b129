"""A host with two certificates behind two addresses: four endpoints, each with the staple of its own certificate."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ocsp_staple_exporter import app
from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.lab.ca import Identity
from ocsp_staple_exporter.lab.nginx import FetchedStaple, VirtualHost, nginx
from ocsp_staple_exporter.lab.responder import Responder, Signed
from ocsp_staple_exporter.model import Addresses, Endpoint, KeyType, Module, Observation, ProbeResult, Target, Verdict
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.resolver import Resolver
from ocsp_staple_exporter.web.listening import ListenAddress, listen, name
from tests.real_servers.conftest import PKI

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("needs_nginx")]

HOST = "www.example"
ADDRESSES = ("127.0.0.1", "127.0.0.2")
KEY_TYPES = (KeyType.RSA, KeyType.ECDSA)
PARTS = tuple(product(ADDRESSES, KEY_TYPES))
Part = tuple[str | None, KeyType | None]


def getaddrinfo(host: str, port: int, **_options: Any) -> list[Any]:
    assert host == HOST
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ADDRESSES]


class Seen:
    """A subscriber: the staples that verify, and the leaves that they came with."""

    def __init__(self) -> None:
        self.leaves: dict[Part, bytes] = {}
        self.staples: dict[Part, bytes | None] = {}
        self.all_verified = asyncio.Event()

    def published(self, result: ProbeResult, _previous: ProbeResult | None) -> None:
        match result.outcome:
            case Observation(assessment=Verdict(verified=True), handshake=handshake):
                part = result.endpoint.address, result.endpoint.key_type
                self.leaves[part], self.staples[part] = handshake.leaf, handshake.staple
        if len(self.leaves) == len(PARTS):
            self.all_verified.set()

    def removed(self, endpoint: Endpoint) -> None:
        raise AssertionError(f"{endpoint.name} went")


@pytest.fixture
def leaves(pki: PKI, responder: Responder) -> dict[tuple[str, KeyType], Identity]:
    issued = {
        part: pki.leaf(HOST, responder.url, key_type="rsa" if part[1] is KeyType.RSA else "ecdsa") for part in PARTS
    }
    for leaf in issued.values():
        responder.answer(leaf, pki.issuer, Signed(signer=pki.issuer))
    return issued


@asynccontextmanager
async def exporter(target: Target, seen: Seen) -> AsyncIterator[aiohttp.ClientSession]:
    sockets = listen([ListenAddress("127.0.0.1", 0)])
    resolver = Resolver(getaddrinfo)
    probe = Prober(resolver, trust_anchors=()).probe
    serving = asyncio.create_task(
        app.serve(Config((target,)), sockets, probe=probe, resolver=resolver, subscribers=[seen])
    )
    try:
        async with aiohttp.ClientSession(f"http://{name(sockets[0])}") as session:
            yield session
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        await serving


async def test_four_endpoints_show_the_right_staple_each(
    pki: PKI, leaves: dict[tuple[str, KeyType], Identity], tmp_path: Path
) -> None:
    hosts = [
        VirtualHost(
            server_name=HOST,
            address=address,
            identities=tuple(leaves[address, key_type] for key_type in KEY_TYPES),
            stapling=FetchedStaple(pki.trusted),
        )
        for address in ADDRESSES
    ]
    module = Module(
        interval=timedelta(seconds=1),
        timeout=timedelta(seconds=1),
        addresses=Addresses.ALL,
        key_types=KEY_TYPES,
        trust_anchors=(pki.root.der,),
    )
    seen = Seen()
    with nginx(hosts, tmp_path) as server:
        target = Target(name="shop", host=HOST, port=server.port, server_name=HOST, module=module)
        async with exporter(target, seen) as session, asyncio.timeout(30):
            await seen.all_verified.wait()
            async with session.get("/metrics") as response:
                metrics = await response.text()
            async with session.get("/api/v1/endpoints?label=target=shop&label=key_type=rsa") as response:
                listed = await response.json()

    assert seen.leaves == {part: leaf.der for part, leaf in leaves.items()}
    assert len(set(seen.staples.values())) == 4
    series = re.findall(r"^ocsp_staple_verified\{(.*)\} ([01])", metrics, flags=re.MULTILINE)
    assert sorted(series) == sorted(
        (f'address="{address}",key_type="{key_type.value}",target="shop"', "1") for address, key_type in PARTS
    )
    assert {each["fan_out"]["address"] for each in listed["endpoints"]} == set(ADDRESSES)
    assert "ocsp_staple_exporter_targets 1.0\n" in metrics
    assert "ocsp_staple_exporter_endpoints 4.0\n" in metrics
