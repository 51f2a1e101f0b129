"""axe-core, the rules of accessibility, on every kind of page."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.browser.driving import BROWSER_TEST, PHONE, accessibility_violations, open_all_details

pytestmark = BROWSER_TEST

PATHS = ["/", "stale.test", "closed-port.test", "/runbooks/OCSPStapleStale", "/nowhere"]
"""Paths, and targets whose pages are meant."""


async def goto(page: Page, path: str) -> None:
    if path.startswith("/"):
        await page.goto(path)
        return
    await page.goto("/")
    await page.get_by_role("link", name=path, exact=True).click()
    await page.wait_for_url("**/endpoints/*")


@pytest.mark.parametrize("path", PATHS)
async def test_axe_finds_nothing_in_light_and_dark(page: Page, path: str) -> None:
    await goto(page, path)
    await open_all_details(page)
    assert await accessibility_violations(page) == []
    await page.emulate_media(color_scheme="dark")
    assert await accessibility_violations(page) == []


@pytest.mark.parametrize("path", PATHS[:2])
async def test_axe_finds_nothing_on_a_phone(page: Page, path: str) -> None:
    await page.set_viewport_size(PHONE)
    await goto(page, path)
    await open_all_details(page)
    assert await accessibility_violations(page) == []


async def test_axe_sees_what_is_made_unreadable(page: Page) -> None:
    await goto(page, "/nowhere")
    await page.evaluate("document.querySelector('main').style.color = '#ccc'")
    await page.evaluate("document.querySelector('.brand img').removeAttribute('alt')")
    found = await accessibility_violations(page)
    assert {finding.split(":")[0] for finding in found} == {"serious color-contrast", "critical image-alt"}
