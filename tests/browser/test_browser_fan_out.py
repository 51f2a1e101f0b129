"""The pages of a target with many endpoints, in a real browser."""

from __future__ import annotations

from dataclasses import replace

from playwright.async_api import expect

from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.model import KeyType, TLSVersion, expand
from tests.browser.driving import BROWSER_TEST, NARROWEST, OpenPage, accessibility_violations, assert_fits
from tests.exposition import made_results as made
from tests.pages.pages_site import site_of

pytestmark = BROWSER_TEST


async def test_one_endpoint_leads_to_the_next_and_all_of_them_fit(open_page: OpenPage) -> None:
    module = replace(made.MODULE, key_types=(KeyType.RSA, KeyType.ECDSA), tls_versions=tuple(TLSVersion))
    target = replace(made.target("a-rather-long-name.shop.example.org:8443"), module=module)
    async with site_of(config=lambda _: Config((target,))) as site:
        for endpoint in expand(target):
            outcome = made.REFUSED if endpoint.key_type is KeyType.RSA else made.observation()
            site.parts.results.publish(made.result(outcome, of=endpoint))
        page = await open_page(str(site.client.make_url("/")))
        await page.goto("/?sort=name")
        await page.set_viewport_size(NARROWEST)
        await assert_fits(page)
        assert await accessibility_violations(page) == []
        await page.get_by_role("link", name=f"{target.name} (ecdsa, TLS 1.3)").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(f"{target.name} (ecdsa, TLS 1.3)")
        others = page.get_by_role("navigation", name="The same target otherwise")
        await expect(others.get_by_role("link")).to_have_count(7)
        await assert_fits(page)
        assert await accessibility_violations(page) == []
        await others.get_by_role("link", name=f"{target.name} (rsa, TLS 1.2)").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(f"{target.name} (rsa, TLS 1.2)")
