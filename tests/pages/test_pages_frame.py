"""What all pages have in common: headers, structure, links."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urldefrag, urljoin

import pytest

from ocsp_staple_exporter.discovery import Entries, Key, ListState, Source
from ocsp_staple_exporter.model import ProbeResult
from ocsp_staple_exporter.web.pages.assets import ASSETS, path_of
from tests.exposition import made_results as made
from tests.pages.html_tree import Element
from tests.pages.pages_site import Site, site_of

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@asynccontextmanager
async def full_site(lab_results: dict[str, ProbeResult], prefix: str = "") -> AsyncIterator[Site]:
    waiting = made.endpoint("waiting.test", team="web")
    async with site_of(
        [waiting],
        lab_results.values(),
        prefix=prefix,
        problems=("c.yml: bad",),
        lists=[ListState(key=Key(Source.FILE, "a.json"), entries=Entries(), problems=("a.json: bad",))],
        config=lambda config: replace(config, probe_on_demand=True),
    ) as site:
        yield site


async def every_page(site: Site) -> AsyncIterator[tuple[str, Element]]:
    for path in ("/", "/?q=nothing", "/?state=good&label=a=b&q=test&sort=name&refresh=60&page=2"):
        yield path, await site.page(path)
    for endpoint in site.parts.results.endpoints:
        yield f"/endpoints/{endpoint.id}", await site.page(f"/endpoints/{endpoint.id}")
    yield "/?state=x", await site.page("/?state=x", status=400)
    for path in ("/endpoints/none", "/no/where/at/all", "/nowhere?a=b"):
        yield path, await site.page(path, status=404)


async def test_pages_allow_no_script_and_nothing_from_elsewhere(lab_results: dict[str, ProbeResult]) -> None:
    async with full_site(lab_results) as site:
        for path, status in (("/", 200), ("/?state=x", 400), ("/endpoints/none", 404), ("/nowhere", 404)):
            response, _ = await site.ask(path)
            assert response.status == status
            assert response.headers["Content-Security-Policy"] == (
                "default-src 'none'; style-src 'self'; img-src 'self'; "
                "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
            )
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_pages_hold_nothing_that_the_policy_would_refuse(lab_results: dict[str, ProbeResult]) -> None:
    async with full_site(lab_results) as site:
        async for path, page in every_page(site):
            for element in page.everything:
                assert element.tag not in {"script", "style", "iframe", "object", "base"}, path
                assert not any(name == "style" or name.startswith("on") for name in element.attributes), path
                for name in ("href", "src", "action"):
                    assert "://" not in element.attributes.get(name, ""), path
                    assert not element.attributes.get(name, "").startswith("/"), path


async def test_every_page_can_be_read_by_everybody(lab_results: dict[str, ProbeResult]) -> None:
    async with full_site(lab_results) as site:
        async for path, page in every_page(site):
            assert page.one("html")["lang"] == "en"
            assert page.one("title").text.endswith(" · OCSP staple exporter")
            assert len(page.all("h1")) == 1, path
            for landmark in ("header", "main", "footer"):
                assert len(page.all(landmark)) == 1, path
            assert page.one("a", of="skip")["href"] == f"#{page.one('main')['id']}"
            levels = [HEADINGS.index(element.tag) for element in page.everything if element.tag in HEADINGS]
            levels_of_main = [
                HEADINGS.index(element.tag) for element in page.one("main").everything if element.tag in HEADINGS
            ]
            assert levels == levels_of_main
            ids = [element["id"] for element in page.all(having="id")]
            assert len(ids) == len(set(ids)), path
            for table in page.all("table"):
                assert table.all("caption"), path
                assert all("scope" in head for head in table.all("th")), path
            for control in (*page.all("input"), *page.all("select")):
                hidden = control.attributes.get("type") == "hidden"
                assert hidden or len(page.all("label", **{"for": control["id"]})) == 1, path
            for reference in page.all(having="aria-labelledby"):
                assert reference["aria-labelledby"] in ids, path
            assert all("alt" in image for image in page.all("img"))
            assert all(svg["aria-hidden"] == "true" for svg in page.all("svg"))


@pytest.mark.parametrize("prefix", ["", "/ocsp/staples"])
async def test_every_link_leads_somewhere(lab_results: dict[str, ProbeResult], prefix: str) -> None:
    async with full_site(lab_results, prefix) as site:
        found: dict[str, str] = {}
        async for path, page in every_page(site):
            for element in page.everything:
                for name in ("href", "src", "action"):
                    reference = element.attributes.get(name, "")
                    if reference and not reference.startswith("#"):
                        found.setdefault(urldefrag(urljoin(prefix + path, reference))[0], path)
        assert len(found) > 50
        for url, path in found.items():
            assert url.startswith(prefix + "/"), (url, path)
            response, _ = await site.ask(url.removeprefix(prefix))
            status = 400 if url == f"{prefix}/probe" else 200  # the form fills in what is missing
            assert response.status == status, (url, path)


async def test_shapes_that_are_used_are_drawn(lab_results: dict[str, ProbeResult]) -> None:
    async with full_site(lab_results) as site:
        async for path, page in every_page(site):
            drawn = {f"#{symbol['id']}" for symbol in page.all("symbol")}
            assert {use["href"] for use in page.all("use")} <= drawn, path


@pytest.mark.parametrize("name", sorted(ASSETS))
async def test_assets_are_kept_for_long_under_their_present_address_only(name: str) -> None:
    async with site_of() as site:
        present, body = await site.ask("/" + path_of(name))
        assert present.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert body == ASSETS[name].content
        for path in (f"/static/{name}", f"/static/{name}?v=old"):
            other, body = await site.ask(path)
            assert (other.status, other.headers["Cache-Control"], body) == (200, "no-cache", ASSETS[name].content)


@pytest.mark.parametrize("path", ["/static/", "/static/none.css", "/static/..%2F__init__.py", "/static/../parts.py"])
async def test_there_are_no_other_assets(path: str) -> None:
    async with site_of() as site:
        assert (await site.ask(path))[0].status == 404


async def test_a_page_is_compressed_where_the_reader_takes_it() -> None:
    async with site_of([made.endpoint("a")]) as site:
        response, body = await site.ask("/", **{"Accept-Encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert b"<h1>Endpoints</h1>" in body  # the client unpacked it


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("application/json, TEXT/HTML ;q=0.5", True),
        ("*/*", False),
        ("text/plain", False),
        ("application/json", False),
    ],
)
async def test_only_whoever_reads_html_gets_a_page_for_what_is_not_there(accept: str, *, is_page: bool) -> None:
    async with site_of() as site:
        response, body = await site.ask("/nowhere", Accept=accept)
        assert response.status == 404
        assert response.content_type == ("text/html" if is_page else "text/plain")
        assert (b"There is no such page" in body) == is_page


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/style.css"])
async def test_a_head_request_gets_the_same_headers(path: str) -> None:
    async with site_of() as site:
        got, body = await site.ask(path)
        async with site.client.head(path, headers={"Accept": "text/html", "Accept-Encoding": "identity"}) as head:
            assert head.status == got.status
            assert head.headers["Content-Length"] == str(len(body))
