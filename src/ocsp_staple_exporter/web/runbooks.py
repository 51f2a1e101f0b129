"""The runbooks, so that a link in an alert works in a network without the Internet too."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path

from aiohttp import web
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ocsp_staple_exporter.web.pages import page
from ocsp_staple_exporter.web.parts import Parts

INDEX = "README"
"""The page that lists the others; it is at `/runbooks/`."""

_ANOTHER_PAGE = re.compile(r"(?P<slug>[\w-]+)\.md(?P<fragment>#.*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Runbook:
    """One page, as HTML."""

    title: str
    body: str
    """Made from Markdown that comes with the exporter; it holds no HTML of strangers."""


def routes(parts: Parts) -> list[web.RouteDef]:
    """`/runbooks/` and `/runbooks/SLUG`, as `/runbooks/OCSPStapleStale`."""

    def show(request: web.Request, slug: str) -> web.Response:
        return page(request, parts, "runbook.html", runbook=load(slug), is_index=slug == INDEX)

    async def index(request: web.Request) -> web.Response:
        return show(request, INDEX)

    async def runbook(request: web.Request) -> web.Response:
        slug = request.match_info["slug"]
        if slug not in slugs():
            raise web.HTTPNotFound
        return show(request, slug)

    async def with_slash(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "runbooks/"})

    return [
        web.get("/runbooks", with_slash),
        web.get("/runbooks/", index),
        web.get("/runbooks/{slug}", runbook),
    ]


def slugs() -> frozenset[str]:
    """The names of all pages, which are those of the alerts, and some more."""
    return frozenset(_sources())


@functools.cache
def load(slug: str) -> Runbook:
    """Render a page; raises KeyError for one that does not exist."""
    tokens = PARSER.parse(_sources()[slug].read_text(encoding="utf-8"))
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _anchor(following.content))
    for token in tokens:
        for part in token.children or ():
            if part.type == "link_open":
                part.attrSet("href", _route(str(part.attrGet("href"))))
    return Runbook(_title(tokens), str(PARSER.renderer.render(tokens, PARSER.options, {})))


PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")


@functools.cache
def _sources() -> Mapping[str, Traversable]:
    """Files by slug: of the installed package, else of the source tree that it runs from."""
    package = files("ocsp_staple_exporter") / "runbooks"
    directory: Traversable = package if package.is_dir() else Path(__file__).parents[3] / "docs" / "runbooks"
    if not directory.is_dir():
        return {}
    return {file.name.removesuffix(".md"): file for file in directory.iterdir() if file.name.endswith(".md")}


def _title(tokens: Sequence[Token]) -> str:
    return next((after.content for token, after in pairwise(tokens) if token.tag == "h1"), "")


def _anchor(heading: str) -> str:
    """As GitHub names it, for the links that work on both."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _route(link: str) -> str:
    """Where a link to another file leads on this site."""
    match = _ANOTHER_PAGE.fullmatch(link)
    if match is None:
        return link
    slug = "./" if match["slug"] == INDEX else match["slug"]
    return slug + (match["fragment"] or "")
