from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ocsp_staple_exporter.diagnosis import RANKS, State
from ocsp_staple_exporter.discovery import Entries, Key, ListState, Source
from ocsp_staple_exporter.model import Module, ProbeResult
from tests.exposition import made_results as made
from tests.pages.html_tree import Element
from tests.pages.pages_site import site_of


def rows_of(page: Element) -> list[Element]:
    return page.one("tbody", role="rowgroup").all("tr")


def targets_of(page: Element) -> list[str]:
    return [row.one("th").all("a")[0].text for row in rows_of(page)]


def row_of(page: Element, target: str) -> Element:
    return next(row for row in rows_of(page) if row.one("th").all("a")[0].text == target)


async def test_the_list_shows_the_worst_first(lab_results: dict[str, ProbeResult]) -> None:
    async with site_of(results=lab_results.values()) as site:
        page = await site.page("/")
    states = [State(row["data-state"]) for row in rows_of(page)]
    assert len(states) == len(lab_results)
    assert states == sorted(states, key=RANKS.__getitem__)
    assert targets_of(page)[0] == "revoked.test"


@pytest.mark.parametrize(
    ("target", "state", "phrase", "label", "status"),
    [
        ("healthy-rsa.test", "Good", "nothing", "", "good"),
        ("stale.test", "Invalid", "stale: nextUpdate has passed", "expired", "good"),
        ("revoked.test", "Revoked", "the CA revoked the certificate", "revoked", "revoked"),
        ("must-staple.test", "Must staple", "the certificate demands one", "must_staple_missing", "not known"),
        ("no-ocsp-url.test", "None due", "nothing", "", "not known"),
        ("closed-port.test", "Unreachable", "the connection was refused", "connect_refused", "not known"),
    ],
)
async def test_a_row_says_in_words_what_is_wrong(
    lab_results: dict[str, ProbeResult], target: str, state: str, phrase: str, label: str, status: str
) -> None:
    async with site_of(results=lab_results.values()) as site:
        row = row_of(await site.page("/"), target)
    assert row.one("td", of="state").text == state
    assert phrase in row.one("td", of="wrong").text
    assert [code.text for code in row.all("code")] == ([label] if label else [])
    assert row.one("td", of="status").text == status
    assert row.one("th").all("a")[0]["href"] == f"endpoints/{lab_results[target].endpoint.id}"


async def test_the_bar_shows_how_much_of_the_validity_is_left(lab_results: dict[str, ProbeResult]) -> None:
    def bar(page: Element, target: str) -> tuple[str, float, str]:
        cell = row_of(page, target).one("td", of="time")
        return cell.one("svg")["class"], float(cell.one("rect", of="part")["width"]), cell.text

    async with site_of(results=lab_results.values()) as site:
        page = await site.page("/")
    assert bar(page, "healthy-rsa.test") == ("bar good", 87.5, "3 d 11 h left")
    assert bar(page, "expiring-soon.test")[0] == "bar warn"
    assert bar(page, "stale.test") == ("bar bad", 0, "stale for 3 d")
    assert bar(page, "bad-signature.test")[0] == "bar idle"
    assert row_of(page, "try-later.test").one("td", of="time").all("svg") == []


async def test_a_probe_is_dated_for_people_and_machines() -> None:
    async with site_of(results=[made.result(of=made.endpoint("a"), after=-12)]) as site:
        cell = rows_of(await site.page("/"))[0].one("td", of="probed")
    assert cell.text == "12 s ago"
    assert cell.one("time")["datetime"] == "2026-03-01T11:59:48Z"


async def test_the_summary_counts_all_states_and_links_to_each(lab_results: dict[str, ProbeResult]) -> None:
    async with site_of(results=lab_results.values()) as site:
        page = await site.page("/?state=good")
        tiles = {tile["data-state"]: tile for tile in page.one("ul", of="tiles").all("a", having="data-state")}
        assert tiles["invalid"].one("span", of="count").text == "5"
        assert tiles["good"]["aria-current"] == "true"
        assert "aria-current" not in tiles["invalid"]
        assert "waiting" not in tiles
        assert page.one("p", of="lead").text == "10 of 15 endpoints are ill, 1 has a warning."
        followed = await site.page("/" + tiles["invalid"]["href"])
    assert {row["data-state"] for row in rows_of(followed)} == {"invalid"}


@pytest.mark.parametrize(
    ("results", "waiting", "lead"),
    [
        ([made.result(of=made.endpoint("a"))], 0, "No endpoint is ill."),
        ([made.result(made.REFUSED, of=made.endpoint("a"))], 0, "1 of 1 endpoints is ill."),
        (
            [made.result(of=made.endpoint("a"))],
            2,
            "None of the endpoints probed so far is ill, 2 wait for the first probe.",
        ),
        ([], 1, "The first probes are under way."),
    ],
)
async def test_the_lead_says_how_it_stands(results: list[ProbeResult], waiting: int, lead: str) -> None:
    async with site_of([made.endpoint(f"w{number}") for number in range(waiting)], results) as site:
        assert (await site.page("/")).one("p", of="lead").text == lead


