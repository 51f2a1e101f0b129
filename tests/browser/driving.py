"""What a person does and sees in a browser, for the tests to say in one line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any, Protocol, TypedDict

import pytest
from playwright.async_api import Page, ViewportSize

BROWSER_TEST = [pytest.mark.real_server, pytest.mark.asyncio(loop_scope="session")]
"""The browser lives in the session's event loop, and so do the tests that drive it."""

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
TABLET: ViewportSize = {"width": 840, "height": 1100}
ZOOMED: ViewportSize = {"width": 640, "height": 450}
"""The desktop at a zoom of 200 %."""

PHONE: ViewportSize = {"width": 360, "height": 740}
NARROWEST: ViewportSize = {"width": 320, "height": 640}
"""The width without scrolling sideways that WCAG 2.2 asks for (1.4.10); 1280 pixels at a zoom of 400 %."""

MOST_TABS = 80


class OpenPage(Protocol):
    """Opens an empty page in a context of its own; options are those of playwright's `new_context`."""

    async def __call__(self, home: str, **options: Any) -> Page: ...


class Focus(TypedDict):
    """The element that the keyboard speaks to."""

    text: str
    tag: str
    id: str
    ring: bool
    """Whether it is drawn so that a person sees where the focus is."""

    in_view: bool


_FOCUS = """() => {
    const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
    return {
        text: (element.labels?.[0] ?? element).innerText.trim(),
        tag: element.localName,
        id: element.id,
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
        in_view: box.width > 0 && box.top > -1 && box.left > -1  // scrolling rounds to whole pixels
            && box.bottom < innerHeight + 1 && box.right < innerWidth + 1,
    };
}"""


async def focus(page: Page) -> Focus:
    found: Focus = await page.evaluate(_FOCUS)
    return found


async def tabbed(page: Page) -> AsyncIterator[Focus]:
    """Press Tab again and again."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        yield await focus(page)
    raise AssertionError(f"not reached with {MOST_TABS} presses of Tab")


async def tab_to(page: Page, text: str) -> Focus:
    """Press Tab until the focus is on the element with this text or label."""
    async for found in tabbed(page):
        if found["text"] == text:
            return found
    raise AssertionError


_OUT_OF_VIEW = """() => {
    const wide = element => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5
        || element.getBoundingClientRect().left < -0.5;
    const hidden = element => element.closest(".visually-hidden, .skip, [aria-hidden='true'], thead");
    const found = [...document.body.querySelectorAll("*")].filter(element => wide(element) && !hidden(element));
    return found.map(element => element.outerHTML.slice(0, 200));
}"""

_TORN_WORDS = """() => {
    const torn = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        const parent = node.parentElement, head = parent.closest("thead");
        if (parent.closest("pre, code, .digits, .visually-hidden") || !parent.checkVisibility()
                || head && getComputedStyle(head).position === "absolute")  // for assistive technology only
            continue;
        for (const word of node.data.matchAll(/(?<!\\S)\\p{L}{2,12}(?!\\S)/gu)) {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map(box => box.top)).size > 1)
                torn.push(word[0]);
        }
    }
    return torn;
}"""

_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def assert_fits(page: Page) -> None:
    """The page does not scroll sideways, nothing lies beyond its edges, and no short word is torn over two lines."""
    where = f"{page.url} in {page.viewport_size}"
    assert await page.evaluate(_SIDEWAYS) == 0, where
    beyond = await page.evaluate(_OUT_OF_VIEW)
    assert not beyond, f"{where}: {beyond}"
    torn = await page.evaluate(_TORN_WORDS)
    assert not torn, f"{where}: {torn}"


_AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")

_RUN_AXE = """async () => {
    const results = await axe.run(document, {resultTypes: ["violations"]});
    return results.violations.map(rule => `${rule.impact} ${rule.id}: ` + rule.nodes.map(node => node.html).join(" "));
}"""


async def accessibility_violations(page: Page) -> list[str]:
    """What axe-core finds: impact, rule, and the elements."""
    await page.evaluate(_AXE)
    found: list[str] = await page.evaluate(_RUN_AXE)
    return found


async def open_all_details(page: Page) -> None:
    await page.evaluate("document.querySelectorAll('details').forEach(element => element.open = true)")


async def targets(page: Page) -> list[str]:
    """The first column of the list, from top to bottom."""
    return await page.locator("tbody th > a").all_inner_texts()


async def luminance(page: Page, selector: str, style: str = "background-color") -> float:
    """Relative luminance of a colour, from 0 for black to 1 for white (WCAG 2.2)."""
    name = "el => getComputedStyle(el).getPropertyValue"
    colour: str = await page.locator(selector).first.evaluate(f"{name}('{style}')")
    channels = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: float, other: float) -> float:
    """The ratio of two luminances, from 1 to 21 (WCAG 2.2)."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
