from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.model import Endpoint, ProbeResult, expand
from tests.api.site import Reply, Site, real_parts, serving_parts, still_laboratory
from tests.exposition import made_results as made
from tests.web.made_parts import parts

JSON = {"Content-Type": "application/json"}
A = made.endpoint("a")


def enabled(*, probe_on_demand: bool = True) -> Config:
    return Config((made.target("a"),), probe_on_demand=probe_on_demand)


async def post(site: Site, headers: dict[str, str] | None = None, body: bytes = b"{}") -> Reply:
    return await site.ask(f"/api/v1/endpoints/{A.id}/probe", "POST", body=body, headers=JSON | (headers or {}))


async def test_a_probe_on_demand_answers_with_its_result_and_publishes_it() -> None:
    async with still_laboratory() as lab:
        target = next(target for target in lab.targets if target.name == "revoked.test")
        (revoked,) = expand(target)
        given = real_parts(Config((target,), probe_on_demand=True))
        async with serving_parts(given) as site:
            before = (await site.ask(f"/api/v1/endpoints/{revoked.id}")).json
            reply = await site.ask(f"/api/v1/endpoints/{revoked.id}/probe", "POST", body=b"", headers=JSON)
            after = (await site.ask(f"/api/v1/endpoints/{revoked.id}")).json
    assert (before["state"], reply.status, reply.json["state"]) == ("waiting", 200, "revoked")
    assert reply.json["probe"] == after["probe"]
    assert [past["state"] for past in reply.json["history"]] == ["revoked"]


async def test_it_is_off_unless_enabled_and_says_how() -> None:
    async with serving_parts(parts(config=enabled(probe_on_demand=False))) as site:
        reply = await post(site)
        assert (reply.status, reply.json["code"]) == (403, "probing_disabled")
        assert "api: {probe: true}" in reply.json["detail"]
        assert site.parts.results.latest(A.id) is None


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]
)
async def test_what_a_form_of_another_site_can_send_sets_nothing_off(content_type: str) -> None:
    async with serving_parts(parts(config=enabled())) as site:
        reply = await post(site, {"Content-Type": content_type})
        assert (reply.status, reply.json["code"]) == (415, "unsupported_media_type")
        assert "Content-Type: application/json" in reply.json["detail"]
        assert site.parts.results.latest(A.id) is None


@pytest.mark.parametrize("where", ["cross-site", "same-site", "nonsense"])
async def test_a_browser_that_says_that_another_site_asks_is_refused(where: str) -> None:
    async with serving_parts(parts(config=enabled())) as site:
        reply = await post(site, {"Sec-Fetch-Site": where})
        assert (reply.status, reply.json["code"]) == (403, "cross_site_request")
        assert site.parts.results.latest(A.id) is None


@pytest.mark.parametrize("where", ["same-origin", "none"])
async def test_a_browser_on_our_own_pages_may_ask(where: str) -> None:
    async with serving_parts(parts(config=enabled())) as site:
        assert (await post(site, {"Sec-Fetch-Site": where})).status == 200


async def test_a_browser_that_asks_first_gets_no_permission() -> None:
    headers = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    async with serving_parts(parts(config=enabled())) as site:
        reply = await site.ask(f"/api/v1/endpoints/{A.id}/probe", "OPTIONS", headers=headers)
        assert reply.status == 405
        assert not [name for name in reply.headers if name.lower().startswith("access-control-")]


async def test_an_endpoint_that_is_not_watched_cannot_be_probed() -> None:
    async with serving_parts(parts(config=enabled())) as site:
        reply = await site.ask("/api/v1/endpoints/0123456789abcdef/probe", "POST", body=b"{}", headers=JSON)
        assert (reply.status, reply.json["code"]) == (404, "unknown_endpoint")


async def test_the_body_is_not_read() -> None:
    async with serving_parts(parts(config=enabled())) as site:
        assert (await post(site, body=b"{not json")).status == 200
        assert (await post(site, body=b"x" * 900_000)).status == 200


async def test_a_bug_of_ours_is_a_problem_document_and_does_not_show_its_inside() -> None:
    async def broken(_endpoint: Endpoint) -> ProbeResult:
        raise RuntimeError("secret inside")

    async with serving_parts(replace(parts(config=enabled()), probe_now=broken)) as site:
        reply = await post(site)
        assert (reply.status, reply.json["code"]) == (500, "internal_error")
        assert b"secret" not in reply.body


async def test_other_answers_do_not_wait_for_a_probe() -> None:
    released = asyncio.Event()

    async def slow(endpoint: Endpoint) -> ProbeResult:
        await released.wait()
        return made.result(of=endpoint)

    async with serving_parts(replace(parts(config=enabled()), probe_now=slow)) as site:
        waiting = asyncio.create_task(post(site))
        assert (await site.ask("/api/v1/status")).status == 200
        assert not waiting.done()
        released.set()
        assert (await waiting).status == 200
