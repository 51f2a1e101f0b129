"""/probe: one probe, now, for a Prometheus that drives."""

from __future__ import annotations

from aiohttp import web

from ocsp_staple_exporter.web.parts import Parts


def routes(_parts: Parts) -> list[web.RouteDef]:
    return []
