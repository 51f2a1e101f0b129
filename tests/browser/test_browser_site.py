"""What the demo does not have: labels, many pages, results that change while somebody looks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from ocsp_staple_exporter.web.pages import query
from tests.browser.driving import BROWSER_TEST, OpenPage, accessibility_violations, targets
from tests.exposition import made_results as made
from tests.pages.pages_site import Site, site_of

pytestmark = BROWSER_TEST

RESULTS = (
    made.result(made.observation(made.STALE), of=made.endpoint("stale.example", team="web")),
    made.result(of=made.endpoint("www.example", team="web", zone="a=b")),
    made.result(of=made.endpoint("mail.example", team="mail")),
)


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[Site]:
    async with site_of(results=RESULTS) as opened:
        yield opened


async def page_of(open_page: OpenPage, site: Site) -> Page:
    return await open_page(str(site.client.make_url("/")))


async def test_a_label_in_the_list_filters_by_itself_and_is_removed_again(open_page: OpenPage, site: Site) -> None:
    page = await page_of(open_page, site)
    await page.goto("/")
    await page.locator("tbody").get_by_role("link", name="team=web").first.click()
    await expect(page.get_by_role("status")).to_have_text("2 of 3 endpoints match.")
    assert await targets(page) == ["stale.example", "www.example"]
    await expect(page.get_by_label("Label", exact=True)).to_have_value("team=web")
    await page.get_by_role("link", name="Remove label: team=web").click()
    await expect(page.get_by_role("status")).to_have_text("3 endpoints.")


async def test_a_label_is_typed_with_and_without_its_value(open_page: OpenPage, site: Site) -> None:
    page = await page_of(open_page, site)
    await page.goto("/")
    for text, found in (("team=mail", ["mail.example"]), ("zone", ["www.example"]), ("zone=a=b", ["www.example"])):
        await page.get_by_label("Label", exact=True).fill(text)
        await page.get_by_role("button", name="Filter").click()
        await expect(page.get_by_role("status")).to_have_text("1 of 3 endpoints matches.")
        assert await targets(page) == found


async def test_a_label_on_the_page_of_an_endpoint_leads_to_those_that_have_it(open_page: OpenPage, site: Site) -> None:
    page = await page_of(open_page, site)
    await page.goto("/")
    await page.get_by_role("link", name="www.example").click()
    await page.get_by_role("link", name="zone=a=b").click()
    await expect(page.get_by_role("status")).to_have_text("1 of 3 endpoints matches.")


async def test_a_filter_a_state_and_an_order_come_together_and_each_can_be_left(
    open_page: OpenPage, site: Site
) -> None:
    page = await page_of(open_page, site)
    await page.goto("/?sort=name&label=team%3Dweb")
    await page.get_by_role("link", name="1 Invalid").click()
    assert await targets(page) == ["stale.example"]
    await page.get_by_role("link", name="Remove state: Invalid").click()
    await expect(page.get_by_role("status")).to_have_text("2 of 3 endpoints match.")
    await expect(page.get_by_role("columnheader", name="Target")).to_have_attribute("aria-sort", "ascending")


async def test_a_page_that_follows_is_loaded_again_after_its_seconds(
    open_page: OpenPage, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "SHORTEST_REFRESH", 1)
    page = await page_of(open_page, site)
    await page.goto("/")
    await page.get_by_role("link", name="every 30 s").click()
    await expect(page.locator("meta[http-equiv=refresh]")).to_have_attribute("content", "30")
    await page.goto("/?refresh=1")
    async with page.expect_response("**/?refresh=1") as again:
        pass
    assert (await again.value).ok
    await page.get_by_role("link", name="Stop").click()  # else it would ask once more while the site ends


async def test_a_page_that_follows_can_be_stopped(open_page: OpenPage, site: Site) -> None:
    page = await page_of(open_page, site)
    await page.goto("/?refresh=30&q=example")
    await expect(page.locator("meta[http-equiv]")).to_have_attribute("content", "30")
    await page.get_by_role("link", name="Stop").click()
    await expect(page).to_have_url("/?q=example")
    await expect(page.locator("meta[http-equiv]")).to_have_count(0)


async def test_many_endpoints_are_shown_on_pages_that_keep_the_filter(open_page: OpenPage) -> None:
    results = [made.result(of=made.endpoint(f"host-{number:03}.example")) for number in range(1, 251)]
    async with site_of(results=results) as site:
        page = await page_of(open_page, site)
        await page.goto("/?q=host")
        await expect(page.get_by_role("status")).to_have_text("250 of 250 endpoints match, 1 to 100 are shown.")
        await page.get_by_role("link", name="Next").click()
        await page.get_by_role("link", name="Page 3").click()
        await expect(page.get_by_role("status")).to_have_text("250 of 250 endpoints match, 201 to 250 are shown.")
        assert (await targets(page))[-1] == "host-250.example"
        await expect(page.get_by_role("link", name="Page 3")).to_have_attribute("aria-current", "page")
        assert await accessibility_violations(page) == []


async def test_before_the_first_probes_the_pages_say_that_they_wait(open_page: OpenPage) -> None:
    async with site_of(endpoints=[made.endpoint("www.example")]) as site:
        page = await page_of(open_page, site)
        await page.goto("/")
        await expect(page.locator(".lead")).to_have_text("The first probes are under way.")
        await page.get_by_role("link", name="www.example").click()
        await expect(page.get_by_role("heading", name="The first probe has not ended yet")).to_be_visible()
        assert await accessibility_violations(page) == []
