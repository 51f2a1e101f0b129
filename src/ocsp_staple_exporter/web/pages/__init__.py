"""What a person sees in a browser."""

from __future__ import annotations

from aiohttp import web

from ocsp_staple_exporter.web.landing import landing_page
from ocsp_staple_exporter.web.parts import Parts


def routes(parts: Parts) -> list[web.RouteDef]:
    async def landing(_request: web.Request) -> web.Response:
        return landing_page(parts.about.version)

    return [web.get("/", landing)]
