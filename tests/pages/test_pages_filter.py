from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, quote

import pytest
from multidict import MultiDict

from ocsp_staple_exporter.diagnosis import State
from ocsp_staple_exporter.model import ProbeResult
from ocsp_staple_exporter.web.pages.list_page import Paging
from ocsp_staple_exporter.web.pages.query import BadQuery, Order, Query
from tests.exposition import made_results as made
from tests.pages.html_tree import Element
from tests.pages.pages_site import site_of

RESULTS = (
    made.result(of=made.endpoint("alpha.example", team="web", tier="1")),
    made.result(made.observation(made.STALE), of=made.endpoint("beta.example", team="web")),
    made.result(made.observation(made.REVOKED), of=made.endpoint("gamma.example", team="db")),
    made.result(made.REFUSED, of=made.endpoint("delta.example")),
)
WORST_FIRST = ["gamma.example", "beta.example", "delta.example", "alpha.example"]


def targets_of(page: Element) -> list[str]:
    return [row.one("th").all("a")[0].text for row in page.all("tr", having="data-endpoint")]


@pytest.mark.parametrize(
    ("query", "targets"),
    [
        ("", WORST_FIRST),
        ("?q=&state=&label=", WORST_FIRST),
        ("?q=ALPHA", ["alpha.example"]),
        ("?q=%20alpha%20", ["alpha.example"]),
        ("?q=example+web", ["beta.example", "alpha.example"]),
        ("?q=refused", ["delta.example"]),
        ("?state=revoked", ["gamma.example"]),
        ("?state=good&state=revoked", ["gamma.example", "alpha.example"]),
        ("?label=team=web", ["beta.example", "alpha.example"]),
        ("?label=team", ["gamma.example", "beta.example", "alpha.example"]),
        ("?label=team=web&label=tier=1", ["alpha.example"]),
        ("?label=team=web&state=good", ["alpha.example"]),
        ("?sort=name", ["alpha.example", "beta.example", "delta.example", "gamma.example"]),
        ("?sort=time_left", ["beta.example", "alpha.example", "gamma.example", "delta.example"]),
        ("?sort=name&label=team=web", ["alpha.example", "beta.example"]),
        ("?sort=worst&unknown=parameter", WORST_FIRST),
    ],
)
async def test_the_list_is_filtered_and_sorted(query: str, targets: list[str]) -> None:
    async with site_of(results=RESULTS) as site:
        assert targets_of(await site.page("/" + query)) == targets


@pytest.mark.parametrize("query", ["?q=nowhere", "?label=team=w", "?label=team=", "?label=TEAM", "?state=waiting"])
async def test_what_matches_nothing_says_so_and_leads_back(query: str) -> None:
    async with site_of(results=RESULTS) as site:
        page = await site.page("/" + query)
        assert page.one("section", of="empty").one("h2").text == "Nothing matches"
        back = page.one("section", of="empty").one("a")["href"]
        assert targets_of(await site.page("/" + back)) == WORST_FIRST


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("state=ill", "state must be one of revoked,"),
        ("state=REVOKED", "state must be one of"),
        ("sort=size", "sort must be one of worst, name, time_left"),
        ("page=0", "page must be a whole number from 1"),
        ("page=-1", "page must be"),
        ("page=1.5", "page must be"),
        ("page=%D9%A1", "page must be"),
        ("page=" + "9" * 5000, "page must be"),
        ("refresh=4", "refresh must be a whole number from 5 to 3600"),
        ("refresh=3601", "refresh must be"),
        ("refresh=0;url=http://evil.example", "refresh must be"),
    ],
)
async def test_a_query_that_cannot_be_is_refused_with_what_could_be(query: str, complaint: str) -> None:
    async with site_of(results=RESULTS) as site:
        page = await site.page("/?" + query, status=400)
        assert complaint in page.one("main").text
        assert page.one("main").one("a")["href"] == "./"


