from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from cryptography import x509

from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.diagnosis import RANKS
from ocsp_staple_exporter.lab.hosts import CLOSED_HOST, HOSTS
from tests.api.site import Site, serving_parts, still_laboratory, watched
from tests.exposition import made_results as made
from tests.web.made_parts import parts

ORDER = [state.value for state in RANKS]

STATES = {
    "healthy-ecdsa.test": "good",
    "healthy-rsa.test": "good",
    "delegated.test": "good",
    "expiring-soon.test": "warning",
    "stale.test": "invalid",
    "revoked.test": "revoked",
    "unknown.test": "unknown",
    "no-staple.test": "missing",
    "try-later.test": "invalid",
    "bad-signature.test": "invalid",
    "renewed.test": "invalid",
    "stranger.test": "invalid",
    "no-ocsp-url.test": "not_due",
    "closed-port.test": "unreachable",
}


@pytest_asyncio.fixture
async def lab_site() -> AsyncIterator[Site]:
    async with still_laboratory() as lab, serving_parts(await watched(lab)) as site:
        yield site


def endpoint_id(site: Site, target: str) -> str:
    return next(endpoint.id for endpoint in site.parts.results.endpoints if endpoint.target == target)


async def test_all_endpoints_are_listed_the_worst_first(lab_site: Site) -> None:
    answer = (await lab_site.ask("/api/v1/endpoints")).json
    listed = [endpoint["state"] for endpoint in answer["endpoints"]]
    assert listed == sorted(listed, key=ORDER.index)
    assert answer["total"] == len(listed) == len(HOSTS) + 1
    assert answer["next_offset"] is None
    states = {endpoint["target"]: endpoint["state"] for endpoint in answer["endpoints"]}
    assert STATES.items() <= states.items()


async def test_what_was_not_read_is_null_and_never_left_out(lab_site: Site) -> None:
    answer = (await lab_site.ask("/api/v1/endpoints")).json
    endpoints = {endpoint["target"]: endpoint for endpoint in answer["endpoints"]}
    fields = set(endpoints["healthy-ecdsa.test"])
    assert all(set(endpoint) == fields for endpoint in endpoints.values())

    closed = endpoints[CLOSED_HOST.name]
    assert closed["probe"]["error"]["reason"] == "connect_refused"
    assert closed["probe"]["address"] is None
    nothing = [name for name, value in closed.items() if value is None]
    assert nothing == [
        "staple_present",
        "staple_expected",
        "must_staple",
        "certificate_not_after",
        "cert_status",
        "next_update",
        "seconds_until_next_update",
    ]
    missing = endpoints["no-staple.test"]
    assert (missing["staple_present"], missing["staple_expected"], missing["cert_status"]) == (False, True, None)
    assert [finding["reason"] for finding in missing["warnings"]] == ["no_staple"]
    revoked = endpoints["revoked.test"]
    assert (revoked["staple_present"], revoked["cert_status"]) == (True, "revoked")
    assert revoked["seconds_until_next_update"] > 0
    assert endpoints["stale.test"]["seconds_until_next_update"] < 0


async def test_an_endpoint_that_waits_for_its_first_probe_is_listed() -> None:
    async with serving_parts(parts([made.endpoint("new")])) as site:
        listed = (await site.ask("/api/v1/endpoints")).json["endpoints"][0]
        shown = (await site.ask(f"/api/v1/endpoints/{listed['id']}")).json
    assert (listed["state"], listed["probe"], listed["errors"]) == ("waiting", None, [])
    assert (shown["phases"], shown["handshake"], shown["chain"], shown["history"]) == ([], None, [], [])


async def test_one_endpoint_shows_all_that_was_seen(lab_site: Site) -> None:
    shown = (await lab_site.ask(f"/api/v1/endpoints/{endpoint_id(lab_site, 'stale.test')}")).json
    summary = next(
        endpoint
        for endpoint in (await lab_site.ask("/api/v1/endpoints")).json["endpoints"]
        if endpoint["target"] == "stale.test"
    )
    clock = {"seconds_until_next_update"}
    assert {k: v for k, v in summary.items() if k not in clock} == {
        k: v for k, v in shown.items() if k in summary and k not in clock
    }
    assert [phase["phase"] for phase in shown["phases"]] == ["resolve", "connect", "handshake", "judge"]
    assert shown["handshake"]["tls_version"] == "1.3"
    assert shown["settings"]["trust_anchors"] == 1
    assert shown["chain_verdict"]["verified"] is True
    assert shown["diagnosis"]["headline"]
    assert shown["openssl_command"].startswith("openssl s_client -connect 127.0.0.1:")
    assert "expired" in shown["history"][0]["reasons"]


