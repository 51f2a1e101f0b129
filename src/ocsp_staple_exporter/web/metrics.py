"""/metrics: the text of all endpoints, and the exporter's own metrics."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Sequence

from aiohttp import hdrs, web

from ocsp_staple_exporter.exposition import Exposition, OwnMetrics
from ocsp_staple_exporter.web.negotiation import Format, accepts_gzip, negotiate
from ocsp_staple_exporter.web.parts import Parts

GZIP_LEVEL = 1
"""A higher level costs two to seven times the time and saves little of text that repeats itself so much."""

COMPRESS_ON_THE_LOOP = 1 << 16
"""Bytes that compress in less time (about 0.2 ms) than it takes to hand them to a thread and back."""


def routes(parts: Parts) -> list[web.RouteDef]:
    async def metrics(request: web.Request) -> web.Response:
        form, content_type = negotiate(",".join(request.headers.getall(hdrs.ACCEPT, ())))
        return await scrape_response(request, content_type, await _text(parts.exposition, parts.own, form))

    return [web.get("/metrics", metrics)]


async def scrape_response(request: web.Request, content_type: str, text: Sequence[bytes]) -> web.Response:
    """The text, compressed where the scraper takes it."""
    headers = {hdrs.CONTENT_TYPE: content_type, hdrs.VARY: "Accept, Accept-Encoding"}
    if not accepts_gzip(",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, ()))):
        return web.Response(body=b"".join(text), headers=headers)
    headers[hdrs.CONTENT_ENCODING] = "gzip"
    return web.Response(body=await _compressed(text), headers=headers)


async def _text(exposition: Exposition, own: OwnMetrics, form: Format) -> list[bytes]:
    """The text by families; the exporter's own come last because OpenMetrics ends with `# EOF`."""
    parts = []
    for family in exposition.families(time.time()):
        parts.append(family)
        await asyncio.sleep(0)  # probes under way go on between two families
    parts.append(form.write(own.registry))
    return parts


async def _compressed(parts: Sequence[bytes]) -> bytes:
    if sum(map(len, parts)) <= COMPRESS_ON_THE_LOOP:
        return _gzip(parts)
    return await asyncio.to_thread(_gzip, parts)


def _gzip(parts: Sequence[bytes]) -> bytes:
    compressor = zlib.compressobj(GZIP_LEVEL, wbits=zlib.MAX_WBITS | 16)  # 16: gzip's framing, RFC 1952
    return b"".join([*map(compressor.compress, parts), compressor.flush()])
