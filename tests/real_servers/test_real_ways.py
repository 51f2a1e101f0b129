"""The way to a host through real proxies, and to servers that expect the PROXY protocol."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.nginx import PACKAGE as NGINX
from ocsp_staple_exporter.lab.process import Server, find_program, reserved_port, running
from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake
from ocsp_staple_exporter.model import (
    Credentials,
    Endpoint,
    Module,
    Observation,
    ProbeError,
    ProbeFailure,
    Proxy,
    ProxyProtocol,
    ProxyScheme,
)
from ocsp_staple_exporter.probe import Prober
from tests.real_servers.conftest import require

pytestmark = pytest.mark.real_server

USER = Credentials("prober", "open-sesame")
STRANGER = Credentials("stranger", "open-sesame")
PORT_THAT_IS_FORBIDDEN = 9


@pytest.fixture(scope="module")
def leaf() -> Identity:
    return Authority.root(now=datetime.now(UTC)).issue_leaf("localhost")


@pytest.fixture(scope="module")
def ports() -> Iterator[tuple[int, int]]:
    """One for a TLS server, one where nobody listens."""
    with reserved_port() as tls, reserved_port() as closed:
        yield tls, closed


@pytest.fixture
async def tls_port(leaf: Identity, ports: tuple[int, int]) -> AsyncIterator[int]:
    credential = Credential(leaf.chain, leaf.key, b"a staple")
    async with serve(lambda: ServerHandshake(lambda _: credential), port=ports[0]) as port:
        yield port


@pytest.fixture(scope="module")
def tinyproxy(ports: tuple[int, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Module]:
    require("tinyproxy", "tinyproxy-bin")
    directory = tmp_path_factory.mktemp("tinyproxy")
    with reserved_port() as port:
        configuration = directory / "tinyproxy.conf"
        allowed = "".join(f"ConnectPort {each}\n" for each in ports)
        configuration.write_text(
            f"Listen 127.0.0.1\nPort {port}\nMaxClients 20\nBasicAuth {USER.user} {USER.password}\n{allowed}"
        )
        command = [find_program("tinyproxy", package="tinyproxy-bin"), "-d", "-c", str(configuration)]
        with running(command, port=port, directory=directory, error_log=directory / "log"):
            yield through(ProxyScheme.HTTP, port)


@pytest.fixture(scope="module")
def microsocks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Module]:
    require("microsocks", "microsocks")
    directory = tmp_path_factory.mktemp("microsocks")
    with reserved_port() as port:
        where = ["-i", "127.0.0.1", "-p", str(port), "-u", USER.user, "-P", USER.password]
        command = [find_program("microsocks", package="microsocks"), *where]
        with running(command, port=port, directory=directory, error_log=directory / "log"):
            yield through(ProxyScheme.SOCKS5, port)


def through(scheme: ProxyScheme, port: int) -> Module:
    return Module(
        timeout=timedelta(seconds=10), proxy=Proxy(scheme=scheme, host="127.0.0.1", port=port, credentials=USER)
    )


def changed(module: Module, *, credentials: Credentials | None = USER, scheme: ProxyScheme | None = None) -> Module:
    assert module.proxy
    proxy = replace(module.proxy, credentials=credentials, scheme=scheme or module.proxy.scheme)
    return replace(module, proxy=proxy)


async def probe(module: Module, port: int, *, host: str = "localhost") -> Observation | ProbeError:
    endpoint = Endpoint(target="host", host=host, port=port, server_name="localhost", module=module)
    return (await Prober(trust_anchors=()).probe(endpoint)).outcome


async def failure(module: Module, port: int) -> ProbeFailure | None:
    outcome = await probe(module, port)
    return outcome.reason if isinstance(outcome, ProbeError) else None


async def test_a_staple_comes_through_tinyproxy(tinyproxy: Module, tls_port: int) -> None:
    seen = await probe(tinyproxy, tls_port)

    assert isinstance(seen, Observation), seen
    assert seen.handshake.staple == b"a staple"


async def test_tinyproxy_refuses_in_every_way(tinyproxy: Module, tls_port: int, ports: tuple[int, int]) -> None:
    assert await failure(tinyproxy, PORT_THAT_IS_FORBIDDEN) is ProbeFailure.PROXY_REFUSED
    assert await failure(tinyproxy, ports[1]) is ProbeFailure.PROXY_CONNECT_FAILED
    assert await failure(changed(tinyproxy, credentials=None), tls_port) is ProbeFailure.PROXY_AUTHENTICATION
    assert await failure(changed(tinyproxy, credentials=STRANGER), tls_port) is ProbeFailure.PROXY_AUTHENTICATION


@pytest.mark.parametrize("scheme", [ProxyScheme.SOCKS5, ProxyScheme.SOCKS5H])
async def test_a_staple_comes_through_microsocks(microsocks: Module, scheme: ProxyScheme, tls_port: int) -> None:
    seen = await probe(changed(microsocks, scheme=scheme), tls_port, host="127.0.0.1")

    assert isinstance(seen, Observation), seen
    assert seen.handshake.staple == b"a staple"


async def test_microsocks_refuses_in_every_way(microsocks: Module, tls_port: int, ports: tuple[int, int]) -> None:
    by_name = changed(microsocks, scheme=ProxyScheme.SOCKS5H)
    assert await failure(by_name, ports[1]) is ProbeFailure.PROXY_CONNECT_FAILED
    assert await failure(changed(by_name, credentials=None), tls_port) is ProbeFailure.PROXY_AUTHENTICATION
    assert await failure(changed(by_name, credentials=STRANGER), tls_port) is ProbeFailure.PROXY_AUTHENTICATION
    assert await failure(changed(by_name, scheme=ProxyScheme.HTTP), tls_port) is ProbeFailure.PROXY_MALFORMED


@pytest.fixture(scope="module")
def nginx(leaf: Identity, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It expects the PROXY protocol, and logs what that says."""
    require("nginx", NGINX)
    directory = tmp_path_factory.mktemp("nginx")
    log = directory / "log"
    with reserved_port() as port:
        configuration = directory / "nginx.conf"
        configuration.write_text(_behind_a_load_balancer(leaf, directory, port))
        files = ["-p", str(directory), "-c", str(configuration), "-e", str(log)]
        command = [find_program("nginx", package=NGINX), *files]
        with running(command, port=port, directory=directory, error_log=log) as server:
            yield server


