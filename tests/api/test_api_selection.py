from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.api.site import Site, serving_parts
from tests.exposition import made_results as made
from tests.web.made_parts import parts


@pytest_asyncio.fixture
async def mixed() -> AsyncIterator[Site]:
    """Sixty endpoints: every third stale, every third unreachable, the rest still waiting."""
    endpoints = [made.endpoint(f"host-{n:02}.example", team=f"t{n % 2}") for n in range(60)]
    given = parts(endpoints)
    for n, each in enumerate(endpoints):
        if n % 3 == 0:
            given.results.publish(made.result(made.observation(made.STALE), of=each))
        elif n % 3 == 1:
            given.results.publish(made.result(made.REFUSED, of=each))
    async with serving_parts(given) as site:
        yield site


async def targets(site: Site, query: str) -> list[str]:
    reply = await site.ask(f"/api/v1/endpoints?{query}")
    assert reply.status == 200, reply.body
    assert reply.json["total"] == len(reply.json["endpoints"])
    return [endpoint["target"] for endpoint in reply.json["endpoints"]]


async def test_pages_follow_each_other_and_leave_nothing_out(mixed: Site) -> None:
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        answer = (await mixed.ask(f"/api/v1/endpoints?limit=7&offset={offset}")).json
        assert (answer["total"], answer["limit"], answer["offset"]) == (60, 7, offset)
        seen += [endpoint["target"] for endpoint in answer["endpoints"]]
        offset = answer["next_offset"]
    assert seen == await targets(mixed, "limit=1000")
    assert len(set(seen)) == 60


async def test_a_page_beyond_the_end_is_empty(mixed: Site) -> None:
    answer = (await mixed.ask("/api/v1/endpoints?offset=60")).json
    assert (answer["endpoints"], answer["total"], answer["next_offset"]) == ([], 60, None)


async def test_endpoints_are_selected_by_state(mixed: Site) -> None:
    assert len(await targets(mixed, "state=invalid")) == 20
    assert len(await targets(mixed, "state=invalid&state=waiting")) == 40
    assert await targets(mixed, "state=good") == []


async def test_endpoints_are_selected_by_words_in_any_case(mixed: Site) -> None:
    assert await targets(mixed, "q=HOST-07") == ["host-07.example"]
    assert len(await targets(mixed, "q=connect_refused")) == 20
    assert len(await targets(mixed, "q=0a1b2c")) == 20
    assert len(await targets(mixed, "q=%20CONNECT_refused%20%20host-0")) == 3
    assert await targets(mixed, "q=nowhere") == []
    assert len(await targets(mixed, "q=")) == 60


async def test_endpoints_are_selected_by_labels(mixed: Site) -> None:
    assert len(await targets(mixed, "label=team=t1")) == 30
    assert len(await targets(mixed, "label=team")) == 60
    assert await targets(mixed, "label=team=t1&label=target=host-01.example") == ["host-01.example"]
    assert await targets(mixed, "label=team=t1&label=team=t0") == []
    assert await targets(mixed, "label=team=") == []
    assert await targets(mixed, "label=colour") == []


async def test_filters_are_combined(mixed: Site) -> None:
    assert await targets(mixed, "state=invalid&label=team=t0&q=host-3") == ["host-30.example", "host-36.example"]


async def test_a_result_moves_its_endpoint_in_the_order(mixed: Site) -> None:
    assert (await targets(mixed, ""))[0] != "host-59.example"
    worst = made.endpoint("host-59.example", team="t1")
    mixed.parts.results.publish(made.result(made.observation(made.REVOKED), of=worst))
    assert (await targets(mixed, ""))[0] == "host-59.example"
    mixed.parts.results.publish(made.result(of=worst))
    assert (await targets(mixed, ""))[-1] == "host-59.example"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("limit=0", "limit: should be greater than or equal to 1"),
        ("limit=1001", "limit: should be less than or equal to 1000"),
        ("limit=1.0", "limit: should be a whole number, in digits"),
        ("limit=%C2%B2", "limit: should be a whole number, in digits"),
        ("limit=", "limit: should be a whole number"),
        ("limit=1&limit=2", "limit is given 2 times: give it once"),
        ("offset=-1", "offset: should be a whole number, in digits"),
        ("offset=9999999999", "offset: should be a whole number, in digits"),
        ("state=ill", "state: should be 'revoked'"),
        ("state=", "state: should be"),
        ("q=a&q=b", "q is given 2 times"),
        ("q=" + "x" * 257, "q: should have at most 256 characters"),
        ("label==x", "label: should match pattern"),
        ("label=a-b=x", "label: should match pattern"),
        ("stat=good", 'unknown parameter "stat" (known: limit, offset, state, q, label)'),
        ("%1b[31m=1", r'unknown parameter "\x1b[31m"'),
    ],
)
async def test_a_bad_parameter_is_refused_with_a_sentence(mixed: Site, query: str, says: str) -> None:
    reply = await mixed.ask(f"/api/v1/endpoints?{query}")
    assert (reply.status, reply.json["code"]) == (400, "invalid_parameter")
    assert says in reply.json["detail"]
