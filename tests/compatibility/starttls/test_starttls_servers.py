"""Each server that begins in the clear shows the exporter what it shows to OpenSSL, and takes its goodbye well."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.process import ProgramMissingError
from ocsp_staple_exporter.lab.responder import Responder, Verbatim
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import Endpoint, Module, Observation, ProbeError, ProbeFailure, StartTLS, TLSVersion
from ocsp_staple_exporter.probe import Prober
from tests.compatibility.page import NOTHING, report
from tests.compatibility.stack import Site
from tests.compatibility.starttls import openssl
from tests.compatibility.starttls.servers import PRODUCTS
from tests.compatibility.starttls.service import Product, Running
from tests.compatibility.tables import STARTTLS as TABLE
from tests.real_servers.openssl_reader import Reading
from tests.tls_versions import MODERN

pytestmark = [
    pytest.mark.real_server,
    pytest.mark.parametrize("product", PRODUCTS, ids=[product.name for product in PRODUCTS]),
]

NAME = "www.example"
ATTEMPTS = 100
"""Bound of a wait for a server's log, in ticks."""

TICK_SECONDS = 0.02

SOON = timedelta(milliseconds=10)
"""Before a retry, which every server without a staple gets: none of these has one a second later."""


@pytest.fixture
def installed(product: Product) -> Product:
    """Skip where a server is not installed; in continuous integration that is a failure."""
    try:
        product.needs()
    except ProgramMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    return product


@pytest.fixture
def directory() -> Iterator[Path]:
    """Open to the users that servers become, as pytest's own directories are not; short enough for sockets in it."""
    with tempfile.TemporaryDirectory(prefix="starttls-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture
def site(issuer: Authority, responder: Responder, directory: Path) -> Site:
    """A leaf, its staple, and the responder that gives the same."""
    leaf = issuer.issue_leaf(NAME, ocsp_urls=(responder.url,))
    der = staple(leaf, issuer, now=datetime.now(UTC))
    responder.answer(leaf, issuer, Verbatim(der))
    return Site(NAME, leaf, issuer, der, directory)


@asynccontextmanager
async def started(product: Product, site: Site | None, directory: Path) -> AsyncIterator[Running]:
    """The server, started beside the event loop, because some ask the responder before they listen."""
    with ExitStack() as exits:
        yield await asyncio.to_thread(exits.enter_context, product.start(site, directory))


async def probe(port: int, module: Module) -> Observation | ProbeError:
    endpoint = Endpoint(target=NAME, host="127.0.0.1", port=port, server_name=NAME, module=module)
    return (await Prober(trust_anchors=()).probe(endpoint)).outcome


async def read(port: int, protocol: StartTLS, version: TLSVersion) -> Reading | ProbeError:
    """What `openssl.read` reads, by the exporter."""
    seen = await probe(port, Module(starttls=protocol, tls_versions=(version,), staple_retry_delay=SOON))
    return Reading(seen.handshake.chain, seen.handshake.staple) if isinstance(seen, Observation) else seen


async def complaints(product: Product, running: Running, count: int) -> list[str]:
    """The log lines on broken handshakes, once there are as many as there have to be; all of them."""
    assert product.complaint is not None
    for _ in range(ATTEMPTS):
        found = [line for line in running.server.log().splitlines() if re.search(product.complaint, line)]
        if len(found) >= count:
            break
        await asyncio.sleep(TICK_SECONDS)
    return found


def row(product: Product, protocol: StartTLS, **cells: str) -> dict[str, str]:
    fixed = {
        "Protocol": protocol.value,
        "Server": product.name,
        "Version": product.version(),
        "TLS library": product.library,
        "Its version": product.library_version(),
    }
    said = {"TLS": cells.get("tls"), "The staple": cells.get("staple"), "TLS switched off": cells.get("without_tls")}
    return fixed | {column: text or NOTHING for column, text in said.items()}


async def test_the_exporter_reads_what_openssl_reads_and_leaves_politely(
    site: Site, installed: Product, directory: Path
) -> None:
    product = installed
    expected = Reading(site.leaf.chain, site.staple if product.staples else None)
    async with started(product, site, directory) as running:
        handshakes = [(port, protocol, version) for protocol, port in running.ports.items() for version in MODERN]
        seen = [await read(*one) for one in handshakes]
        if product.complaint is not None:
            talkative = [one for one in product.protocols if one is not product.taciturn]
            for protocol in talkative:
                await openssl.distrust(running.ports[protocol], protocol, NAME)
            count = product.heard_at_start + len(talkative)
            assert len(await complaints(product, running, count)) == count, running.server.log()
        shown = [await openssl.read(port, protocol, NAME, version) for port, protocol, version in handshakes]
        assert seen == shown == [expected] * len(handshakes), running.server.log()

    for protocol in product.protocols:
        for version in MODERN:
            report(TABLE, row(product, protocol, tls=version.value, staple=product.staple))


async def test_a_server_without_tls_is_told_from_one_that_cannot_be_read(installed: Product, directory: Path) -> None:
    product = installed
    silent = product.without_tls is ProbeFailure.STARTTLS_TIMEOUT
    timeout = timedelta(seconds=1) if silent else Module().timeout
    async with started(product, None, directory) as running:
        seen = {
            protocol: await probe(port, Module(starttls=protocol, timeout=timeout))
            for protocol, port in running.ports.items()
        }

    for protocol, outcome in seen.items():
        assert isinstance(outcome, ProbeError)
        assert outcome.reason is product.without_tls, outcome
        report(TABLE, row(product, protocol, without_tls=f"`{outcome.reason.value}`"))
