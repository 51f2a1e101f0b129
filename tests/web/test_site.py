from __future__ import annotations

import asyncio
import gzip
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from ocsp_staple_exporter.results import Results
from ocsp_staple_exporter.web import metrics as metrics_module
from ocsp_staple_exporter.web.listening import ListenAddress, listen, name
from ocsp_staple_exporter.web.parts import Parts
from ocsp_staple_exporter.web.serving import serving
from ocsp_staple_exporter.web.site import web_app
from tests.exposition import made_results as made
from tests.web.made_parts import parts

OPENMETRICS = "application/openmetrics-text;version=1.0.0"


@dataclass
class Site:
    """A server that listens on loopback, and what it shows."""

    ready: bool = True
    parts: Parts = field(init=False)
    url: str = ""

    def __post_init__(self) -> None:
        self.parts = parts([made.endpoint("a"), made.endpoint("b")], is_ready=lambda: self.ready)

    @property
    def results(self) -> Results:
        return self.parts.results

    async def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
        async with (
            aiohttp.ClientSession(self.url, auto_decompress=False) as session,
            session.request(method, path, headers={"Accept-Encoding": "identity"} | headers) as response,
        ):
            return response, await response.read()

    async def raw(self, request: bytes) -> bytes:
        host, port = self.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    sockets = listen([ListenAddress("127.0.0.1", 0)])
    site.url = f"http://{name(sockets[0])}"
    async with serving(web_app(site.parts), sockets):
        yield site


async def test_metrics_are_plain_text_by_default(site: Site) -> None:
    site.results.publish(made.result(of=made.endpoint("a")))
    response, body = await site.ask("/metrics")
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "Content-Encoding" not in response.headers
    families = {family.name: family for family in parse_text(body.decode())}
    assert families["ocsp_staple_present"].samples[0].labels == {"target": "a"}
    assert families["ocsp_staple_exporter_endpoints"].samples[0].value == 2
    assert "process_cpu_seconds" in families


async def test_metrics_are_openmetrics_where_asked_for(site: Site) -> None:
    site.results.publish(made.result(of=made.endpoint("a")))
    response, body = await site.ask("/metrics", Accept=OPENMETRICS)
    assert response.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert body.endswith(b"\n# EOF\n")
    assert body.count(b"# EOF") == 1
    names = [family.name for family in parse_openmetrics(body.decode())]  # type: ignore[no-untyped-call]
    assert "ocsp_staple_present" in names
    assert "ocsp_staple_exporter_probes" in names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("threshold", [0, 1 << 30], ids=["in a thread", "on the loop"])
async def test_metrics_are_compressed_where_the_scraper_takes_it(
    site: Site, threshold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_module, "COMPRESS_ON_THE_LOOP", threshold)
    response, body = await site.ask("/metrics", **{"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body).startswith(b"# HELP ocsp_staple_")
    assert "Accept-Encoding" in response.headers["Vary"]


async def test_a_scrape_sees_the_latest_result(site: Site) -> None:
    site.results.publish(made.result(made.REFUSED, of=made.endpoint("a")))
    _, before = await site.ask("/metrics")
    site.results.publish(made.result(of=made.endpoint("a")))
    _, after = await site.ask("/metrics")
    site.results.watch([])
    _, removed = await site.ask("/metrics")
    assert b'probe_success{target="a"} 0.0' in before
    assert b'probe_success{target="a"} 1.0' in after
    assert b'target="a"' not in removed


async def test_the_exporter_is_healthy_even_when_it_is_not_ready(site: Site) -> None:
    site.ready = False
    response, body = await site.ask("/-/healthy")
    assert (response.status, body) == (200, b"Healthy.\n")


async def test_readiness_follows_the_exporter(site: Site) -> None:
    assert (await site.ask("/-/ready"))[0].status == 200
    site.ready = False
    assert (await site.ask("/-/ready"))[0].status == 503


async def test_the_landing_page_names_the_version_and_links_to_what_there_is(site: Site) -> None:
    response, body = await site.ask("/")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"1.2.3" in body
    links = re.findall(r'href="([^"]+)"', body.decode())
    assert "metrics" in links
    for link in links:
        assert (await site.ask("/" + link))[0].status == 200


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready"])
async def test_head_is_answered_like_get_without_a_body(site: Site, path: str) -> None:
    response, body = await site.ask(path, "HEAD")
    assert response.status == 200
    assert body == b""
    assert int(response.headers["Content-Length"]) > 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/metrics/", 404), ("POST", "/metrics", 405), ("DELETE", "/-/healthy", 405)],
)
async def test_what_is_not_there_is_refused(site: Site, method: str, path: str, status: int) -> None:
    response, _ = await site.ask(path, method)
    assert response.status == status
    if status == 405:
        assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/metrics"), ("GET", "/nowhere"), ("POST", "/metrics"), ("GET", "/-/ready")],
)
async def test_every_answer_is_locked_down_and_names_no_version(site: Site, method: str, path: str) -> None:
    site.ready = False
    response, _ = await site.ask(path, method)
    assert response.headers["Server"] == "ocsp-staple-exporter"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_broken_request_is_refused_and_the_server_lives_on(site: Site) -> None:
    assert b" 400 " in (await site.raw(b"GARBAGE\r\n\r\n")).partition(b"\r\n")[0]
    assert (await site.ask("/-/healthy"))[0].status == 200


async def test_a_strange_accept_header_does_not_break_a_scrape(site: Site) -> None:
    response, _ = await site.ask("/metrics", Accept="application/openmetrics-text;version=x.y", Range="bytes=0-1")
    assert response.status == 200


async def test_closing_does_not_wait_for_idle_connections() -> None:
    sockets = listen([ListenAddress("127.0.0.1", 0)])
    address = sockets[0].getsockname()
    async with asyncio.timeout(5):
        async with serving(web_app(parts()), sockets):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"Healthy.\n")
            before = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - before < 2
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address)
