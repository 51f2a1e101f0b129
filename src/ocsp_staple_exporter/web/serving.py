"""Answers on sockets."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

SHUTDOWN_SECONDS = 0.5
"""How long an answer under way may still take when the exporter stops."""

BACKLOG = 128

log = logging.getLogger(__name__)


def _is_no_bad_request(record: logging.LogRecord) -> bool:
    """What a client sent that is no HTTP is its own affair: it got a 400, and a traceback helps nobody."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


log.addFilter(_is_no_bad_request)


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
