"""Every link of the site leads somewhere, and nothing that the browser watches for escapes the other tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page
from yarl import URL

from tests.browser.driving import BROWSER_TEST
from tests.browser.witness import Witness
from tests.pages.html_tree import Element, read_html

pytestmark = BROWSER_TEST

STARTS = ("/", "/runbooks/", "stale.test", "must-staple.test", "closed-port.test")
"""Paths, and targets whose pages are meant."""


async def test_no_link_of_the_site_is_dead(page: Page) -> None:
    """The pages of STARTS and all runbooks are read for links; what they lead to is asked for once."""
    await page.goto("/")
    hosts = {await link.inner_text(): await link.get_attribute("href") for link in await page.locator("th > a").all()}
    home = URL(page.url)
    waiting = {home.join(URL(hosts.get(start) or start)) for start in STARTS}
    read: dict[URL, set[str]] = {}
    links: set[URL] = set()
    while waiting:
        url = waiting.pop()
        tree = await tree_of(page, url)
        read[url] = {element["id"] for element in tree.all(having="id")}
        links |= {url.join(URL(link["href"])) for link in tree.all("a", having="href")}
        waiting |= {link.with_fragment(None) for link in links if link.path.startswith("/runbooks/")} - set(read)
    assert len(read) > len(STARTS)
    inside = {link for link in links if link.origin() == home.origin()}
    for link in {link.with_fragment(None) for link in inside} - set(read):
        assert (await page.request.get(str(link))).status == 200, link
    assert [link for link in inside if link.fragment and link.fragment not in read[link.with_fragment(None)]] == []


async def tree_of(page: Page, url: URL) -> Element:
    response = await page.request.get(str(url), headers={"Accept": "text/html"})
    assert response.status == 200, url
    return read_html(await response.text())


ILL_PAGE = """<!doctype html><title>Ill</title><link rel="icon" href="data:,">
<p onclick="alert(1)">Text</p><script>alert(1)</script><img src="missing.png" alt="">
<img src="http://127.0.0.2:9/other.png" alt="">"""


@asynccontextmanager
async def ill_site(policy: str) -> AsyncIterator[str]:
    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=ILL_PAGE, content_type="text/html", headers={"Content-Security-Policy": policy})

    app = web.Application()
    app.router.add_get("/", show)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def complaints_about(browser: Browser, home: str) -> str:
    context = await browser.new_context()
    witness = Witness.of(context, home)
    page = await context.new_page()
    await page.goto(home)
    await context.close()
    return "\n".join(witness.complaints)


async def test_a_page_that_runs_and_loads_what_it_should_not_is_noticed(browser: Browser) -> None:
    async with ill_site("default-src *; script-src 'unsafe-inline'") as home:
        complaints = await complaints_about(browser, home)
    assert "a dialog opened: 1" in complaints
    assert "status 404: " in complaints
    assert "asked another origin: http://127.0.0.2:9/other.png" in complaints
    assert "request failed: http://127.0.0.2:9/other.png" in complaints


async def test_what_the_policy_forbids_is_noticed(browser: Browser) -> None:
    async with ill_site("default-src 'none'") as home:
        complaints = await complaints_about(browser, home)
    assert "console error: " in complaints
    assert "Content Security Policy" in complaints
    assert "a dialog opened" not in complaints
