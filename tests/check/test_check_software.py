"""Which server it is: guessed from one HTTPS request, and only where that is of use."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest

from ocsp_staple_exporter.check import software
from ocsp_staple_exporter.check.software import OTHER_PROTOCOLS, Server, ask, software_of
from ocsp_staple_exporter.diagnosis import Software
from ocsp_staple_exporter.lab import apache, nginx
from ocsp_staple_exporter.model import Endpoint, Module, StartTLS
from tests.check.hosts_to_check import Lab, authority, run, website
from tests.real_servers.conftest import require

NGINX = b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 7\r\n\r\n"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("nginx/1.22.1", Software.NGINX),
        ("nginx", Software.NGINX),
        ("openresty/1.25.3.1", Software.NGINX),
        ("Tengine", Software.NGINX),
        ("Apache/2.4.57 (Debian) OpenSSL/3.0.11", Software.APACHE),
        ("Apache", Software.APACHE),
        ("Apache-Coyote/1.1", Software.JAVA),
        ("Apache Tomcat/9.0.80", Software.JAVA),
        ("Jetty(11.0.15)", Software.JAVA),
        ("Caddy", Software.CADDY),
        ("envoy", Software.ENVOY),
        ("istio-envoy", Software.ENVOY),
        ("lighttpd/1.4.69", Software.LIGHTTPD),
        ("Microsoft-IIS/10.0", Software.IIS),
        ("Microsoft-HTTPAPI/2.0", Software.IIS),
        ("cloudflare", None),
        ("nginxish/1", None),
        ("not nginx", None),
        ("", None),
        ("\x1b[31m", None),
    ],
)
def test_a_server_is_known_by_how_it_calls_itself(header: str, expected: Software | None) -> None:
    assert software_of(header) is expected


def test_the_answer_chooses_the_fix(tmp_path: Path) -> None:
    with website(NGINX, tmp_path) as site:
        result = run(f"localhost:{site.port}")
        (request,) = site.requests
    assert result.exit_code == 1
    assert "server       nginx/1.22.1, as it says itself" in result.stdout
    assert 'for nginx, which it looks like ("Server: nginx/1.22.1"): ' in " ".join(result.stdout.split())
    assert re.search(r"^other fixes +Apache httpd", result.stdout, re.MULTILINE)
    assert request.startswith(b"HEAD / HTTP/1.1\r\n")
    assert f"\r\nHost: localhost:{site.port}\r\n".encode() in request
    assert b"\r\nUser-Agent: ocsp-staple-exporter/" in request


def test_the_guess_is_in_the_json(tmp_path: Path) -> None:
    with website(NGINX, tmp_path) as site:
        (guessed,) = json.loads(run(f"localhost:{site.port}", "--json").stdout)["hosts"]
        (told,) = json.loads(run(f"localhost:{site.port}", "--json", "--server=haproxy").stdout)["hosts"]
    assert guessed["server"] == {"header": "nginx/1.22.1", "software": "nginx"}
    assert told["server"] == {"header": None, "software": "haproxy"}
    assert {fix["software"] for fix in guessed["diagnosis"]["fixes"]} <= {"nginx", None}


async def test_no_http_request_is_made_where_tls_began_with_starttls(tmp_path: Path) -> None:
    with website(NGINX, tmp_path) as site:
        for protocol, known in (
            (None, Server(software=Software.NGINX, header="nginx/1.22.1")),
            (StartTLS.SMTP, Server()),
        ):
            module = Module(starttls=protocol)
            endpoint = Endpoint(target="t", host="localhost", port=site.port, server_name="localhost", module=module)
            assert await ask(endpoint, "127.0.0.1") == known
        assert len([request for request in site.requests if request]) == 1


@pytest.mark.parametrize("more", [("--no-http",), ("--server", "nginx")])
def test_nobody_is_asked_who_is_not_to_be_asked(tmp_path: Path, more: tuple[str, ...]) -> None:
    with website(NGINX, tmp_path) as site:
        result = run(f"localhost:{site.port}", *more)
        assert site.requests == []
    assert result.exit_code == 1
    assert "Server:" not in result.stdout


def test_a_host_that_is_well_is_not_asked(tmp_path: Path) -> None:
    leaf = authority().issue_leaf("localhost")
    with website(NGINX, tmp_path, leaf) as site:
        assert run(f"localhost:{site.port}").exit_code == 0
        assert site.requests == []


async def test_a_port_of_another_protocol_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unexpected(*_arguments: object) -> bytes:
        raise AssertionError

    monkeypatch.setattr(software, "_server_header", unexpected)
    for port in sorted(OTHER_PROTOCOLS):
        assert await ask(_endpoint(port), "192.0.2.1") == Server()
    with pytest.raises(AssertionError):
        await ask(_endpoint(443), "192.0.2.1")


def _endpoint(port: int) -> Endpoint:
    return Endpoint(target="x", host="www.example", port=port, server_name="www.example", module=Module())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nServer: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 999999 \xff\r\nServer: nginx\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nServer nginx\r\n\r\n",
        b"HTTP/2 200\r\nServer: nginx\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nServer: nginx\r\n\r\n",
        b"\x00" * 1000,
    ],
)
def test_an_answer_of_no_use_changes_nothing(tmp_path: Path, answer: bytes) -> None:
    with website(answer, tmp_path) as site:
        result = run(f"localhost:{site.port}", "--json")
    (host,) = json.loads(result.stdout)["hosts"]
    assert (result.exit_code, result.stderr) == (1, "")
    assert host["server"] == {"header": None, "software": None}


def test_what_comes_before_the_answer_is_passed_over(tmp_path: Path) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nServer: Caddy\r\n\r\n"
    with website(early + early + NGINX, tmp_path) as site:
        (host,) = json.loads(run(f"localhost:{site.port}", "--json").stdout)["hosts"]
    assert host["server"] == {"header": "nginx/1.22.1", "software": "nginx"}


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    away = b"HTTP/1.1 301 Moved\r\nServer: Caddy\r\nLocation: https://localhost:1/\r\nContent-Length: 0\r\n\r\n"
    with website(away, tmp_path) as site:
        (host,) = json.loads(run(f"localhost:{site.port}", "--json").stdout)["hosts"]
        assert len(site.requests) == 1
    assert host["server"]["software"] == "caddy"


def test_a_server_that_never_answers_is_not_waited_for_long(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software, "PATIENCE", software.PATIENCE / 30)
    result = run("--config.file", lab.config_file, "stale.test", "no-staple.test")
    assert (result.exit_code, result.stderr) == (2, "")


@pytest.mark.parametrize("form", ["text", "json", "nagios", "prometheus"])
def test_a_hostile_header_is_escaped(tmp_path: Path, form: str) -> None:
    answer = "HTTP/1.1 200 OK\r\nServer: nginx \x9b31m\u202eevil | x=1 \U0001f600\\\r\n\r\n".encode()
    with website(answer, tmp_path) as site:
        result = run(f"localhost:{site.port}", "--format", form)
    assert result.exit_code == 1
    assert set(result.stdout) - {"\n"} <= {character for character in result.stdout if character.isprintable()}
    if form == "text":
        assert r"nginx \x9b31m\u202eevil | x=1 😀\\" in " ".join(result.stdout.split())


@pytest.mark.parametrize("address", ["::1", "fe80::1%lo", "127.0.0.1"])
async def test_an_address_of_any_family_is_asked_and_may_stay_silent(address: str) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # and never listens
        assert await ask(_endpoint(holder.getsockname()[1]), address) == Server()


@pytest.mark.real_server
def test_nginx_is_recognised(tmp_path: Path) -> None:
    require("nginx", nginx.PACKAGE)
    leaf = authority().issue_leaf("localhost", ocsp_urls=["http://ocsp.example/"])
    host = nginx.VirtualHost(server_name="localhost", identities=(leaf,))
    with nginx.nginx([host], tmp_path) as server:
        text = run(f"localhost:{server.port}").stdout
    assert re.search(r'for nginx, which it looks like \("Server: nginx/[\d.]+"\): ', " ".join(text.split()))


@pytest.mark.real_server
def test_apache_is_recognised(tmp_path: Path) -> None:
    require("apache2", apache.PACKAGE)
    leaf = authority().issue_leaf("localhost", ocsp_urls=["http://ocsp.example/"])
    host = apache.VirtualHost(server_name="localhost", identities=(leaf,), stapling=False)
    with apache.apache([host], tmp_path) as server:
        text = run(f"localhost:{server.port}").stdout
    assert re.search(r'for Apache httpd, which it looks like \("Server: Apache/[\d.]+ ', " ".join(text.split()))
