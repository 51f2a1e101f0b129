"""The list of the demo, as a person reads, filters and sorts it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from ocsp_staple_exporter.lab.hosts import CLOSED_HOST, HOSTS
from tests.browser.driving import BROWSER_TEST, targets

pytestmark = BROWSER_TEST

WORST_FIRST = [
    ("revoked.test", "Revoked", "the CA revoked the certificate"),
    ("must-staple.test", "Must staple", "no staple came, and the certificate demands one"),
    ("unknown.test", "Unknown", "the CA does not know the certificate"),
    ("stale.test", "Invalid", "stale: nextUpdate has passed"),
    ("bad-signature.test", "Invalid", "the signature is wrong"),
    ("renewed.test", "Invalid", "the staple is for another serial number"),
    ("stranger.test", "Invalid", "the responder is not authorised by the CA"),
    ("try-later.test", "Invalid", "an error was stapled: try later"),
    ("closed-port.test", "Unreachable", "the connection was refused"),
    ("no-staple.test", "Missing", "no staple came"),
    ("expiring-soon.test", "Warning", "a fresh staple is overdue"),
    ("delegated.test", "Good", "nothing"),
    ("healthy-ecdsa.test", "Good", "nothing"),
    ("healthy-rsa.test", "Good", "nothing"),
    ("no-ocsp-url.test", "None due", "nothing"),
]
"""Target, state, and what is wrong."""

TARGETS = [target for target, _, _ in WORST_FIRST]


async def test_all_hosts_are_listed_the_worst_first_with_words_for_what_is_wrong(page: Page) -> None:
    await page.goto("/")
    assert set(TARGETS) == {host.name for host in (*HOSTS, CLOSED_HOST)}
    assert await targets(page) == TARGETS
    for target, state, wrong in WORST_FIRST:
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=target, exact=True))
        await expect(row.locator(".badge")).to_have_text(state)
        await expect(row.locator(".wrong")).to_contain_text(wrong)


async def test_the_title_and_the_first_line_say_how_many_are_ill(page: Page) -> None:
    await page.goto("/")
    await expect(page).to_have_title("10 of 15 ill · OCSP staple exporter")
    await expect(page.locator(".lead")).to_have_text("10 of 15 endpoints are ill, 1 has a warning.")


async def test_the_list_is_filtered_by_text_and_back(page: Page) -> None:
    await page.goto("/")
    await page.get_by_label("Text").fill("healthy")
    await page.get_by_label("Text").press("Enter")
    await expect(page.get_by_role("status")).to_have_text("2 of 15 endpoints match.")
    assert await targets(page) == ["healthy-ecdsa.test", "healthy-rsa.test"]
    await expect(page.get_by_label("Text")).to_have_value("healthy")
    await page.get_by_role("link", name="Remove text: healthy").click()
    await expect(page.get_by_role("status")).to_have_text("15 endpoints.")


async def test_a_text_that_nothing_holds_says_so_and_leads_back(page: Page) -> None:
    await page.goto("/")
    await page.get_by_label("Text").fill("<b>nowhere</b>")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    await expect(page.get_by_label("Filters")).to_contain_text("text: <b>nowhere</b>")
    await page.get_by_role("link", name="Show all").click()
    await expect(page.get_by_role("status")).to_have_text("15 endpoints.")


@pytest.mark.parametrize(("card", "state"), [("5 Invalid", "Invalid"), ("1 Revoked", "Revoked"), ("3 Good", "Good")])
async def test_the_card_of_a_state_shows_its_endpoints_and_no_other(page: Page, card: str, state: str) -> None:
    await page.goto("/")
    await page.get_by_role("link", name=card).click()
    await expect(page.get_by_role("link", name=card)).to_have_attribute("aria-current", "true")
    assert await targets(page) == [target for target, other, _ in WORST_FIRST if other == state]
    await expect(page.get_by_label("State", exact=True).locator("option:checked")).to_have_text(state)
    await page.get_by_role("link", name="15 All").click()
    await expect(page.get_by_role("status")).to_have_text("15 endpoints.")


async def test_the_select_of_states_filters_as_the_cards_do(page: Page) -> None:
    await page.goto("/")
    await page.get_by_label("State", exact=True).select_option("Warning")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.get_by_role("status")).to_have_text("1 of 15 endpoints matches.")
    assert await targets(page) == ["expiring-soon.test"]


async def test_the_list_is_sorted_by_target(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("columnheader").get_by_role("link", name="Target").click()
    await expect(page.get_by_role("columnheader", name="Target")).to_have_attribute("aria-sort", "ascending")
    assert await targets(page) == sorted(TARGETS)


async def test_the_list_is_sorted_by_the_time_that_is_left(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("columnheader").get_by_role("link", name="Time left").click()
    await expect(page.get_by_role("columnheader", name="Time left")).to_have_attribute("aria-sort", "ascending")
    shown = await page.locator("tbody .time").all_inner_texts()
    assert (await targets(page))[:2] == ["stale.test", "expiring-soon.test"]
    assert [time.startswith("stale for") for time in shown] == [True] + 14 * [False]
    assert sum("left" in time for time in shown) == 9
    assert not any("left" in time for time in shown[10:])  # last, what has no nextUpdate


async def test_an_order_outlives_a_filter(page: Page) -> None:
    await page.goto("/?sort=name")
    await page.get_by_label("Text").fill("st")
    await page.get_by_label("Text").press("Enter")
    await expect(page.get_by_role("columnheader", name="Target")).to_have_attribute("aria-sort", "ascending")
    assert await targets(page) == sorted(target for target in TARGETS if "st" in target)


async def test_any_host_can_be_probed_once(page: Page) -> None:
    await page.goto("/")
    await page.get_by_label("Host, and port unless it is 443").fill("127.0.0.1:1")
    await page.get_by_role("button", name="Probe").click()
    await expect(page.locator("body")).to_contain_text("ocsp_staple_probe_success 0")
    await page.go_back()
    await expect(page.get_by_role("heading", name="Endpoints")).to_be_visible()
