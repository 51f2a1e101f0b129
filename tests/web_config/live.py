"""A small site that listens as a web configuration says, and clients for it."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bcrypt
from aiohttp import web

from ocsp_staple_exporter.web.connection import Patience
from ocsp_staple_exporter.web.listening import ListenAddress, listen
from ocsp_staple_exporter.web.serving import MOST_CONNECTIONS, serving
from ocsp_staple_exporter.web.web_config.access import Access
from tests.web_config import identities

Run = Callable[[Coroutine[Any, Any, None]], None]
"""Runs to the end on one of the event loops."""

TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
LARGE = b"x" * 10_000_000
"""More than all buffers between two sockets of loopback."""


def hashed(password: bytes) -> str:
    return bcrypt.hashpw(password, bcrypt.gensalt(4)).decode()


def basic(user: str, password: str) -> str:
    return f"Authorization: Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def read(cls, data: bytes) -> Answer:
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        return cls(int(first.split(" ")[1]), dict(line.split(": ", 1) for line in lines), body)


@dataclass(slots=True)
class Site:
    """What listens on a port of 127.0.0.1."""

    port: int
    working: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when /slow is being worked on."""

    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    """Set to let it end."""

    async def connect(self, context: ssl.SSLContext | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=context, limit=2**26)

    async def ask(self, *lines: str, context: ssl.SSLContext | None = None, path: str = "/") -> Answer:
        """Over a connection of its own. Raises OSError or EOFError where there is no answer."""
        reader, writer = await self.connect(context)
        try:
            head = (f"GET {path} HTTP/1.1", "Host: x", "Connection: close", *lines, "", "")
            writer.write("\r\n".join(head).encode("utf-8", "surrogateescape"))
            data = await reader.read()
        finally:
            await hang_up(writer)
        if not data:
            raise EOFError
        return Answer.read(data)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):  # the other side was faster
        await writer.wait_closed()


@asynccontextmanager
async def site(
    access: Access | None = None,
    *,
    patience: Patience | None = None,
    most_connections: int = MOST_CONNECTIONS,
) -> AsyncIterator[Site]:
    (listening,) = listen([ListenAddress("127.0.0.1", 0)])
    site = Site(listening.getsockname()[1])

    async def small(_request: web.Request) -> web.Response:
        return web.Response(text="here you are", headers={"X-Frame-Options": "DENY"})

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(text="toy_metric 42\n")

    async def large(_request: web.Request) -> web.Response:
        return web.Response(body=LARGE)

    async def slow(_request: web.Request) -> web.Response:
        site.working.set()
        await site.go_on.wait()
        return web.Response(text="at last")

    async def broken(_request: web.Request) -> web.Response:
        raise RuntimeError

    app = web.Application()
    app.router.add_routes(
        [
            web.get("/", small),
            web.get("/metrics", metrics),
            web.get("/large", large),
            web.get("/slow", slow),
            web.get("/broken", broken),
        ]
    )
    async with serving(app, [listening], access, patience=patience, most_connections=most_connections):
        yield site


def access(directory: Path, text: str = TLS) -> Access:
    """With a server's certificate and the authority beside the file."""
    if not (directory / "server.pem").exists():
        identities.write(directory, identities.server())
        (directory / "ca.pem").write_bytes(identities.ROOT.certificate_pem)
    (directory / "web.yml").write_text(text, "utf-8")
    return Access(directory / "web.yml")


def trusting(directory: Path, client: str | None = None) -> ssl.SSLContext:
    """A client that trusts the lab's authority; `client` is the stem of its own certificate's files."""
    context = ssl.create_default_context(cadata=identities.ROOT.certificate_pem.decode())
    if client is not None:
        context.load_cert_chain(directory / f"{client}.pem", directory / f"{client}.key")
    return context