async def test_a_site_that_watches_nothing_says_so() -> None:
    async with site_of() as site:
        page = await site.page("/")
    assert page.one("section", of="empty").one("h2").text == "Nothing is watched yet"
    assert page.all("table") == []


async def test_an_endpoint_that_was_not_probed_yet_waits() -> None:
    async with site_of([made.endpoint("a")]) as site:
        row = rows_of(await site.page("/"))[0]
    assert row["data-state"] == "waiting"
    assert row.one("td", of="wrong").text == "not known yet"
    assert row.one("td", of="probed").text == "not yet"


async def test_the_page_follows_later_results() -> None:
    async with site_of([made.endpoint("a"), made.endpoint("b")]) as site:
        before = await site.page("/")
        site.parts.results.publish(made.result(made.REFUSED, of=made.endpoint("b")))
        after = await site.page("/")
        site.parts.results.watch([made.endpoint("c")])
        other = await site.page("/")
    assert targets_of(before) == ["a", "b"]
    assert targets_of(after) == ["b", "a"]
    assert targets_of(other) == ["c"]


async def test_many_complaints_are_cut_and_counted() -> None:
    async with site_of(results=[made.result(made.observation(made.EVERY_REASON))]) as site:
        page = await site.page("/")
    shown = page.one("td", of="wrong").all("li")
    assert len(shown) == 4
    assert shown[-1].text == f"and {len(made.EVERY_REASON.errors) - 3} more"


async def test_labels_are_shown_and_lead_to_all_that_have_them() -> None:
    endpoints = [made.endpoint("a", team="web & more"), made.endpoint("b", team="db")]
    async with site_of(endpoints) as site:
        page = await site.page("/")
        tag = row_of(page, "a").one("a", of="tag")
        assert tag.text == "team=web & more"
        assert targets_of(await site.page("/" + tag["href"])) == ["a"]


async def test_a_failed_reload_shows_its_problems_on_every_page() -> None:
    async with site_of([made.endpoint("a")], problems=("c.yml:3:1: <b>targets</b> is missing",)) as site:
        for path in ("/", f"/endpoints/{made.endpoint('a').id}"):
            notice = (await site.page(path)).one("section", of="warn")
            assert notice.one("li").text == "c.yml:3:1: <b>targets</b> is missing"
    async with site_of([made.endpoint("a")]) as site:
        assert (await site.page("/")).all("section", of="warn") == []


async def test_lists_that_were_not_read_are_named_on_every_page() -> None:
    entries = Entries(targets={"a:443": made.target("a")})
    good = ListState(key=Key(Source.FILE, "good.json"), entries=Entries())
    ill = [
        ListState(key=Key(Source.FILE, f"{number}.json"), entries=entries, problems=(f"{number}.json: <b>", "more"))
        for number in range(7)
    ]
    async with site_of([made.endpoint("a")], lists=[good, *ill]) as site:
        for path in ("/", f"/endpoints/{made.endpoint('a').id}"):
            notice = (await site.page(path)).one("section", of="warn")
            assert notice.one("h2").text == "Lists of targets were not read"
            told = [item.text for item in notice.all("li")]
            assert told[0] == "0.json: <b>, and 1 more (targets in force: 1)"
            assert told[-1] == "and 2 more lists"
            assert len(told) == 6
    async with site_of([made.endpoint("a")], lists=[good]) as site:
        assert (await site.page("/")).all("section", of="warn") == []


async def test_the_footer_tells_version_revision_and_uptime() -> None:
    async with site_of() as site:
        assert "Version 1.2.3, revision abc, up for 12 h" in (await site.page("/")).one("footer").text


async def test_the_form_for_a_probe_offers_the_modules_and_leads_to_probe() -> None:
    modules = {"default": Module(), "lan <x>": Module(name="lan <x>")}
    async with site_of(config=lambda config: replace(config, modules=modules)) as site:
        form = (await site.page("/")).one("section", of="ask").one("form")
    assert (form["method"], form["action"]) == ("get", "probe")
    assert [option["value"] for option in form.all("option")] == ["default", "lan <x>"]
    assert {field["name"] for field in form.all(having="name")} == {"target", "module", "debug"}
    assert form.one("input", name="debug")["value"] == "true"


async def test_the_page_is_asked_for_again_only_where_wanted() -> None:
    async with site_of([made.endpoint("a")]) as site:
        plain, following = await site.page("/"), await site.page("/?refresh=30")
        link = plain.one("p", of="follow").one("a")["href"]
        assert plain.all("meta", http_equiv="refresh") == []
        assert following.one("meta", http_equiv="refresh")["content"] == "30"
        assert (await site.page("/" + link)).one("meta", http_equiv="refresh")
        stopped = await site.page("/" + following.one("p", of="follow").one("a")["href"])
        assert stopped.all("meta", http_equiv="refresh") == []


@pytest.mark.parametrize(
    ("after", "left"), [(timedelta(0), "6 d left"), (timedelta(days=6, seconds=5), "stale for 5 s")]
)
async def test_the_page_goes_with_the_clock(after: timedelta, left: str) -> None:
    async with site_of(results=[made.result()], now=lambda: made.NOW + after) as site:
        assert rows_of(await site.page("/"))[0].one("td", of="time").text == left
