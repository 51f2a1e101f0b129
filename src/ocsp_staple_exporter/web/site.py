"""All routes together, and what every answer carries."""

from __future__ import annotations

from aiohttp import hdrs, web

from ocsp_staple_exporter.web import api, lifecycle, metrics, pages, probe
from ocsp_staple_exporter.web.parts import Parts

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What an answer carries unless its own handler said otherwise."""


def web_app(parts: Parts) -> web.Application:
    """Everything that is asked over HTTP, from the root."""
    app = web.Application()
    app.on_response_prepare.append(_set_headers)
    for room in (pages, metrics, probe, api, lifecycle):
        app.router.add_routes(room.routes(parts))
    return app


async def _set_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers[hdrs.SERVER] = "ocsp-staple-exporter"  # aiohttp would name its version and Python's
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
