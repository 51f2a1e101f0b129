"""What the page of an endpoint says where its probe made several handshakes, or the chain has several staples."""

from __future__ import annotations

from dataclasses import replace

from ocsp_staple_exporter.model import Finding, Observation, ProbeError, ProbeResult, Reason, Rounds
from tests.exposition import made_results as made
from tests.pages.html_tree import Element
from tests.pages.pages_site import site_of


async def card(result: ProbeResult, name: str) -> Element:
    async with site_of(results=[result]) as site:
        page = await site.page(f"/endpoints/{result.endpoint.id}")
    return page.one("section", aria_labelledby=name)


def of_rounds(*seen: Observation | ProbeError, retries: int = 0, left_out: int = 0) -> ProbeResult:
    shown = next(one for one in seen if isinstance(one, Observation) and one.stapled)
    return made.result(replace(shown, rounds=Rounds(seen=seen, retries=retries, left_out=left_out)))


def rows(card: Element) -> list[list[str]]:
    table = card.one("table", of="handshakes")
    return [[cell.text for cell in (*row.all("th"), *row.all("td"))] for row in table.one("tbody").all("tr")]


async def test_one_handshake_has_no_table() -> None:
    assert (await card(made.result(), "probe")).all("table", of="handshakes") == []


async def test_each_handshake_has_a_row_with_what_came() -> None:
    renewed = replace(made.LEAF, serial_number="0d0e0f")
    result = of_rounds(
        made.observation(made.MISSED),
        made.REFUSED,
        made.observation(made.STALE, leaf=renewed),
        made.observation(),
        retries=1,
        left_out=2,
    )
    probe = await card(result, "probe")
    assert rows(probe) == [
        ["1", "no staple", "none", "0a1b2c"],
        ["2", "the connection was refused connection refused", "none", ""],
        ["3", "a staple: stale: nextUpdate has passed", "2026-03-01 11:00:00 UTC", "0d0e0f"],
        ["4, a retry", "a staple", "2026-03-07 12:00:00 UTC", "0a1b2c"],
    ]
    assert "2 of 3 carried a staple; the last as a retry; 1 more failed; 2 left out, since" in probe.text


async def test_what_a_stranger_says_in_a_failure_stays_text() -> None:
    hostile = replace(made.REFUSED, detail="<script>alert(1)</script>")
    probe = await card(of_rounds(hostile, made.observation()), "probe")
    assert rows(probe)[0][1].endswith("<script>alert(1)</script>")


async def test_the_staples_of_other_certificates_are_told_with_their_faults(
    lab_results: dict[str, ProbeResult],
) -> None:
    result = lab_results["healthy-ecdsa.test"]
    seen = result.outcome
    assert isinstance(seen, Observation)
    stale = replace(made.STALE, errors=(Finding(Reason.EXPIRED, "an <hour> ago"),))
    both = replace(seen, handshake=replace(seen.handshake, staples=(b"leaf's", b"other")), others=(stale,))
    _, alone = (await card(result, "certificates")).one("ol", of="chain").all("li")
    leaf, other = (await card(replace(result, outcome=both), "certificates")).one("ol", of="chain").all("li")
    assert "Staple" not in alone.text + leaf.text
    assert "5 bytes came for it too: good, until 2026-03-01 11:00:00 UTC" in other.text
    assert "expired an <hour> ago" in other.text