async def test_the_form_keeps_what_was_asked_for() -> None:
    async with site_of(results=RESULTS) as site:
        page = await site.page("/?q=ex&state=good&label=team=web&label=tier=1&sort=name&refresh=60")
    form = page.one("form", of="filter")
    assert form.one("input", name="q")["value"] == "ex"
    assert [option["value"] for option in form.all("option", having="selected")] == ["good"]
    assert [field["value"] for field in form.all("input", name="label")] == ["team=web", "tier=1"]
    assert form.one("input", name="sort")["value"] == "name"
    assert form.one("input", name="refresh")["value"] == "60"
    labelled = {label["for"] for label in form.all("label")}
    assert labelled == {field["id"] for field in form.all(having="id")}


async def test_every_filter_can_be_removed_by_its_link() -> None:
    async with site_of(results=RESULTS) as site:
        page = await site.page("/?q=ex&state=good&label=team=web&sort=name")
    links = {link.text: parse_qs(link["href"].removeprefix("?")) for link in page.one("ul", of="chosen").all("a")}
    assert links == {
        "Remove text: ex": {"state": ["good"], "label": ["team=web"], "sort": ["name"]},
        "Remove state: Good": {"q": ["ex"], "label": ["team=web"], "sort": ["name"]},
        "Remove label: team=web": {"q": ["ex"], "state": ["good"], "sort": ["name"]},
    }


@pytest.mark.parametrize(
    ("sort", "column", "direction"),
    [("worst", "State", "descending"), ("name", "Target", "ascending"), ("time_left", "Time left", "ascending")],
)
async def test_the_sorted_column_says_so_and_the_others_lead_to_their_order(
    sort: str, column: str, direction: str
) -> None:
    async with site_of(results=RESULTS) as site:
        page = await site.page(f"/?sort={sort}&q=example")
        heads = page.one("thead").all("th")
        assert [(head.text, head["aria-sort"]) for head in heads if "aria-sort" in head] == [(column, direction)]
        others = [head.one("a") for head in heads if head.all("a")]
        assert len(others) == 2
        for link in others:
            there = await site.page("/" + link["href"])
            assert there.one("input", name="q")["value"] == "example"
            assert there.one("th", having="aria-sort").text == link.text


async def crowd(count: int) -> list[ProbeResult]:
    return [made.result(of=made.endpoint(f"host-{number:04}.example")) for number in range(count)]


@pytest.mark.parametrize(
    ("page_number", "first", "last", "links"),
    [
        (1, 0, 99, ["1", "2", "3", "…", "7", "Next"]),
        (4, 300, 399, ["Previous", "1", "2", "3", "4", "5", "6", "7", "Next"]),
        (7, 600, 649, ["Previous", "1", "…", "5", "6", "7"]),
        (8, 600, 649, ["Previous", "1", "…", "5", "6", "7"]),
        (999_999_999, 600, 649, ["Previous", "1", "…", "5", "6", "7"]),
    ],
)
async def test_long_lists_come_in_pages(page_number: int, first: int, last: int, links: list[str]) -> None:
    async with site_of(results=await crowd(650)) as site:
        page = await site.page(f"/?page={page_number}&q=host")
    targets = targets_of(page)
    assert (targets[0], targets[-1]) == (f"host-{first:04}.example", f"host-{last:04}.example")
    assert page.one("p", role="status").text == (f"650 of 650 endpoints match, {first + 1} to {last + 1} are shown.")
    paging = page.one("nav", of="paging")
    assert [item.text.removeprefix("Page ") for item in paging.all("li")] == links
    assert paging.one("a", aria_current="page").text == f"Page {last // 100 + 1}"
    assert all(parse_qs(link["href"].removeprefix("?"))["q"] == ["host"] for link in paging.all("a"))


@pytest.mark.parametrize(("count", "pages"), [(100, 0), (101, 1)])
async def test_a_list_that_fits_on_one_page_has_no_links_to_others(count: int, pages: int) -> None:
    async with site_of(results=await crowd(count)) as site:
        assert len((await site.page("/")).all("nav", of="paging")) == pages