async def test_the_chain_and_the_staple_can_be_decoded(lab_site: Site) -> None:
    shown = (await lab_site.ask(f"/api/v1/endpoints/{endpoint_id(lab_site, 'revoked.test')}")).json
    leaf = base64.b64decode(shown["chain"][0]["der_base64"], validate=True)
    assert x509.load_der_x509_certificate(leaf).serial_number == int(shown["leaf"]["serial_number"], 16)
    assert hashlib.sha256(leaf).hexdigest() == shown["leaf"]["fingerprint_sha256"] == shown["chain"][0]["sha256"]
    assert shown["chain"][1]["certificate"] == shown["issuer"]
    staple = base64.b64decode(shown["staple"]["der_base64"], validate=True)
    assert len(staple) == shown["staple"]["size_bytes"]
    assert hashlib.sha256(staple).hexdigest() == shown["staple"]["sha256"]
    assert shown["chain"][0]["staple_base64"] == shown["staple"]["der_base64"]
    assert shown["verdict"]["cert_status"] == "revoked"
    assert shown["verdict"]["revocation_time"].endswith("Z")


@pytest.mark.parametrize(
    ("target", "failed"),
    [
        ("healthy-ecdsa.test", set()),
        ("stale.test", {"expired"}),
        ("bad-signature.test", {"signature_invalid"}),
        ("try-later.test", {"status_try_later"}),
    ],
)
async def test_the_checks_say_what_the_verdict_says(lab_site: Site, target: str, failed: set[str]) -> None:
    shown = (await lab_site.ask(f"/api/v1/endpoints/{endpoint_id(lab_site, target)}")).json
    of_checks = {check["reason"] for check in shown["checks"] if check["outcome"] == "failed"}
    of_verdict = {finding["reason"] for finding in (*shown["verdict"]["errors"], *shown["verdict"]["warnings"])}
    assert of_checks == of_verdict >= failed
    assert all(check["clause"] and check["detail"] for check in shown["checks"])


@pytest.mark.parametrize("target", ["no-staple.test", "closed-port.test", "no-ocsp-url.test"])
async def test_without_a_staple_there_is_nothing_to_check(lab_site: Site, target: str) -> None:
    shown = (await lab_site.ask(f"/api/v1/endpoints/{endpoint_id(lab_site, target)}")).json
    assert (shown["staple"], shown["verdict"], shown["judged_at"], shown["checks"]) == (None, None, None, [])


async def test_an_endpoint_that_is_not_watched_is_unknown(lab_site: Site) -> None:
    for unknown in ("0123456789abcdef", "x", "%00", "..%2f..", "<script>"):
        reply = await lab_site.ask(f"/api/v1/endpoints/{unknown}")
        assert (reply.status, reply.json["code"]) == (404, "unknown_endpoint"), unknown
        assert b"<" not in reply.body


async def test_an_endpoint_that_is_removed_is_gone_at_once() -> None:
    given = parts([made.endpoint("a"), made.endpoint("b")])
    async with serving_parts(given) as site:
        gone = endpoint_id(site, "a")
        given.results.publish(made.result(made.REFUSED, of=made.endpoint("a")))
        assert (await site.ask("/api/v1/endpoints")).json["endpoints"][0]["target"] == "a"
        given.results.watch([made.endpoint("b")])
        assert [each["target"] for each in (await site.ask("/api/v1/endpoints")).json["endpoints"]] == ["b"]
        assert (await site.ask(f"/api/v1/endpoints/{gone}")).status == 404


async def test_a_name_without_utf_8_does_not_break_an_answer() -> None:
    strange = replace(made.target("\ud800", team="\udfff"), module=replace(made.MODULE, name="\ud801"))
    async with serving_parts(parts(config=Config((strange,)))) as site:
        listed = (await site.ask("/api/v1/endpoints")).json["endpoints"][0]
        assert (listed["target"], listed["labels"], listed["module"]) == ("?", {"team": "?"}, "?")
        assert (await site.ask(f"/api/v1/endpoints/{listed['id']}")).status == 200


async def test_times_are_utc_whatever_the_clock_says() -> None:
    given = replace(parts([made.endpoint("a")]), now=lambda: datetime.fromisoformat("2026-03-01T14:00:00.5+02:00"))
    given.results.publish(made.result(made.observation(made.STALE), of=made.endpoint("a")))
    async with serving_parts(given) as site:
        answer = (await site.ask("/api/v1/endpoints")).json
    assert answer["answered_at"] == "2026-03-01T12:00:00.500000Z"
    left = made.STALE.next_update and made.STALE.next_update - datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)
    assert isinstance(left, timedelta)
    assert answer["endpoints"][0]["seconds_until_next_update"] == left.total_seconds()
