"""What a server sent, as files: its staple and its chain."""

from __future__ import annotations

import base64
import re
import textwrap
from collections.abc import Iterable

from aiohttp import hdrs, web

from ocsp_staple_exporter.model import Endpoint, Handshake, Observation
from ocsp_staple_exporter.web.parts import Parts

LONGEST_NAME = 80
"""Characters of a file's name that come from the target."""

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


def file_name(endpoint: Endpoint, suffix: str) -> str:
    """A name of letters, digits, dots, dashes and underscores, whatever the target is called."""
    stem = _UNSAFE.sub("_", endpoint.name)[:LONGEST_NAME].strip("._-")
    return f"{stem or endpoint.id}.{suffix}"


def pem(label: str, blocks: Iterable[bytes]) -> bytes:
    """RFC 7468 §3."""
    return "".join(f"-----BEGIN {label}-----\n{_lines(block)}\n-----END {label}-----\n" for block in blocks).encode()


def _lines(block: bytes) -> str:
    return "\n".join(textwrap.wrap(base64.b64encode(block).decode(), 64))


def routes(parts: Parts) -> list[web.RouteDef]:
    def seen(request: web.Request) -> tuple[Endpoint, Handshake]:
        result = parts.results.latest(request.match_info["id"])
        if result is None or not isinstance(result.outcome, Observation):
            raise web.HTTPNotFound
        return result.endpoint, result.outcome.handshake

    def stapled(request: web.Request) -> tuple[Endpoint, bytes]:
        endpoint, handshake = seen(request)
        if not handshake.staple:
            raise web.HTTPNotFound
        return endpoint, handshake.staple

    async def staple_der(request: web.Request) -> web.Response:
        endpoint, staple = stapled(request)
        return _file(staple, "application/ocsp-response", file_name(endpoint, "staple.der"))  # RFC 6960 §C.2

    async def staple_pem(request: web.Request) -> web.Response:
        endpoint, staple = stapled(request)
        return _file(pem("OCSP RESPONSE", [staple]), "application/x-pem-file", file_name(endpoint, "staple.pem"))

    async def chain_pem(request: web.Request) -> web.Response:
        endpoint, handshake = seen(request)
        content = pem("CERTIFICATE", handshake.chain)
        return _file(content, "application/pem-certificate-chain", file_name(endpoint, "chain.pem"))  # RFC 8555 §9.1

    return [
        web.get("/endpoints/{id}/staple.der", staple_der),
        web.get("/endpoints/{id}/staple.pem", staple_pem),
        web.get("/endpoints/{id}/chain.pem", chain_pem),
    ]


def _file(content: bytes, content_type: str, name: str) -> web.Response:
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"', hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=content, content_type=content_type, headers=headers)
