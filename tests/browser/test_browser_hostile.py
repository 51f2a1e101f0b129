"""Names that strangers chose, in a real browser: they run nothing, and break no layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from playwright.async_api import expect

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Endpoint, ProbeError, ProbeFailure, ProbeResult
from tests.browser.driving import BROWSER_TEST, DESKTOP, NARROWEST, OpenPage, assert_fits, open_all_details
from tests.exposition import made_results as made
from tests.pages.pages_site import site_of
from tests.pages.test_pages_hostile import HOSTILE, stapled

pytestmark = BROWSER_TEST

TEXTS = (*HOSTILE.values(), " \u200b\u0301" * 200, "W" * 253)
MARKUP = HOSTILE["markup"]


def hostile_results() -> Iterator[ProbeResult]:
    """Endpoints whose certificates and staples hold the texts, and one that answered with all; named so too."""
    for text in TEXTS:
        yield replace(stapled(text), endpoint=endpoint(text))
    banner = "".join(TEXTS).encode() + b"\xff\xfe"
    yield made.result(ProbeError(ProbeFailure.NOT_TLS, printable(banner, longest=len(banner))), of=endpoint("banner"))


def endpoint(text: str) -> Endpoint:
    labels = (("team", text), ("zone", text))
    return replace(made.endpoint(), target="target " + text, host="host" + text, server_name=text, labels=labels)


QUERIES = ("/", "/?sort=name", f"/?q={quote(MARKUP)}", f"/?q={'x' * 256}", f"/?label={'x' * 256}", f"/?sort={MARKUP}")


async def test_hostile_names_run_nothing_and_fit(open_page: OpenPage) -> None:
    """Without the Content-Security-Policy, which would hide that a script got in."""
    async with site_of(results=hostile_results()) as site:
        page = await open_page(str(site.client.make_url("/")), bypass_csp=True)
        paths = [f"/endpoints/{endpoint.id}" for endpoint in site.parts.results.endpoints]
        for path in (*QUERIES, *paths):
            await page.goto(path)
            await open_all_details(page)
            for viewport in (DESKTOP, NARROWEST):
                await page.set_viewport_size(viewport)
                await assert_fits(page)
            assert await page.locator("script, main img, [onclick], [onmouseover], [onerror]").count() == 0


async def test_a_hostile_name_is_found_opened_and_shown_as_text(open_page: OpenPage) -> None:
    async with site_of(results=hostile_results()) as site:
        page = await open_page(str(site.client.make_url("/")))
        await page.goto("/")
        await page.get_by_label("Text").fill("<SCRIPT>alert(1)</script>")
        await page.get_by_label("Text").press("Enter")
        await expect(page.get_by_role("status")).to_have_text("1 of 13 endpoints matches.")
        await page.locator("tbody th > a").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(f"target {MARKUP}")


async def test_a_name_from_right_to_left_does_not_move_what_stands_beside_it(open_page: OpenPage) -> None:
    named = made.endpoint("\u05d0\u05d1\u05d2.example", team="\u05d3\u05d4")
    async with site_of(results=[made.result(of=named)]) as site:
        page = await open_page(str(site.client.make_url("/")))
        await page.goto("/")
        await page.locator("tbody th > a").click()
        name = await page.locator(".title h1").bounding_box()
        badge = await page.locator(".title .badge").bounding_box()
        assert name is not None
        assert badge is not None
        assert name["x"] < badge["x"]
