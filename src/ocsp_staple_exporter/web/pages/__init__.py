"""What a person sees in a browser: HTML made on the server, without a script."""

from __future__ import annotations

from aiohttp import web

from ocsp_staple_exporter.web.pages import assets, downloads, endpoint_page, list_page
from ocsp_staple_exporter.web.pages.errors import error_pages
from ocsp_staple_exporter.web.pages.rendering import HOME, page, root_of
from ocsp_staple_exporter.web.parts import Parts

__all__ = ["HOME", "error_pages", "page", "root_of", "routes"]


def routes(parts: Parts) -> list[web.RouteDef]:
    return [
        *list_page.routes(parts, HOME),
        *endpoint_page.routes(parts),
        *downloads.routes(parts),
        *assets.ROUTES,
    ]
