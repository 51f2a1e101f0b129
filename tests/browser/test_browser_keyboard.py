"""The pages by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.driving import BROWSER_TEST, focus, tab_to, tabbed

pytestmark = BROWSER_TEST


async def test_tab_reaches_the_skip_link_first_and_enter_leaps_over_the_frame(page: Page) -> None:
    await page.goto("/")
    await page.keyboard.press("Tab")
    skip = await focus(page)
    assert skip["text"] == "Skip to the content"
    assert skip["in_view"]
    await page.keyboard.press("Enter")
    assert (await focus(page))["id"] == "main"
    await page.keyboard.press("Tab")
    assert (await focus(page))["text"].endswith("every 30 s")


async def test_the_skip_link_is_out_of_the_way_until_it_has_the_focus(page: Page) -> None:
    await page.goto("/")
    await expect(page.get_by_role("link", name="Skip to the content")).not_to_be_in_viewport()


async def test_tab_reaches_the_filter_and_enter_filters(page: Page) -> None:
    await page.goto("/")
    assert (await tab_to(page, "Text"))["id"] == "q"
    await page.keyboard.type("renewed")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("1 of 15 endpoints matches.")


async def test_a_state_is_chosen_by_its_first_letters(page: Page) -> None:
    await page.goto("/")
    assert (await tab_to(page, "State"))["tag"] == "select"
    await page.keyboard.type("Unr")
    await tab_to(page, "Filter")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url("/?q=&state=unreachable&label=")
    await expect(page.get_by_role("status")).to_have_text("1 of 15 endpoints matches.")


async def test_tab_reaches_the_first_host_and_enter_opens_it(page: Page) -> None:
    await page.goto("/")
    await tab_to(page, "revoked.test")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("revoked.test")


async def test_enter_unfolds_the_fix_for_a_server_and_folds_it_again(page: Page) -> None:
    await page.goto("/")
    await tab_to(page, "must-staple.test")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("must-staple.test")
    assert (await tab_to(page, "nginx"))["tag"] == "summary"
    fix = page.locator("details.fix", has_text="nginx").first.locator("pre").first
    await page.keyboard.press("Enter")
    await expect(fix).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(fix).to_be_hidden()


@pytest.mark.parametrize("heading", ["Endpoints", "must-staple.test"])
async def test_everything_that_tab_reaches_is_in_view_and_ringed(page: Page, heading: str) -> None:
    await page.goto("/")
    if heading != "Endpoints":
        await page.get_by_role("link", name=heading).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    async for found in tabbed(page):
        assert found["ring"], found
        assert found["in_view"], found
        if found["text"] == "Readiness":  # the last link of each page
            break
