"""/metrics: the text of all endpoints, and the exporter's own metrics."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

from aiohttp import HttpVersion11, hdrs, web

from ocsp_staple_exporter.exposition import Exposition, OwnMetrics
from ocsp_staple_exporter.web.negotiation import Format, accepts_gzip, negotiate
from ocsp_staple_exporter.web.parts import Parts

GZIP_LEVEL = 1
"""A higher level costs two to seven times the time and saves little of text that repeats itself so much."""

AT_A_STRETCH = 0.005
"""Seconds. Less would keep the scraper waiting where probes take all of the time that there is."""

PART_BYTES = 1 << 21
"""Bytes that are joined before they go out. More hold the loop for longer than 10 ms where TLS is to encrypt them,
fewer keep the scraper of a busy exporter waiting for its turn."""

COMPRESS_ON_THE_LOOP = 1 << 16
"""Bytes that compress in less time (about 0.2 ms) than it takes to hand them to a thread and back."""


def routes(parts: Parts) -> list[web.RouteDef]:
    async def metrics(request: web.Request) -> web.StreamResponse:
        form, content_type = negotiate(",".join(request.headers.getall(hdrs.ACCEPT, ())))
        async with aclosing(scrape_text(parts.exposition, parts.own, form)) as text:
            first = await anext(text)
            if len(first) >= PART_BYTES and request.version >= HttpVersion11:
                return await _send(request, content_type, _all_of(first, text))
            whole = b"".join([first, *[part async for part in text]])  # HTTP/1.0 has no chunks (RFC 9112 §7.1)
            return await scrape_response(request, content_type, whole)

    return [web.get("/metrics", metrics)]


async def scrape_text(exposition: Exposition, own: OwnMetrics, form: Format) -> AsyncGenerator[bytes, None]:
    """The text in parts; the exporter's own metrics come last because OpenMetrics ends with `# EOF`.

    Takes no more than AT_A_STRETCH seconds before it lets probes under way go on.
    """
    part: list[bytes] = []
    size = 0
    rested = time.perf_counter()
    for text in exposition.families(time.time()):
        part.append(text)
        size += len(text)
        if size >= PART_BYTES:
            joined = b"".join(part)
            part, size = [], 0
            yield joined
        if time.perf_counter() - rested > AT_A_STRETCH:
            await asyncio.sleep(0)
            rested = time.perf_counter()
    yield b"".join([*part, form.write(own.registry)])


async def scrape_response(request: web.Request, content_type: str, text: bytes) -> web.Response:
    """The text, compressed where the scraper takes it."""
    headers = _headers(content_type)
    if _takes_gzip(request):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        text = await _compressed(text)
    return web.Response(body=text, headers=headers)


async def _send(request: web.Request, content_type: str, text: AsyncIterator[bytes]) -> web.StreamResponse:
    """The same, each part made when the one before it is out: a long text is never there as a whole.

    Who leaves before the end is told nothing more.
    """
    response = web.StreamResponse(headers=_headers(content_type))
    if _takes_gzip(request):
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
        text = _each_compressed(text)
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        with suppress(ConnectionError):
            async for part in text:
                await response.write(part)
    return response


def _headers(content_type: str) -> dict[str, str]:
    return {hdrs.CONTENT_TYPE: content_type, hdrs.VARY: "Accept, Accept-Encoding"}


def _takes_gzip(request: web.Request) -> bool:
    return accepts_gzip(",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, ())))


async def _all_of(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in others:
        yield part


async def _compressed(text: bytes) -> bytes:
    if len(text) <= COMPRESS_ON_THE_LOOP:
        return _gzip(text)
    return await asyncio.to_thread(_gzip, text)


def _gzip(text: bytes) -> bytes:
    compressor = _compressor()
    return compressor.compress(text) + compressor.flush()


async def _each_compressed(text: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    compressor = _compressor()
    async for part in text:
        yield await asyncio.to_thread(compressor.compress, part)
    yield compressor.flush()


def _compressor() -> zlib._Compress:
    return zlib.compressobj(GZIP_LEVEL, wbits=zlib.MAX_WBITS | 16)  # 16: gzip's framing, RFC 1952
