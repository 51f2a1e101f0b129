"""Each stack shows the exporter what it shows to OpenSSL, and takes its goodbye for an orderly one."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.keys import KeyType, generate_key
from ocsp_staple_exporter.lab.process import ProgramMissingError, Server
from ocsp_staple_exporter.lab.responder import Responder, Verbatim
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import TLSVersion
from tests.compatibility.clients import distrust
from tests.compatibility.page import NOTHING, report
from tests.compatibility.servers import STACKS
from tests.compatibility.stack import Site, Stack
from tests.compatibility.tables import STACKS as TABLE
from tests.real_servers.exporter_reader import read_with_exporter
from tests.real_servers.openssl_reader import Reading, read_with_openssl
from tests.tls_versions import MODERN

NAME = "www.example"
ATTEMPTS = 500
"""Bound of a wait for a server, in ticks."""

TICK_SECONDS = 0.02
KEY_NAMES = {"rsa": "RSA", "ecdsa": "ECDSA", "ed25519": "Ed25519"}
CASES = [
    pytest.param(stack, key_type, id=f"{stack.name}-{key_type}") for stack in STACKS for key_type in stack.key_types
]


@pytest.fixture
def installed(stack: Stack) -> Stack:
    """Skip where a server is not installed; in continuous integration that is a failure."""
    try:
        stack.needs()
    except ProgramMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    return stack


@pytest.fixture
def site(key_type: KeyType, issuer: Authority, responder: Responder, tmp_path: Path) -> Site:
    """A leaf, its staple, and the responder that gives the same."""
    leaf = issuer.issue_leaf(NAME, ocsp_urls=(responder.url,), key=generate_key(key_type))
    der = staple(leaf, issuer, now=datetime.now(UTC))
    responder.answer(leaf, issuer, Verbatim(der))
    return Site(NAME, leaf, issuer, der, tmp_path)


@asynccontextmanager
async def started(stack: Stack, site: Site) -> AsyncIterator[Server]:
    """The server, started beside the event loop, because some ask the responder before they listen."""
    with ExitStack() as exits:
        yield await asyncio.to_thread(exits.enter_context, stack.start(site))


async def warm_up(stack: Stack, server: Server, expected: Reading) -> None:
    """Where a server fetches its staple at leisure: handshakes until it is there."""
    for _ in range(ATTEMPTS if stack.fetches else 0):
        if await read_with_exporter("127.0.0.1", server.port, NAME) == expected:
            return
        await asyncio.sleep(TICK_SECONDS)


async def complaints(stack: Stack, server: Server) -> list[str]:
    """The log lines on broken handshakes, once there are as many as there have to be."""
    if stack.complaint is None:
        return []
    for _ in range(ATTEMPTS):
        found = [line for line in server.log().splitlines() if re.search(stack.complaint, line)]
        if len(found) >= stack.complaints:
            break
        await asyncio.sleep(TICK_SECONDS)
    return found


@pytest.mark.real_server
@pytest.mark.parametrize(("stack", "key_type"), CASES)
async def test_the_exporter_reads_what_openssl_reads_and_leaves_politely(
    key_type: KeyType, site: Site, installed: Stack
) -> None:
    stack = installed
    offers = (None, *stack.tls_versions)
    expected = Reading(site.leaf.chain, site.staple if stack.staples else None)
    async with started(stack, site) as server:
        await warm_up(stack, server, expected)
        seen = {one: await read_with_exporter("127.0.0.1", server.port, NAME, tls_version=one) for one in offers}
        shown = {one: await read_with_openssl("127.0.0.1", server.port, NAME, tls_version=one) for one in offers}
        assert seen == shown == dict.fromkeys(offers, expected)

        await asyncio.to_thread(distrust, server.port, NAME)
        assert len(await complaints(stack, server)) == stack.complaints, server.log()

    keys = {one: KEY_NAMES[key_type] if one in stack.tls_versions else NOTHING for one in MODERN}
    report(
        TABLE,
        {
            "Server": stack.name,
            "Version": stack.version(),
            "TLS library": stack.library,
            "Its version": stack.library_version(),
            "TLS 1.2": keys[TLSVersion.TLS_1_2],
            "TLS 1.3": keys[TLSVersion.TLS_1_3],
            "The staple": stack.staple,
            "Logs broken handshakes": "no" if stack.complaint is None else "yes",
        },
    )
