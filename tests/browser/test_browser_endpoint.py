"""The page of one endpoint of the demo: why it is ill, and what to copy to mend it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from playwright.async_api import Download, Locator, Page, expect

from tests.browser.driving import BROWSER_TEST, OpenPage

pytestmark = BROWSER_TEST


async def open_target(page: Page, target: str) -> None:
    await page.goto("/")
    await page.get_by_role("link", name=target, exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(target)


def section(page: Page, heading: str) -> Locator:
    return page.get_by_role("region", name=heading, exact=True)


async def test_a_stale_staple_is_told_in_a_sentence_with_who_notices_and_why(page: Page) -> None:
    await open_target(page, "stale.test")
    await expect(page.locator(".title .badge")).to_have_text("Invalid")
    await expect(page.locator(".diagnosis h2")).to_have_text(
        re.compile(r"The staple is stale: nextUpdate was \d{4}-\d\d-\d\d \d\d:\d\d UTC, 3 days ago")
    )
    await expect(page.locator(".story")).to_contain_text("Firefox")
    await expect(section(page, "What the probe found")).to_contain_text("stale: nextUpdate has passed")
    await expect(section(page, "The staple")).to_contain_text("stale for 3 d")


async def test_the_failed_check_comes_first_with_its_clause_and_the_others_can_be_unfolded(page: Page) -> None:
    await open_target(page, "stale.test")
    checks = section(page, "Checks")
    failed = checks.get_by_role("table", name="Failed checks").get_by_role("row")
    await expect(failed).to_have_count(2)  # the headings and one check
    await expect(failed.last).to_contain_text("RFC 6960 §3.2 (6)")
    await expect(failed.last).to_contain_text(re.compile(r"nextUpdate was \S+, now is \S+"))
    passed = checks.get_by_role("table", name="Passed checks")
    await expect(passed).to_be_hidden()
    await checks.get_by_text(re.compile(r"^\d+ passed$")).click()
    await expect(passed).to_be_visible()


async def test_a_missing_must_staple_is_told_with_a_fix_for_each_server(page: Page) -> None:
    await open_target(page, "must-staple.test")
    await expect(page.locator(".title .badge")).to_have_text("Must staple")
    await expect(page.locator(".diagnosis h2")).to_contain_text("demands one")
    await expect(section(page, "The staple")).to_contain_text("the certificate demands one (RFC 7633)")
    await expect(page.get_by_role("link", name=re.compile("^Staple, "))).to_have_count(0)
    nginx = page.get_by_role("group").filter(has=page.get_by_text("nginx", exact=True))
    await expect(nginx.locator("pre").first).to_be_hidden()
    await nginx.get_by_text("nginx", exact=True).click()
    await expect(nginx.locator("pre").first).to_contain_text("ssl_stapling on;")


async def test_a_healthy_host_has_nothing_to_mend(page: Page) -> None:
    await open_target(page, "healthy-rsa.test")
    await expect(section(page, "Nothing is wrong")).to_contain_text("The staple is right and fresh.")
    await expect(page.locator(".diagnosis")).to_have_count(0)
    await expect(section(page, "Checks")).to_contain_text("0 failed")


async def test_a_host_that_cannot_be_reached_shows_the_phase_that_failed_and_no_staple(page: Page) -> None:
    await open_target(page, "closed-port.test")
    await expect(section(page, "The probe").get_by_role("row", name="Connect")).to_contain_text("failed")
    await expect(section(page, "The staple")).to_have_count(0)
    await expect(section(page, "Checks")).to_have_count(0)


async def copied(page: Page) -> str:
    text: str = await page.evaluate("navigator.clipboard.readText()")
    return text


async def test_a_click_on_a_snippet_selects_all_of_it_for_the_clipboard(open_page: OpenPage, demo_url: str) -> None:
    page = await open_page(demo_url, permissions=["clipboard-read"])
    await open_target(page, "must-staple.test")
    await page.get_by_text("nginx", exact=True).click()
    snippet = page.locator("details[open] pre code").first
    await snippet.click()
    await page.keyboard.press("Control+c")
    assert await copied(page) == await snippet.text_content()
    assert "ssl_stapling on;" in await copied(page)


async def test_every_command_is_copied_as_it_stands(open_page: OpenPage, demo_url: str) -> None:
    page = await open_page(demo_url, permissions=["clipboard-read"])
    await open_target(page, "stale.test")
    commands = section(page, "See for yourself").locator("pre code")
    await expect(commands).to_have_count(4)
    for command in await commands.all():
        await command.click()
        await page.keyboard.press("Control+c")
        assert await copied(page) == await command.text_content()


async def downloaded(page: Page, link: str) -> tuple[Download, bytes]:
    async with page.expect_download() as started:
        await page.get_by_role("link", name=link, exact=True).click()
    download = await started.value
    return download, Path(await download.path()).read_bytes()


async def test_the_staple_is_downloaded_as_der_and_pem(page: Page) -> None:
    await open_target(page, "stale.test")
    download, der = await downloaded(page, "Staple, DER")
    assert download.suggested_filename == "stale.test.staple.der"
    response = ocsp.load_der_ocsp_response(der)
    assert response.certificate_status is ocsp.OCSPCertStatus.GOOD
    download, pem = await downloaded(page, "Staple, PEM")
    assert download.suggested_filename == "stale.test.staple.pem"
    assert pem.startswith(b"-----BEGIN OCSP RESPONSE-----\n")
    download, chain = await downloaded(page, "Chain, PEM")
    leaf, issuer = x509.load_pem_x509_certificates(chain)
    assert leaf.serial_number == response.serial_number
    assert leaf.issuer == issuer.subject


async def test_the_link_to_the_runbook_works_and_comes_back(page: Page) -> None:
    target, runbook = "must-staple.test", "OCSPMustStapleMissing"
    await open_target(page, target)
    await page.get_by_role("link", name=f"Runbook {runbook}").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(runbook)
    await page.get_by_role("link", name="All runbooks").click()
    await page.get_by_role("main").get_by_role("link", name=runbook).first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(runbook)
    for _ in range(3):
        await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text(target)
    await page.get_by_role("navigation", name="Back").get_by_role("link").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Endpoints")


@pytest.mark.parametrize("path", ["/nowhere", "/endpoints/0123456789abcdef", "/runbooks/Nowhere", "/?sort=backwards"])
async def test_an_address_that_cannot_be_shown_says_so_and_leads_home(page: Page, path: str) -> None:
    response = await page.goto(path)
    assert response is not None
    assert response.status == (400 if "?" in path else 404)
    await page.get_by_role("main").get_by_role("link", name="All endpoints").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Endpoints")
