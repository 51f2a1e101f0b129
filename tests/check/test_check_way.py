"""check on its way to a host: names that are not sent, proxies, and where it begins."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.check.hosts_to_check import Lab, run


def host_of(lab: Lab, *arguments: str) -> dict[str, object]:
    result = run(lab.address, "--ca-file", lab.root, "--no-http", "--json", *arguments)
    (host,) = json.loads(result.stdout)["hosts"]
    assert isinstance(host, dict)
    return host


def chain_of(host: dict[str, object]) -> tuple[bool, str]:
    chain = host["chain"]
    assert isinstance(chain, dict)
    return chain["verified"], chain["detail"]


def test_a_name_that_is_not_sent_is_what_the_certificate_must_be_for(lab: Lab) -> None:
    """The laboratory shows the certificate of healthy-ecdsa.test to clients without SNI."""
    sent = host_of(lab, "--server-name", "healthy-rsa.test")
    not_sent = host_of(lab, "--server-name", "healthy-rsa.test", "--no-sni")
    also_not_sent = host_of(lab, "--server-name", "healthy-ecdsa.test", "--no-sni")

    assert [host["server_name"] for host in (sent, not_sent, also_not_sent)] == ["healthy-rsa.test", None, None]
    assert chain_of(sent)[0] is True
    assert chain_of(not_sent)[0] is False
    assert chain_of(also_not_sent)[0] is True


def test_a_target_of_the_file_keeps_its_name_when_that_is_not_sent(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("targets: [{host: 127.0.0.1, port: 1, server_name: a.example, name: listed}]\n")

    told = run("--config.file", str(config), "--no-sni")

    assert "127.0.0.1:1, without a server name" in told.stdout


def test_a_proxy_is_gone_through(lab: Lab) -> None:
    closed = f"http://{lab.closed_address}"
    host = host_of(lab, "--proxy", closed)

    assert host["error"] == {
        "reason": "proxy_unreachable",
        "detail": f"the proxy {closed}: 127.0.0.1 refused the connection",
    }
    assert closed in str(host["diagnosis"])


@dataclass
class Visitor:
    """Who connected to a listener, and what was said first."""

    came_from: str = ""
    said: bytes = b""


@contextmanager
def listener() -> Iterator[tuple[int, Visitor]]:
    """Hangs up on the first words of whoever comes."""
    visitor = Visitor()

    class Visit(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            visitor.came_from = self.client_address[0]
            visitor.said = self.request.recv(4096)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Visit) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1], visitor
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ((), b"\x16\x03"),  # a ClientHello
        (("--proxy-protocol", "v1"), b"PROXY TCP4 127.0.0.1 127.0.0.1 "),
        (("--proxy-protocol", "v2"), b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01"),
    ],
)
def test_a_header_of_the_proxy_protocol_comes_first_where_it_is_asked_for(
    options: tuple[str, ...], header: bytes
) -> None:
    with listener() as (port, visitor):
        run(f"127.0.0.1:{port}", "--no-http", *options)
    assert visitor.said.startswith(header)


def test_the_connection_begins_at_the_source_address(lab: Lab) -> None:
    with listener() as (port, visitor):
        run(f"127.0.0.1:{port}", "--no-http", "--source-address", "127.0.0.77")
        assert visitor.came_from == "127.0.0.77"
        run(f"127.0.0.1:{port}", "--no-http")
        assert visitor.came_from == "127.0.0.1"
    not_ours = host_of(lab, "--source-address", "192.0.2.1")
    assert not_ours["error"] == {
        "reason": "connect_failed",
        "detail": "192.0.2.1 cannot be the source address: Cannot assign requested address",
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--source-address", "::1", "--ip-family", "ipv4"), "source_address is ipv6 and ip_family ipv4: no host can"),
        (("--source-address", "::1", "--address", "127.0.0.1"), '"127.0.0.1" is ipv4 and source_address ipv6: it can'),
        (("--address", "127.0.0.1", "--ip-family", "ipv6"), '"127.0.0.1" is ipv4 and ip_family ipv6: it can never'),
        (("127.0.0.1", "--ip-family", "ipv6"), '"127.0.0.1" is ipv4 and ip_family ipv6: it can never'),
        (("127.0.0.1", "--source-address", "::1"), '"127.0.0.1" is ipv4 and source_address ipv6: it can'),
        (("--source-address", "localhost"), '"localhost" is no IP address'),
        (("--proxy-protocol", "v3"), "'v3' is not one of 'v1', 'v2'"),
    ],
)
def test_ways_that_lead_nowhere_are_wrong_use(options: tuple[str, ...], said: str) -> None:
    result = run("host.example", *options)

    assert (result.exit_code, result.stdout) == (64, "")
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("proxy:1", "has no scheme"),
        ("https://proxy:1", "which is not supported"),
        ("http://a:open-sesame@proxy:1", "holds a user: put the proxy into a module of a config file"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(url: str, said: str) -> None:
    result = run("host.example", "--proxy", url)

    assert result.exit_code == 64
    assert said in " ".join(result.stderr.split())
    assert "sesame" not in result.stderr