def _behind_a_load_balancer(leaf: Identity, directory: Path, port: int) -> str:
    chain, key = leaf.write(directory / "leaf")
    temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return f"""
{"user root;" if os.geteuid() == 0 else ""}
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/log debug;
events {{ worker_connections 64; }}
http {{
    access_log off;
    {" ".join(f"{kind}_temp_path {directory}/temp;" for kind in temporary)}
    server {{
        listen 127.0.0.1:{port} ssl proxy_protocol;
        ssl_certificate {chain};
        ssl_certificate_key {key};
    }}
}}
"""


@pytest.mark.parametrize(
    ("version", "log"), [(ProxyProtocol.V1, "PROXY protocol"), (ProxyProtocol.V2, "PROXY protocol v2")]
)
async def test_nginx_is_told_both_ends_of_the_connection(nginx: Server, version: ProxyProtocol, log: str) -> None:
    module = Module(timeout=timedelta(seconds=10), proxy_protocol=version, source_address="127.0.0.77")

    assert isinstance(await probe(module, nginx.port, host="127.0.0.1"), Observation)
    assert re.search(rf"{log} src: 127\.0\.0\.77 [0-9]+, dst: 127\.0\.0\.1 {nginx.port}\n", nginx.log())


@pytest.mark.parametrize("version", ProxyProtocol)
async def test_nginx_takes_a_header_that_names_nobody(
    nginx: Server, microsocks: Module, version: ProxyProtocol
) -> None:
    module = replace(microsocks, proxy_protocol=version)

    assert isinstance(await probe(module, nginx.port, host="127.0.0.1"), Observation)


async def test_nginx_drops_who_does_not_say_who_comes(nginx: Server) -> None:
    dropped = await probe(Module(timeout=timedelta(seconds=10)), nginx.port, host="127.0.0.1")

    assert isinstance(dropped, ProbeError)
    assert dropped.reason in {ProbeFailure.CONNECTION_CLOSED, ProbeFailure.CONNECTION_RESET}
