"""One HTTP connection, and how long it may keep us waiting.

aiohttp bounds the size of a request but not the time it takes to send it, and a client that
does not read its answer may stay forever.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from aiohttp import typedefs, web
from aiohttp.http_exceptions import HttpProcessingError

from ocsp_staple_exporter.web.visitors import Visitors

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    handshake: float = 10.0
    """Until TLS is agreed on."""

    request: float = 10.0
    """From the first byte of a request, or the beginning of a connection, to the end of its header."""

    idle: float = 330.0
    """Between requests. Prometheus closes what it does not use after five minutes: so it closes first."""

    reading: float = 60.0
    """Until a client has read what fills the buffers."""


def _is_no_bad_request(record: logging.LogRecord) -> bool:
    """What a client sent that is no HTTP is its own affair: it got an answer, and a traceback helps nobody.

    A body that nobody asked for is read after the answer, to go on with the connection.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], (HttpProcessingError, web.RequestPayloadError)))


log.addFilter(_is_no_bad_request)


class Connection(web.RequestHandler):
    """aiohttp's connection with deadlines. It is waited for unless a handler works on a request."""

    def __init__(
        self,
        server: web.Server,
        visitors: Visitors,
        patience: Patience,
        *,
        admits: Callable[[asyncio.BaseTransport], bool],
        dress: Callable[[web.StreamResponse], None],
    ) -> None:
        """`admits` sees the connection once it is secured; `dress` puts on answers that no handler made."""
        loop = asyncio.get_running_loop()
        super().__init__(
            server,
            loop=loop,
            logger=log,
            access_log=None,  # type: ignore[arg-type]  # as AppRunner passes it on
            keepalive_timeout=patience.idle,
        )
        self._visitors = visitors
        self._patience = patience
        self._admits = admits
        self._dress = dress
        self._deadline: asyncio.TimerHandle | None = None
        self._idle = False
        self._is_lost = False
        self.arrival: asyncio.Task[None] | None = None
        """What connects it; cancelled to end a connection that is not made yet."""

    def dismiss(self) -> None:
        self._cancel_deadline()
        if self.transport is not None:
            self.transport.abort()
        elif self.arrival is not None:
            self.arrival.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._admits(transport):
            super().connection_made(transport)
            self._wait(self._patience.request)
        else:
            cast("asyncio.Transport", transport).abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._is_lost = True
        self._cancel_deadline()
        self._visitors.left(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._idle and data:  # aiohttp passes itself no data to go on with what it has
            self._idle = False
            self._wait(self._patience.request)
        super().data_received(data)

    def work(self) -> None:
        """A handler has the request."""
        self._idle = False
        self._cancel_deadline()
        self._visitors.served(self)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._idle = True
            self._wait(self._patience.idle)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait(self._patience.reading)
        if self.transport is not None:
            self._visitors.must_read(self, self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self.work()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What aiohttp answers by itself, in our dress instead of its own."""
        response = super().handle_error(request, status, exc, message)
        self._dress(response)
        return response

    def _wait(self, seconds: float) -> None:
        self._cancel_deadline()
        if not self._is_lost:
            self._visitors.waited_for(self)
            self._deadline = asyncio.get_running_loop().call_later(seconds, self.dismiss)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


@web.middleware
async def tell_connection(request: web.Request, handler: typedefs.Handler) -> web.StreamResponse:
    """Who got this far is worked for, once the request is here with its body."""
    if request.body_exists:
        try:
            await request.read()
        except (ConnectionError, web.RequestPayloadError):  # the client's own affair
            return web.Response(status=400, text="Bad Request\n")
    if isinstance(request.protocol, Connection):
        request.protocol.work()
    return await handler(request)
