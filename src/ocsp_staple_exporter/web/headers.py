"""What every answer carries."""

from __future__ import annotations

from aiohttp import hdrs, web

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What an answer carries unless its own handler said otherwise."""


def set_headers(response: web.StreamResponse) -> None:
    response.headers[hdrs.SERVER] = "ocsp-staple-exporter"  # aiohttp would name its version and Python's
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
