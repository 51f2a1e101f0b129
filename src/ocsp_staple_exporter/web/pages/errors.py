"""What a person sees who asks for an address that does not exist."""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from ocsp_staple_exporter.web.pages.rendering import page
from ocsp_staple_exporter.web.parts import Parts


def error_pages(parts: Parts) -> Middleware:
    """A middleware: a page in place of the plain text of a 404, for whoever reads HTML."""

    @web.middleware
    async def with_a_page(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            if not _reads_html(request):
                raise
            return page(request, parts, "not_found.html", status=404)

    return with_a_page


def _reads_html(request: web.Request) -> bool:
    """Browsers name text/html; programs that take anything get the plain text."""
    accepted = ",".join(request.headers.getall(hdrs.ACCEPT, ())).lower().split(",")
    return any(media_type.partition(";")[0].strip() == "text/html" for media_type in accepted)
