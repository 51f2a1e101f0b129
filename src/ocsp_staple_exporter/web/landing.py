"""/: what this server is, for a person who found its port."""

from __future__ import annotations

from html import escape

from aiohttp import web

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>OCSP staple exporter</title>
<h1>OCSP staple exporter</h1>
<p>Version {version}. Tells Prometheus whether TLS servers staple a right and fresh OCSP response.</p>
<ul>
<li><a href="metrics">Metrics</a></li>
<li><a href="-/healthy">Health</a></li>
<li><a href="-/ready">Readiness</a></li>
</ul>
</html>
"""


def landing_page(version: str) -> web.Response:
    return web.Response(text=_PAGE.format(version=escape(version)), content_type="text/html", charset="utf-8")
