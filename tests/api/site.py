"""A server on loopback that answers with given parts, and a client of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp

from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.lab.hosts import Laboratory, laboratory
from ocsp_staple_exporter.model import Endpoint, ProbeResult
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.web.listening import ListenAddress, listen, name
from ocsp_staple_exporter.web.parts import Parts
from ocsp_staple_exporter.web.serving import serving
from ocsp_staple_exporter.web.site import web_app
from tests.web.made_parts import parts


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes
    json: Any
    """None where the body is no JSON."""


@dataclass(frozen=True, slots=True)
class Site:
    url: str
    parts: Parts

    async def ask(
        self, path: str, method: str = "GET", *, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.url + path, headers=headers, data=body) as response,
        ):
            read = await response.read()
            is_json = read and response.content_type.endswith("json")
            return Reply(response.status, dict(response.headers), read, await response.json() if is_json else None)


@asynccontextmanager
async def serving_parts(given: Parts) -> AsyncIterator[Site]:
    sockets = listen([ListenAddress("127.0.0.1", 0)])
    url = f"http://{name(sockets[0])}"
    async with serving(web_app(given), sockets):
        yield Site(url, given)


def real_parts(config: Config, prober: Prober | None = None) -> Parts:
    """Parts that probe indeed, when they are asked to."""
    made, probe = parts(config=config), (prober or Prober(trust_anchors=())).probe

    async def probe_now(endpoint: Endpoint) -> ProbeResult:
        result = await probe(endpoint)
        made.results.publish(result)
        return result

    return replace(made, probe=probe, probe_now=probe_now, now=lambda: datetime.now(UTC))


def still_laboratory() -> AbstractAsyncContextManager[Laboratory]:
    """The laboratory with a clock that stands: no staple is made anew between two looks at it."""
    opened_at = datetime.now(UTC)
    return laboratory(lambda: opened_at)


async def watched(lab: Laboratory, **settings: Any) -> Parts:
    """The laboratory's hosts, all of them probed."""
    modules = {"default": lab.module, lab.module.name: lab.module}
    made = real_parts(Config(lab.targets, modules=modules, **settings))
    await asyncio.gather(*map(made.probe_now, lab.endpoints))
    return made
