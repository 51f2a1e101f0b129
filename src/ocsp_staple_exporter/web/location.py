"""--web.external-url and --web.route-prefix: under which paths the pages are, here and outside."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from ocsp_staple_exporter.config.words import quoted

_UNRESERVED = "/-._~!$&'()*+,;=:@"
"""What stands in a path as it is (RFC 3986 §3.3)."""


def parse_external_url(text: str) -> str:
    """The URL that people use, without a slash at its end; raises ValueError for what is none."""
    try:
        url = urlsplit(text)
        sound = url.scheme in {"http", "https"} and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:  # of a bracket or a port
        sound = False
    if not sound or not text.isprintable() or " " in text:
        raise ValueError(f"{quoted(text)} is no URL: write it as in https://monitoring.example.com/staples")
    if url.query or url.fragment:
        raise ValueError(f"{quoted(text)} has a query or a fragment: end it with the path")
    return f"{url.scheme}://{url.netloc}{parse_route_prefix(url.path)}"


def parse_route_prefix(text: str) -> str:
    """Empty, or a path as `/a/b`; raises ValueError for what is no path."""
    if re.search(r"[?#\s{}\\]|//|^[a-z]+:", text) or not text.isprintable():
        raise ValueError(f"{quoted(text)} is no path: write it as in /staples")
    return _path(text)


def route_prefix(external_url: str) -> str:
    """The prefix where --web.route-prefix is not given: the path of the external URL."""
    return parse_route_prefix(urlsplit(external_url).path)


def _path(path: str) -> str:
    stripped = path.strip("/")
    return f"/{quote(unquote(stripped), safe=_UNRESERVED)}" if stripped else ""
