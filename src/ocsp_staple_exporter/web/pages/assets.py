"""The style sheet and the icon. Their addresses change with their bytes, so that browsers keep them for long."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from aiohttp import hdrs, web

_CONTENT_TYPES = {"style.css": "text/css", "icon.svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    content_type: str
    version: str
    """Of its bytes."""


def _load(name: str) -> Asset:
    content = (files(__package__) / "static" / name).read_bytes()
    return Asset(content, _CONTENT_TYPES[name], hashlib.sha256(content).hexdigest()[:12])


ASSETS = {name: _load(name) for name in _CONTENT_TYPES}


def path_of(name: str) -> str:
    """Relative to the root of the site."""
    return f"static/{name}?v={ASSETS[name].version}"


async def asset(request: web.Request) -> web.Response:
    """An address without the present version is answered too, and not kept."""
    found = ASSETS.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    is_present = request.query.get("v") == found.version
    headers = {hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable" if is_present else "no-cache"}
    response = web.Response(body=found.content, content_type=found.content_type, charset="utf-8", headers=headers)
    response.etag = found.version
    response.enable_compression()
    return response


ROUTES = [web.get("/static/{name}", asset)]
