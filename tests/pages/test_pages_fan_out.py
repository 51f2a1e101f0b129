"""The pages of a target that is probed as several endpoints."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.model import Addresses, Change, Endpoint, KeyType, Target, TLSVersion, expand
from ocsp_staple_exporter.web.pages import endpoint_page
from tests.exposition import made_results as made
from tests.pages.pages_site import site_of


def fanned_out(*key_types: KeyType, **more: Any) -> Target:
    return replace(made.target("shop"), module=replace(made.MODULE, key_types=key_types, **more))


async def test_an_endpoint_leads_to_the_others_of_its_target() -> None:
    target = fanned_out(KeyType.RSA, KeyType.ECDSA)
    rsa, ecdsa = expand(target)
    async with site_of(config=lambda _: Config((target, made.target("other")))) as site:
        site.parts.results.publish(made.result(made.observation(made.REVOKED), of=ecdsa))
        page = await site.page(f"/endpoints/{rsa.id}")
        listed = await site.page("/?label=key_type%3Drsa")
    assert page.one("h1").text == "shop (rsa)"
    siblings = page.one("nav", of="siblings")
    assert [(link.text, link["href"]) for link in siblings.all("a")] == [("shop (ecdsa)", ecdsa.id)]
    assert "Revoked" in siblings.text
    assert [row["data-endpoint"] for row in listed.all("tr") if "data-endpoint" in row] == [rsa.id]


async def test_the_list_shows_once_what_tells_an_endpoint_from_the_others_of_its_target() -> None:
    target = fanned_out(KeyType.RSA, KeyType.ECDSA, tls_versions=(TLSVersion.TLS_1_3,))
    async with site_of(config=lambda _: Config((target, made.target("alone")))) as site:
        page = await site.page("/?sort=name")
    alone, ecdsa, rsa = (row.one("th") for row in page.all("tr") if "data-endpoint" in row)
    assert (alone.all("a")[0].text, alone.all("span", of="visually-hidden")) == ("alone", [])
    for cell, kind in ((ecdsa, "ecdsa"), (rsa, "rsa")):
        link = cell.all("a")[0]
        assert link.text == f"shop ({kind}, TLS 1.3)"  # what a link of its own is called by who does not see the tags
        assert link.one("span", of="visually-hidden").text == f"({kind}, TLS 1.3)"
        assert [tag.text for tag in cell.one("ul", of="tags").all("li")] == [f"key_type={kind}", "tls_version=1.3"]


async def test_of_many_endpoints_of_a_target_the_first_are_shown_and_the_rest_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(endpoint_page, "SIBLINGS_SHOWN", 2)
    target = fanned_out(KeyType.RSA, KeyType.ECDSA, KeyType.ED25519, KeyType.ED448)
    async with site_of(config=lambda _: Config((target,))) as site:
        page = await site.page(f"/endpoints/{expand(target)[0].id}")
    *shown, rest = page.one("nav", of="siblings").all("a")
    assert len(shown) == 2
    assert (rest.text, rest["href"]) == ("and 1 more", "../?label=target%3Dshop")


async def test_an_endpoint_that_is_the_only_one_of_its_target_has_no_others() -> None:
    async with site_of(config=lambda _: Config((made.target("a"), made.target("b")))) as site:
        page = await site.page(f"/endpoints/{made.endpoint('a').id}")
    assert page.all("nav", of="siblings") == []


class Heard(asyncio.Event):
    """A follower of results."""

    def list_changed(self, _change: Change[Endpoint]) -> None:
        self.set()


async def test_every_address_of_a_name_has_a_page_that_says_how_many_there_are() -> None:
    target, heard = replace(fanned_out(addresses=Addresses.ALL), host="127.0.0.1"), Heard()
    async with site_of(config=lambda _: Config((target,))) as site:
        site.parts.results.follow(heard)
        looking = asyncio.create_task(site.parts.watch_list.run())
        async with asyncio.timeout(10):
            await heard.wait()
        looking.cancel()
        (endpoint,) = site.parts.results.endpoints
        page = await site.page(f"/endpoints/{endpoint.id}")
    assert page.one("h1").text == "shop (127.0.0.1)"
    facts = {term.text: fact.text for term, fact in zip(page.all("dt"), page.all("dd"), strict=True)}
    assert facts["Addresses of the name"] == "1 watched"
