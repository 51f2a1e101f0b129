"""Dark and light, wide and narrow, large text, paper, and without a script."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.browser.driving import (
    BROWSER_TEST,
    NARROWEST,
    PHONE,
    TABLET,
    ZOOMED,
    OpenPage,
    assert_fits,
    contrast,
    luminance,
    open_all_details,
    targets,
)

pytestmark = BROWSER_TEST

PATHS = ("/", "/runbooks/", "/runbooks/OCSPStapleStale", "/nowhere")

TARGETS = ("stale.test", "must-staple.test", "closed-port.test")
"""Their pages differ most from one another."""


async def every_page(page: Page) -> AsyncIterator[str]:
    """Open the pages of PATHS and TARGETS, one after the other, with all that can be unfolded."""
    await page.goto("/")
    links = [page.get_by_role("link", name=target, exact=True) for target in TARGETS]
    for path in [*PATHS, *[f"/{await link.get_attribute('href')}" for link in links]]:
        await page.goto(path)
        await open_all_details(page)
        yield path


async def test_dark_mode_is_dark_and_light_mode_light(page: Page) -> None:
    await page.goto("/")
    assert await luminance(page, "body") > 0.8
    await page.emulate_media(color_scheme="dark")
    assert await luminance(page, "body") < 0.02


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_bars_and_inputs_stand_out_from_what_they_are_drawn_on(
    page: Page, scheme: Literal["light", "dark"]
) -> None:
    """WCAG 2.2, 1.4.11: parts of graphics have a contrast of 3:1; text is axe-core's."""
    await page.emulate_media(color_scheme=scheme)
    await page.goto("/")
    card = await luminance(page, ".endpoints")
    for tone in ("good", "idle"):
        assert contrast(await luminance(page, f".bar.{tone} .part", "fill"), card) >= 3
    assert contrast(await luminance(page, ".bar.bad .whole", "fill"), card) >= 3
    assert contrast(await luminance(page, "input#q", "border-top-color"), card) >= 3


async def test_every_page_fits_a_tablet_and_a_phone_and_a_zoomed_window(page: Page) -> None:
    """A zoom of 200 % leaves half the CSS pixels of a window, one of 400 % a quarter."""
    async for _ in every_page(page):
        for viewport in (TABLET, ZOOMED, PHONE, NARROWEST):
            await page.set_viewport_size(viewport)
            await assert_fits(page)


async def test_text_of_twice_the_size_breaks_nothing(open_page: OpenPage, demo_url: str) -> None:
    """WCAG 2.2, 1.4.4: for who has set a large font in the browser."""
    page = await open_page(demo_url)
    settings = await page.context.new_cdp_session(page)
    await settings.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    async for _ in every_page(page):
        assert await page.evaluate("getComputedStyle(document.body).fontSize") == "32px"
        await assert_fits(page)


async def test_a_phone_shows_every_column_as_a_card_with_its_heading(open_page: OpenPage, demo_url: str) -> None:
    page = await open_page(demo_url, viewport=PHONE, has_touch=True, is_mobile=True)
    await page.goto("/")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="stale.test", exact=True))
    for cell in (".target", ".state", ".wrong", ".status", ".time", ".probed"):
        await expect(row.locator(cell)).to_be_visible()
    shown = await row.locator(".time").evaluate("el => getComputedStyle(el, '::before').content")
    assert shown == '"Time left"'
    await row.get_by_role("link", name="stale.test").tap()
    await expect(page.get_by_role("heading", level=1)).to_have_text("stale.test")


TARGET_SIZE = """() => [...document.querySelectorAll("a, button, input, select, summary")].filter(element => {
    const box = element.getBoundingClientRect();
    const inSentence = getComputedStyle(element).display === "inline";
    return !inSentence && !element.matches(".skip") && box.width > 0 && (box.width < 24 || box.height < 24);
}).map(element => element.outerHTML)"""


async def test_what_is_tapped_is_large_enough(page: Page) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 CSS pixels, but for links within a sentence."""
    await page.set_viewport_size(PHONE)
    async for path in every_page(page):
        assert await page.evaluate(TARGET_SIZE) == [], path


async def test_nothing_moves_for_who_asked_for_stillness(page: Page) -> None:
    await page.emulate_media(reduced_motion="no-preference")
    await page.goto("/")
    durations = "[...new Set([...document.querySelectorAll('*')].map(el => getComputedStyle(el).transitionDuration))]"
    assert await page.evaluate(durations) != ["0s"]
    await page.emulate_media(reduced_motion="reduce")
    assert await page.evaluate(durations) == ["0s"]
    names = "[...new Set([...document.querySelectorAll('*')].map(el => getComputedStyle(el).animationName))]"
    assert await page.evaluate(names) == ["none"]


async def test_paper_bears_the_list_and_not_what_is_clicked(page: Page) -> None:
    await page.goto("/")
    await page.emulate_media(media="print")
    await expect(page.get_by_role("table")).to_be_visible()
    await expect(page.get_by_role("search")).to_be_hidden()
    await expect(page.get_by_role("button", name="Probe")).to_be_hidden()


async def test_the_pages_work_without_a_script(open_page: OpenPage, demo_url: str) -> None:
    page = await open_page(demo_url, java_script_enabled=False)
    await page.goto("/")
    await page.get_by_label("Text").fill("must")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.get_by_role("status")).to_have_text("1 of 15 endpoints matches.")
    await page.get_by_role("link", name="must-staple.test").click()
    await page.get_by_text("HAProxy", exact=True).click()
    await expect(page.locator("details[open] pre").first).to_be_visible()
    await page.get_by_role("link", name=re.compile("^Runbook ")).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("OCSPMustStapleMissing")
    await page.get_by_role("link", name="OCSP staple exporter").click()
    await page.get_by_role("link", name="Time left").click()
    assert (await targets(page))[0] == "stale.test"
