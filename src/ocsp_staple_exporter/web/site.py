"""All routes together, below one prefix."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

from aiohttp import web

from ocsp_staple_exporter.web import api, lifecycle, metrics, pages, probe, runbooks
from ocsp_staple_exporter.web.headers import set_headers
from ocsp_staple_exporter.web.parts import Parts
from ocsp_staple_exporter.web.probe import TIMEOUT_OFFSET


def web_app(
    parts: Parts, *, prefix: str = "", home: str = "", timeout_offset: timedelta = TIMEOUT_OFFSET
) -> web.Application:
    """Everything that is asked over HTTP.

    `prefix` is what all paths begin with, as parse_route_prefix gives it: empty or `/a/b`.
    Where there is one, `/` leads to `home`, the URL for people outside; empty: to the prefix.
    """
    app = web.Application(middlewares=[pages.error_pages(parts)])
    app.on_response_prepare.append(_on_prepare)
    for room in (pages, runbooks, metrics, api, lifecycle):
        app.router.add_routes(_below(prefix, room.routes(parts)))
    app.router.add_routes(_below(prefix, probe.routes(parts, timeout_offset=timeout_offset)))
    if prefix:
        app.router.add_get("/", _leads_to(home or f"{prefix}/"))
        app.router.add_get(prefix, _leads_to(f"{prefix}/"))  # links on the page begin at the slash
    return app


def _below(prefix: str, routes: Iterable[web.RouteDef]) -> Iterable[web.RouteDef]:
    return [web.RouteDef(route.method, prefix + route.path, route.handler, route.kwargs) for route in routes]


def _leads_to(url: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": url})

    return redirect


async def _on_prepare(_request: web.Request, response: web.StreamResponse) -> None:
    set_headers(response)
