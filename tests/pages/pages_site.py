"""The pages on loopback, with results that the tests publish."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.discovery import ListState
from ocsp_staple_exporter.model import Endpoint, ProbeResult
from ocsp_staple_exporter.web.parts import Parts
from ocsp_staple_exporter.web.site import web_app
from tests.exposition import made_results as made
from tests.pages.html_tree import Element, read_html
from tests.web.made_parts import parts

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "identity"}


@dataclass
class Site:
    parts: Parts
    client: TestClient[Request, Application]
    prefix: str = ""

    async def ask(self, path: str, **headers: str) -> tuple[ClientResponse, bytes]:
        async with self.client.get(self.prefix + path, headers=BROWSER | headers, allow_redirects=False) as response:
            return response, await response.read()

    async def page(self, path: str, status: int = 200) -> Element:
        response, body = await self.ask(path)
        assert response.status == status, body
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        return read_html(body.decode())


@asynccontextmanager
async def site_of(
    endpoints: Iterable[Endpoint] = (),
    results: Iterable[ProbeResult] = (),
    *,
    prefix: str = "",
    config: Callable[[Config], Config] = lambda config: config,
    problems: tuple[str, ...] = (),
    lists: Sequence[ListState] = (),
    now: Callable[[], datetime] = lambda: made.NOW,
) -> AsyncIterator[Site]:
    """A site that watches the endpoints and those of the results, and has seen the results."""
    results = tuple(results)
    watched = dict.fromkeys((*endpoints, *(result.endpoint for result in results)))
    its_parts = replace(parts(watched, config=config(Config(())), problems=problems, lists=lists), now=now)
    app = web_app(its_parts, prefix=prefix)
    async with TestClient(TestServer(app)) as client:
        for result in results:  # after the routes subscribed
            its_parts.results.publish(result)
        yield Site(its_parts, client, prefix)
