"""The HTTP server: its addresses, its pages, and what every answer carries."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from ocsp_staple_exporter.exposition import Exposition, OwnMetrics
from ocsp_staple_exporter.web.landing import landing_page
from ocsp_staple_exporter.web.metrics import metrics_handler

SHUTDOWN_SECONDS = 0.5
"""How long an answer under way may still take when the exporter stops."""

BACKLOG = 128

_HEADERS = {
    hdrs.SERVER: "ocsp-staple-exporter",  # aiohttp would name its version and Python's
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

log = logging.getLogger(__name__)


def _is_no_bad_request(record: logging.LogRecord) -> bool:
    """What a client sent that is no HTTP is its own affair: it got a 400, and a traceback helps nobody."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


log.addFilter(_is_no_bad_request)

Handler = Callable[[web.Request], Awaitable[web.Response]]


def web_app(exposition: Exposition, own: OwnMetrics, *, is_ready: Callable[[], bool], version: str) -> web.Application:
    """The pages. `is_ready`: the configuration is loaded and the schedule runs."""

    async def landing(_request: web.Request) -> web.Response:
        return landing_page(version)

    async def healthy(_request: web.Request) -> web.Response:
        return web.Response(text="Healthy.\n")

    async def ready(_request: web.Request) -> web.Response:
        return web.Response(text="Ready.\n") if is_ready() else web.Response(status=503, text="Not ready.\n")

    app = web.Application()
    app.on_response_prepare.append(_set_headers)
    app.router.add_get("/", landing)
    app.router.add_get("/metrics", metrics_handler(exposition, own))
    app.router.add_get("/-/healthy", healthy)
    app.router.add_get("/-/ready", ready)
    return app


@asynccontextmanager
async def serving(app: web.Application, sockets: Iterable[socket.socket]) -> AsyncIterator[None]:
    """Answer on these sockets; they are closed at the end."""
    runner = web.AppRunner(app, logger=log, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        for listening in sockets:
            await web.SockSite(runner, listening, backlog=BACKLOG).start()
        yield
    finally:
        await runner.cleanup()


async def _set_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
