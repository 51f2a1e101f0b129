"""/metrics: the text of all endpoints, and the exporter's own metrics."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Sequence

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

from ocsp_staple_exporter.exposition import Exposition, OwnMetrics
from ocsp_staple_exporter.web.negotiation import Format, accepts_gzip, negotiate
from ocsp_staple_exporter.web.parts import Parts

GZIP_LEVEL = 1
"""A higher level costs two to seven times the time and saves little of text that repeats itself so much."""

AT_A_STRETCH = 0.005
"""Seconds. Less would keep the scraper waiting where probes take all of the time that there is."""

PART_BYTES = 1 << 22
"""Bytes that are joined before they go out, in about a millisecond: fewer keep the scraper waiting for its turn."""

COMPRESS_ON_THE_LOOP = 1 << 16
"""Bytes that compress in less time (about 0.2 ms) than it takes to hand them to a thread and back."""


def routes(parts: Parts) -> list[web.RouteDef]:
    async def metrics(request: web.Request) -> web.Response:
        form, content_type = negotiate(",".join(request.headers.getall(hdrs.ACCEPT, ())))
        return await scrape_response(request, content_type, await scrape_text(parts.exposition, parts.own, form))

    return [web.get("/metrics", metrics)]


async def scrape_response(request: web.Request, content_type: str, text: Sequence[bytes]) -> web.Response:
    """The text, compressed where the scraper takes it."""
    headers = {hdrs.CONTENT_TYPE: content_type, hdrs.VARY: "Accept, Accept-Encoding"}
    if not accepts_gzip(",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, ()))):
        short = sum(map(len, text)) <= PART_BYTES
        return web.Response(body=b"".join(text) if short else _Parts(text, content_type), headers=headers)
    headers[hdrs.CONTENT_ENCODING] = "gzip"
    return web.Response(body=await _compressed(text), headers=headers)


class _Parts(Payload):
    """A text that goes out part by part: to join a hundred megabytes first would hold up the probes."""

    _value: Sequence[bytes]
    _autoclose = True

    def __init__(self, parts: Sequence[bytes], content_type: str) -> None:
        super().__init__(parts, content_type=content_type)
        self._size = sum(map(len, parts))

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return b"".join(self._value).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        for part in self._value:
            await writer.write(part)


async def scrape_text(exposition: Exposition, own: OwnMetrics, form: Format) -> list[bytes]:
    """The text in parts; the exporter's own metrics come last because OpenMetrics ends with `# EOF`.

    Takes no more than AT_A_STRETCH seconds before it lets probes under way go on.
    """
    parts, part, size = [], [], 0
    rested = time.perf_counter()
    for text in exposition.families(time.time()):
        part.append(text)
        size += len(text)
        if size >= PART_BYTES:
            parts.append(b"".join(part))
            part, size = [], 0
        if time.perf_counter() - rested > AT_A_STRETCH:
            await asyncio.sleep(0)
            rested = time.perf_counter()
    return [*parts, b"".join(part), form.write(own.registry)]


async def _compressed(parts: Sequence[bytes]) -> bytes:
    if sum(map(len, parts)) <= COMPRESS_ON_THE_LOOP:
        return _gzip(parts)
    return await asyncio.to_thread(_gzip, parts)


def _gzip(parts: Sequence[bytes]) -> bytes:
    compressor = zlib.compressobj(GZIP_LEVEL, wbits=zlib.MAX_WBITS | 16)  # 16: gzip's framing, RFC 1952
    return b"".join([*map(compressor.compress, parts), compressor.flush()])
