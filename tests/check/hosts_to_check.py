"""Hosts on loopback in a thread of their own, and the command run over them."""

from __future__ import annotations

import asyncio
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TypeVar

from click.testing import CliRunner, Result

from ocsp_staple_exporter.check.command import check
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.certificates import pem
from ocsp_staple_exporter.lab.hosts import Laboratory, laboratory
from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake

LONGEST_VISIT = 10.0
"""Seconds."""

Opened = TypeVar("Opened")


@contextmanager
def opened(make: Callable[[], AbstractAsyncContextManager[Opened]]) -> Iterator[Opened]:
    """An asynchronous context, open in a thread: the command has an event loop of its own in this one."""
    ready: Future[tuple[Opened, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def hold() -> None:
        done = asyncio.Event()
        async with make() as value:
            ready.set_result((value, asyncio.get_running_loop(), done))
            await done.wait()

    thread = threading.Thread(target=lambda: asyncio.run(hold()))
    thread.start()
    value, loop, done = ready.result(timeout=30)
    try:
        yield value
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()


@dataclass(frozen=True)
class Lab:
    """The laboratory's hosts, as `lab.yaml` and `root.pem` of a directory."""

    path: Path
    laboratory: Laboratory

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.laboratory.port}"

    @property
    def closed_address(self) -> str:
        return f"127.0.0.1:{self.laboratory.closed_port}"

    @property
    def config_file(self) -> str:
        return str(self.path / "lab.yaml")

    @property
    def root(self) -> str:
        return str(self.path / "root.pem")

    def check(self, *arguments: str) -> Result:
        """The command over targets of the config file, by name; over all of them where none is named."""
        return run("--config.file", self.config_file, "--no-http", *arguments)


@contextmanager
def opened_lab(path: Path) -> Iterator[Lab]:
    with opened(lambda: laboratory(lambda: datetime.now(UTC))) as lab:
        (path / "root.pem").write_bytes(pem(lab.root.der))
        targets = "".join(
            f"  - {{host: 127.0.0.1, port: {each.port}, server_name: {each.server_name}, name: {each.target}}}\n"
            for each in lab.endpoints
        )
        default = "{ca_file: root.pem, staple_retries: 0}"  # these hosts never warm up
        modules = f"modules:\n  default: {default}\n  old: {{tls_versions: ['1.2'], ca_file: root.pem}}\n"
        (path / "lab.yaml").write_text(f"{modules}targets:\n{targets}", encoding="utf-8")
        yield Lab(path, lab)


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(check, arguments, input=stdin, prog_name="check")


@cache
def authority() -> Authority:
    return Authority.root(now=datetime.now(UTC)).issue_authority()


@contextmanager
def showing(credential: Credential) -> Iterator[int]:
    """A host that shows this to everybody; its port."""
    with opened(lambda: serve(lambda: ServerHandshake(lambda _name: credential))) as port:
        yield port


@dataclass(frozen=True)
class Website:
    """Answers every HTTP request with the same bytes, and staples nothing."""

    port: int
    requests: list[bytes]


@contextmanager
def website(answer: bytes, path: Path, leaf: Identity | None = None) -> Iterator[Website]:
    leaf = leaf or authority().issue_leaf("www.example", ocsp_urls=["http://ocsp.example/"])
    chain, key = leaf.write(path / "website")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    requests: list[bytes] = []

    class Visit(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(LONGEST_VISIT)
            with suppress(OSError), context.wrap_socket(self.request, server_side=True) as connection:
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    received = connection.recv(4096)
                    if not received:
                        return  # a probe: it ends after the handshake
                    request += received
                requests.append(request)
                connection.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Visit) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Website(server.server_address[1], requests)
        finally:
            server.shutdown()
            thread.join()
