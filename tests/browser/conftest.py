from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from ocsp_staple_exporter.lab.process import find_program
from tests.browser.driving import DESKTOP, OpenPage
from tests.browser.witness import Witness
from tests.demo.running import address_of_metrics, demo, read_until
from tests.real_servers.conftest import require

ONLY_LOOPBACK = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
"""Chromium asks for its makers' hosts when a page has a form; here it asks no nameserver."""

PATIENCE_SECONDS = 15.0
"""For one event in the browser, on a loaded machine."""


@pytest.fixture(scope="session")
def chromium() -> str:
    require("chromium", "chromium")
    return find_program("chromium", package="chromium")


@pytest.fixture(scope="session")
def demo_url(chromium: str) -> Iterator[str]:  # noqa: ARG001 - without a browser no demo is needed
    """The running demo, when it has probed all of its hosts."""
    with demo("--web.listen-address", "127.0.0.1:0") as process:
        yield f"http://{address_of_metrics(read_until(process, 'Ctrl-C'))}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    arguments = [ONLY_LOOPBACK, *(["--no-sandbox"] if os.geteuid() == 0 else [])]  # Chromium's sandbox refuses root
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """Pages during which nothing else is asked for, refused, logged or run than the pages' own content."""
    opened = []

    async def open_one(home: str, **options: Any) -> Page:
        context = await new_context(browser, home, **options)
        opened.append((context, Witness.of(context, home)))
        return await context.new_page()

    yield open_one
    for context, witness in opened:
        await context.close()
        assert witness.complaints == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo_page(browser: Browser, demo_url: str) -> AsyncIterator[tuple[Page, Witness]]:
    """One page for many tests: a context of its own takes longer than most of them."""
    context = await new_context(browser, demo_url)
    witness = Witness.of(context, demo_url)
    yield await context.new_page(), witness
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(demo_page: tuple[Page, Witness]) -> AsyncIterator[Page]:
    """A page for the demo, watched as those of open_page are; paths are relative to the demo."""
    page, witness = demo_page
    await page.emulate_media(media="null", color_scheme="light", reduced_motion="reduce")
    await page.set_viewport_size(DESKTOP)
    yield page
    await page.goto("about:blank")
    complaints = witness.complaints[:]
    witness.complaints.clear()
    assert complaints == []


async def new_context(browser: Browser, home: str, **options: Any) -> BrowserContext:
    context = await browser.new_context(base_url=home, **({"viewport": DESKTOP} | options))
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    return context
