"""/api/v1: the results as JSON, for programs."""

from __future__ import annotations

from aiohttp import web

from ocsp_staple_exporter.web.parts import Parts


def routes(_parts: Parts) -> list[web.RouteDef]:
    return []
