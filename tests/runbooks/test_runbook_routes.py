from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urljoin

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from ocsp_staple_exporter.web import pages, runbooks
from tests.pages.html_tree import Element, read_html
from tests.web.made_parts import parts


@pytest.fixture
async def client() -> AsyncIterator[TestClient[Request, Application]]:
    its_parts = parts()
    app = Application()
    app.add_routes([*pages.routes(its_parts), *runbooks.routes(its_parts)])
    async with TestClient(TestServer(app)) as opened:
        yield opened


async def read(client: TestClient[Request, Application], path: str) -> Element:
    async with client.get(path) as response:
        assert response.status == 200
        assert response.content_type == "text/html"
        return read_html(await response.text())


def elements(page: Element, tag: str) -> list[Element]:
    return [element for element in page.everything if element.tag == tag]


def links(page: Element) -> list[str]:
    article = next(element for element in page.everything if element.tag == "article")
    return [element["href"] for element in article.everything if element.tag == "a"]


async def test_the_index_links_to_every_page(client: TestClient[Request, Application]) -> None:
    page = await read(client, "/runbooks/")

    assert {*links(page)} >= runbooks.slugs() - {"README"}


@pytest.mark.parametrize("slug", sorted(runbooks.slugs()))
async def test_every_link_of_a_page_leads_to_a_place_that_exists(
    slug: str, client: TestClient[Request, Application]
) -> None:
    address = f"/runbooks/{slug}"
    page = await read(client, address)

    assert [heading.text for heading in elements(page, "h1")] == [runbooks.load(slug).title]
    for link in links(page):
        if "://" not in link:
            target = await read(client, urljoin(address, link))
            fragment = link.partition("#")[2]
            assert not fragment or any(element.attributes.get("id") == fragment for element in target.everything)


async def test_a_page_is_rendered_without_styles_or_scripts_of_its_own(
    client: TestClient[Request, Application],
) -> None:
    async with client.get("/runbooks/OCSPStapleMissing") as response:
        policy = response.headers["Content-Security-Policy"]
        text = await response.text()

    assert "default-src 'none'" in policy
    assert "style=" not in text
    assert "<script" not in text
    assert "<table>" in text
    assert "<pre><code" in text
    assert "&quot;ssl_stapling&quot; ignored" in text


async def test_the_address_without_a_slash_leads_to_the_index(client: TestClient[Request, Application]) -> None:
    page = await read(client, "/runbooks")

    assert [heading.text for heading in elements(page, "h1")] == ["Runbooks"]


@pytest.mark.parametrize(
    "path",
    [
        "/runbooks/OCSPNothing",
        "/runbooks/OCSPStapleStale.md",
        "/runbooks/ocspstaplestale",
        "/runbooks/..%2fverification",
        "/runbooks/..%2f..%2fpyproject.toml",
        "/runbooks/%00",
        "/runbooks//etc/passwd",
        "/runbooks/OCSPStapleStale/",
    ],
)
async def test_there_is_no_other_page_and_no_way_out_of_the_directory(
    path: str, client: TestClient[Request, Application]
) -> None:
    async with client.get(path) as response:
        assert response.status == 404


def test_html_in_a_page_would_be_text() -> None:
    assert "&lt;b&gt;" in str(runbooks.PARSER.render("<b>bold</b>"))