@pytest.mark.parametrize("sort", ["worst", "name", "time_left"])
async def test_the_pages_of_a_list_hold_every_endpoint_once(sort: str) -> None:
    results = await crowd(230)
    results[7] = replace(results[7], outcome=made.REFUSED)
    async with site_of(results=results) as site:
        seen = [
            target for number in (1, 2, 3) for target in targets_of(await site.page(f"/?sort={sort}&page={number}"))
        ]
    assert sorted(seen) == [result.endpoint.target for result in results]


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(text="a&b=ü ☃ +%", states=(State.GOOD, State.NOT_DUE), labels=(("team", "a=b"), ("tier", None))),
        Query(order=Order.TIME_LEFT, refresh=30),
        Query(text="x", page=7),
    ],
)
def test_a_query_comes_back_from_its_url(query: Query) -> None:
    given = MultiDict(
        (name, value) for name, values in parse_qs(query.url(page=query.page)[1:]).items() for value in values
    )
    assert Query.parse(given) == query


def test_a_change_of_the_filter_begins_at_page_one() -> None:
    query = Query(text="x", page=7)
    assert query.url(order=Order.NAME) == "?q=x&sort=name"
    assert query.url(page=8) == "?q=x&page=8"
    assert query.url(text="") == "./"


def test_text_that_is_no_unicode_is_no_reason_to_fail() -> None:
    query = Query.parse(MultiDict([("q", "\udcff"), ("label", "\udcff=\udcff")]))
    assert query.url() == "?q=%3F&label=%3F%3D%3F"
    with pytest.raises(BadQuery):
        Query.parse(MultiDict([("state", "\udcff")]))


@pytest.mark.parametrize("matching", [0, 1, 99, 100, 101, 100_000])
@pytest.mark.parametrize("page", [1, 2, 1000, 1001])
def test_a_page_is_always_within_the_list(matching: int, page: int) -> None:
    paging = Paging.at(page, matching)
    assert 1 <= paging.page <= paging.pages
    assert 0 <= paging.first <= paging.last <= matching
    assert paging.page in paging.around
    assert paging.around[0] == 1
    assert paging.around[-1] == paging.pages


async def test_a_search_for_markup_finds_nothing_and_does_no_harm() -> None:
    text = "<script>alert(1)</script>\u202e'\"&"
    async with site_of(results=RESULTS) as site:
        page = await site.page(f"/?q={quote(text)}&label={quote(text)}")
    assert page.all("script") == []
    assert page.one("input", name="q")["value"] == text
    assert "<script>" in page.one("ul", of="chosen").text
    assert "\u202e" not in page.text


async def test_an_endpoint_that_never_goes_stale_is_last_by_time_left() -> None:
    soon = replace(made.GOOD, next_update=made.NOW + timedelta(minutes=1))
    results = [
        made.result(made.observation(made.NO_NEXT_UPDATE), of=made.endpoint("a")),
        made.result(made.observation(made.GOOD), of=made.endpoint("b")),
        made.result(made.observation(soon), of=made.endpoint("c")),
    ]
    async with site_of(results=results) as site:
        assert targets_of(await site.page("/?sort=time_left")) == ["c", "b", "a"]


@pytest.mark.parametrize("order", [order.value for order in Order])
async def test_a_page_far_behind_the_last_is_the_last_at_once(order: str) -> None:
    async with site_of([made.endpoint("a")]) as site, asyncio.timeout(10):
        page = await site.page(f"/?sort={order}&page=999999999")
    assert targets_of(page) == ["a"]


async def test_spaces_belong_to_the_value_of_a_label() -> None:
    spaced = made.endpoint("a", team=" web ")
    async with site_of([spaced, made.endpoint("b")]) as site:
        page = await site.page("/?label=team%3D+web+")
    assert targets_of(page) == ["a"]
