"""Text that strangers chose, in certificates, responder names and banners, comes out escaped everywhere."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from ocsp_staple_exporter.demo import table
from ocsp_staple_exporter.exposition import Exposition
from ocsp_staple_exporter.journal import Journal
from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.certificates import Draft, Validity, leaf_extensions
from ocsp_staple_exporter.lab.keys import generate_key
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake
from ocsp_staple_exporter.logs import FORMATS, configure_logging
from ocsp_staple_exporter.model import Endpoint, Module, Observation, ProbeError, ProbeResult
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.results import Results

NOW = datetime.now(UTC)

HOSTILE = {
    "line breaks": "line\nbreak\r\nocsp_staple_verified 1",
    "terminal escapes": "\x1b[31mred\x1b[0m\x07\x9b31m",
    "right to left": "\u202egnp.exe\u2066",
    "quotes": 'quote" backslash\\ brace}',
    "nul": "before\x00after",
    "separators": "one\u2028two\u2029three\x85four",
    "invisible": "\ufeffzero\u200bwidth",
    "markup": "[bold]not bold[/bold]",
    "long": "x" * 10_000,
}


@asynccontextmanager
async def server_that_calls_itself(name: str) -> AsyncIterator[int]:
    """Leaf, issuer and responder bear the name; the staple is that of another certificate."""
    distinguished = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name, _validate=False)])
    issuer = Authority.root(distinguished, now=NOW)
    validity = Validity.around(NOW, before=timedelta(days=1), after=timedelta(days=1))
    draft = Draft(distinguished, generate_key(), validity, leaf_extensions(("hostile.test",), {}))
    leaf = draft.sign(issuer_name=distinguished, issuer_key=issuer.key)
    der = staple(leaf, issuer, now=NOW, responder_id="by_name", flaw="certid_serial_mismatch")
    credential = Credential((leaf.public_bytes(Encoding.DER), issuer.der), draft.key, der)
    async with serve(lambda: ServerHandshake(lambda _: credential)) as port:
        yield port


@asynccontextmanager
async def server_that_says(banner: bytes) -> AsyncIterator[int]:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(banner)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def probe(port: int) -> ProbeResult:
    endpoint = Endpoint(target="t", host="127.0.0.1", port=port, server_name="hostile.test", module=Module())
    return await Prober(trust_anchors=()).probe(endpoint)


def shown_everywhere(result: ProbeResult) -> dict[str, str]:
    """The same result as a metric, as log lines in both formats, and as a row on a terminal."""
    results, exposition = Results([result.endpoint]), Exposition()
    results.subscribe(exposition)
    results.publish(result)
    shown = {"metrics": b"".join(exposition.families(NOW.timestamp())).decode()}
    for form in FORMATS:
        configure_logging("debug", form, stream := io.StringIO())
        Journal().published(result, None)
        shown[form] = stream.getvalue()
    console = Console(file=io.StringIO(), width=300, force_terminal=False)
    console.print(table([result], console.width))
    assert isinstance(console.file, io.StringIO)
    shown["terminal"] = console.file.getvalue()
    return shown


def assert_printable(shown: dict[str, str]) -> None:
    for where, text in shown.items():
        for line in text.split("\n"):
            assert line.isprintable(), (where, line)
            assert len(line) < 2000, where


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_names_in_certificates_are_escaped_everywhere(name: str) -> None:
    async with server_that_calls_itself(name) as port:
        result = await probe(port)
    assert isinstance(result.outcome, Observation)
    shown = shown_everywhere(result)
    assert_printable(shown)
    assert [
        sample.value
        for family in text_string_to_metric_families(shown["metrics"])
        for sample in family.samples
        if sample.name == "ocsp_staple_verified"
    ] == [0.0]


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_banners_are_escaped_everywhere(name: str) -> None:
    async with server_that_says(name.encode() + b"\xff\xfe") as port:
        result = await probe(port)
    assert isinstance(result.outcome, ProbeError)
    assert_printable(shown_everywhere(result))


async def test_a_plain_name_is_shown_as_it_is() -> None:
    async with server_that_calls_itself("Übung & Söhne") as port:
        result = await probe(port)
    assert 'subject="O=Übung & Söhne"' in shown_everywhere(result)["metrics"]
