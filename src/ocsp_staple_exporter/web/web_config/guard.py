"""Every request passes here first."""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, typedefs, web

from ocsp_staple_exporter.web.web_config.access import Access
from ocsp_staple_exporter.web.web_config.passwords import Passwords, read_credentials
from ocsp_staple_exporter.web.web_config.rate_limit import Bucket
from ocsp_staple_exporter.web.web_config.settings import RateLimit, Settings


def install(app: web.Application, access: Access) -> None:
    """Guard an application, in the toolkit's order: file, rate limit, headers, password."""
    limiter, passwords = _Limiter(), Passwords()

    @web.middleware
    async def guard(request: web.Request, handler: typedefs.Handler) -> web.StreamResponse:
        settings = access.settings()
        if settings is None:
            return web.Response(status=500, text="Internal Server Error\n")
        if not limiter.allows(settings.rate_limit):
            return web.Response(status=429, text="Too Many Requests\n")
        if not await _is_let_in(request, settings, passwords):
            return web.Response(status=401, text="Unauthorized\n", headers={hdrs.WWW_AUTHENTICATE: "Basic"})
        return await handler(request)

    async def on_prepare(_request: web.Request, response: web.StreamResponse) -> None:
        set_headers(response, access)

    app.middlewares.insert(0, guard)
    app.on_response_prepare.append(on_prepare)


def set_headers(response: web.StreamResponse, access: Access) -> None:
    """What the file says goes before what the page says."""
    settings = access.settings()
    for name, value in settings.headers.items() if settings else ():
        if value:
            response.headers[name] = value
        else:
            response.headers.pop(name, None)


async def _is_let_in(request: web.Request, settings: Settings, passwords: Passwords) -> bool:
    if not settings.users:
        return True
    credentials = read_credentials(request.headers.get(hdrs.AUTHORIZATION, ""))
    if credentials is None:
        return False
    return await passwords.are_right(credentials, settings.users, is_gone=lambda: request.transport is None)


class _Limiter:
    """The bucket of the limit in force; a new limit begins with a full one."""

    def __init__(self) -> None:
        self._limit: RateLimit | None = None
        self._bucket: Bucket | None = None

    def allows(self, limit: RateLimit | None) -> bool:
        now = asyncio.get_running_loop().time()
        if limit != self._limit:
            self._limit = limit
            self._bucket = Bucket(limit, now) if limit else None
        return self._bucket is None or self._bucket.allows(now)
