from __future__ import annotations

import re
import shlex
from dataclasses import replace

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer

from ocsp_staple_exporter import diagnosis
from ocsp_staple_exporter.lab.hosts import HOSTS
from ocsp_staple_exporter.model import Conclusion, Phase, ProbeError, ProbeFailure, ProbeResult, TLSVersion, Verdict
from ocsp_staple_exporter.web.pages import names
from ocsp_staple_exporter.web.pages.bars import stacked
from ocsp_staple_exporter.web.site import web_app
from tests.exposition import made_results as made
from tests.pages.html_tree import Element
from tests.pages.pages_site import site_of


def facts_of(section: Element) -> dict[str, str]:
    return {term.text: fact.text for term, fact in zip(section.all("dt"), section.all("dd"), strict=True)}


def section(page: Element, name: str) -> Element:
    return page.one("section", aria_labelledby=name)


async def page_of(result: ProbeResult) -> Element:
    async with site_of(results=[result]) as site:
        return await site.page(f"/endpoints/{result.endpoint.id}")


@pytest.mark.parametrize("target", [host.name for host in HOSTS])
async def test_the_page_of_every_host_of_the_laboratory_tells_its_state(
    lab_results: dict[str, ProbeResult], target: str
) -> None:
    result = lab_results[target]
    page = await page_of(result)
    assert page.one("h1").text == target
    state = diagnosis.state_of(result)
    assert page.one("main").all(of="badge")[0]["data-state"] == state.value
    told = diagnosis.diagnose(result)
    if told is None:
        assert section(page, "sound").one("h2").text == "Nothing is wrong"
        return
    block = section(page, "diagnosis")
    assert block.one("h2").text == told.headline.replace("`", "")
    assert list(facts_of(block).values()) == [told.effect.replace("`", ""), told.cause.replace("`", "")]
    assert block.one("p", of="runbook").one("a")["href"] == f"../runbooks/{told.runbook}"


async def test_fixes_are_folded_by_server_and_can_be_copied(lab_results: dict[str, ProbeResult]) -> None:
    result = lab_results["stale.test"]
    told = diagnosis.diagnose(result)
    assert told is not None
    block = section(await page_of(result), "diagnosis")
    servers = block.all("details")
    assert len(servers) == len({fix.software for fix in told.fixes if fix.software})
    assert all("open" not in server for server in servers)
    assert "nginx" in [server.one("summary").text for server in servers]
    snippets = {pre.one("code")._raw() for pre in block.all("pre")}
    assert snippets == {fix.snippet for fix in told.fixes if fix.snippet}


async def test_the_staple_is_decoded(lab_results: dict[str, ProbeResult]) -> None:
    facts = facts_of(section(await page_of(lab_results["revoked.test"]), "staple"))
    assert facts["Response status"] == "successful"
    assert facts["Certificate status"] == "revoked"
    assert facts["Revoked"].endswith("(2 h ago), reason: key_compromise")
    assert facts["thisUpdate"] == "2026-03-01 00:00:00 UTC (12 h ago)"
    assert facts["nextUpdate"] == "2026-03-05 00:00:00 UTC (in 3 d 11 h)"
    assert facts["Responder"].startswith("key hash ")
    assert facts["Signature algorithm"] == "ecdsa-with-SHA256"
    assert facts["CertID hash"] == "sha1"
    assert re.fullmatch("(?:[0-9a-f]{2}:){31}[0-9a-f]{2}", facts["SHA-256"])
    assert re.fullmatch("[0-9]+ bytes", facts["Size"])


async def test_a_status_that_is_not_believed_is_not_shown(lab_results: dict[str, ProbeResult]) -> None:
    facts = facts_of(section(await page_of(lab_results["stranger.test"]), "staple"))
    assert facts["Certificate status"] == "not known: only an authentic staple is believed"
    assert "Revoked" not in facts


@pytest.mark.parametrize(
    ("target", "failed"),
    [
        ("healthy-rsa.test", []),
        ("stale.test", [("nextUpdate has not passed", "error", "RFC 6960 §3.2 (6)", "expired")]),
        ("expiring-soon.test", [("refresh", "warning", "BR §4.9.9", "refresh_overdue")]),
        ("bad-signature.test", [("signature", "error", "RFC 6960 §3.2 (2)", "signature_invalid")]),
    ],
)
async def test_checks_that_failed_come_first_with_their_clause_and_values(
    lab_results: dict[str, ProbeResult], target: str, failed: list[tuple[str, str, str, str]]
) -> None:
    checks = section(await page_of(lab_results[target]), "checks")
    rows = checks.all("tr", having="data-outcome")
    assert [
        (row.one("th").text, row["data-outcome"], row.one("td", of="clause").text, row.one("code").text)
        for row in rows
        if row["data-outcome"] in {"error", "warning"}
    ] == failed
    assert [row["data-outcome"] for row in rows[: len(failed)]] == [outcome for _, outcome, _, _ in failed]
    assert len(rows) > 40
    assert all(row.one("td", of="values").text for row in rows)
    tally = checks.one("p", of="tally").text
    assert tally.startswith(f"{len(failed)} failed, ")


async def test_the_checks_that_are_shown_are_those_that_the_probe_made(lab_results: dict[str, ProbeResult]) -> None:
    """Whatever the clock says now: a staple that was fresh then is judged as of then."""
    result = lab_results["healthy-rsa.test"]
    async with site_of(results=[result], now=lambda: made.NOW.replace(year=2030)) as site:
        page = await site.page(f"/endpoints/{result.endpoint.id}")
    assert section(page, "checks").one("p", of="tally").text.startswith("0 failed, ")
    assert section(page, "staple").one("p", of="words").text.startswith("stale for")


async def test_every_certificate_of_the_chain_is_shown(lab_results: dict[str, ProbeResult]) -> None:
    block = section(await page_of(lab_results["must-staple.test"]), "certificates")
    leaf, issuer = block.one("ol", of="chain").all("li")
    assert (leaf.one("h3").text, issuer.one("h3").text) == ("CN=must-staple.test", "CN=Lab Issuing CA")
    facts = facts_of(leaf)
    assert facts["Issuer"] == "CN=Lab Issuing CA"
    assert facts["Valid"].endswith(" UTC, ends in 59 d 23 h")
    assert facts["TLS feature"] == "demands a staple (must-staple, RFC 7633)"
    assert facts["OCSP responder"] == "http://ocsp.lab.test/"
    assert "TLS feature" not in facts_of(issuer)
    assert block.one("p", of="chain-verdict").text == "The chain is verified: leads to CN=Lab Root CA."


@pytest.mark.parametrize(
    ("verified", "words"),
    [(True, "The chain is verified."), (False, "The chain does not verify."), (None, "The chain was not verified.")],
)
async def test_the_verdict_on_the_chain_is_told_apart_from_the_staple_s(*, verified: bool | None, words: str) -> None:
    page = await page_of(made.result(made.observation(chain_verified=verified)))
    assert section(page, "certificates").one("p", of="chain-verdict").text == words
    assert page.one("main").all(of="badge")[0]["data-state"] == "good"


async def test_certificates_and_a_staple_that_cannot_be_read_are_shown_as_such() -> None:
    page = await page_of(made.result())  # whose chain and staple are no DER
    leaf, issuer = section(page, "certificates").one("ol", of="chain").all("li")
    assert leaf.one("h3").text == "Leaf"
    assert "does not decode" in leaf.text
    assert "(6 bytes)" in issuer.text
    assert "1 failed" in section(page, "checks").one("p", of="tally").text


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("must-staple.test", "None came, and one is due: the certificate demands one (RFC 7633)."),
        ("no-staple.test", "None came, and one is due: the certificate names an OCSP responder."),
        ("no-ocsp-url.test", "None came, and none is due: the certificate names no OCSP responder."),
    ],
)
async def test_a_staple_that_did_not_come_is_explained(
    lab_results: dict[str, ProbeResult], target: str, words: str
) -> None:
    page = await page_of(lab_results[target])
    assert section(page, "staple").one("p").text == f"{words} The module's policy is staple: auto."
    assert page.all("section", aria_labelledby="checks") == []
    assert page.all("a", having="download") != []


async def test_a_probe_that_failed_shows_how_far_it_came() -> None:
    failed = ProbeError(ProbeFailure.HANDSHAKE_TIMEOUT, "no answer within 15 s")
    durations = {Phase.RESOLVE: 0.000012, Phase.CONNECT: 0.0123, Phase.HANDSHAKE: 15.0}
    page = await page_of(replace(made.result(failed), durations=durations))
    assert section(page, "complaints").one("li").text == (
        "error: the handshake took too long handshake_timeout" + "no answer within 15 s"
    )
    rows = [row.text for row in section(page, "probe").one("tbody").all("tr")]
    assert rows == ["Resolve the name12 µs", "Connect12.3 ms", "TLS handshake failed15.00 s", "All15.01 s"]
    assert page.all("section", aria_labelledby="certificates") == []
    assert page.all("a", having="download") == []


async def test_what_was_probed_and_how_is_shown(lab_results: dict[str, ProbeResult]) -> None:
    result = lab_results["healthy-ecdsa.test"]
    facts = facts_of(section(await page_of(result), "probe"))
    assert facts["Host"] == facts["Address"] == "127.0.0.1"
    assert facts["Port"] == str(result.endpoint.port)
    assert facts["Server name (SNI)"] == "healthy-ecdsa.test"
    assert facts["Module"] == "lab"
    assert facts["TLS version"] == "1.3"
    assert facts["Cipher suite"] == "TLS_AES_128_GCM_SHA256"
    assert facts["Finished"] == "verified"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, {"Finished": "verified", "Possession of the key": "proven"}),
        (
            {"conclusion": Conclusion.TURNED_AWAY, "status_acknowledged": True},
            {
                "Finished": "not seen: the server turned the client away first",
                "Possession of the key": "proven",
                "status_request": "acknowledged",
            },
        ),
        (
            {
                "conclusion": Conclusion.SEEN_ONLY,
                "group": None,
                "signature_scheme": None,
                "status_acknowledged": False,
            },
            {
                "Finished": "not seen: of this TLS version and suite the exporter reads only what is sent in the clear",
                "Possession of the key": "not proven",
                "Key exchange": "encrypted with the leaf's key",
                "Signature scheme": "nothing was signed",
                "status_request": "not acknowledged",
            },
        ),
    ],
)
async def test_a_page_tells_how_far_a_handshake_went(changes: dict[str, object], told: dict[str, str]) -> None:
    seen = made.observation()
    seen = replace(seen, handshake=replace(seen.handshake, **changes))  # type: ignore[arg-type]
    facts = facts_of(section(await page_of(made.result(seen)), "probe"))
    assert {name: facts[name] for name in told} == told
    assert ("status_request" in facts) is ("status_request" in told)


@pytest.mark.parametrize("staple", [made.GOOD, made.REVOKED])
async def test_what_is_not_proven_stands_below_the_name_whatever_the_staple_says(staple: Verdict) -> None:
    proven = made.observation(staple)
    static_rsa = replace(proven.handshake, conclusion=Conclusion.SEEN_ONLY, group=None, signature_scheme=None)
    page = await page_of(made.result(replace(proven, handshake=static_rsa)))
    reservation = page.one("p", of="reservation").text
    assert reservation.startswith("It is not proven that the server holds the certificate's key. With TLS_")
    assert page.text.index(reservation) < page.text.index(page.all("h2")[0].text)
    assert (await page_of(made.result(proven))).all("p", of="reservation") == []


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({}, "openssl s_client -connect www.example.org:443 -servername www.example.org -status </dev/null"),
        ({"host": "2001:db8::1", "server_name": None}, "openssl s_client -connect '[2001:db8::1]:443' -noservername"),
        ({"server_name": "$(reboot)"}, "-servername '$(reboot)' "),
        ({"module": replace(made.MODULE, tls_versions=(TLSVersion.TLS_1_2,))}, " -tls1_2 "),
    ],
)
async def test_the_openssl_command_is_ready_to_be_run(changes: dict[str, object], command: str) -> None:
    endpoint = replace(made.endpoint(), **changes)  # type: ignore[arg-type]
    block = section(await page_of(made.result(of=endpoint)), "yourself")
    assert command in block.all("pre")[0].one("code").text


@pytest.mark.parametrize("prefix", ["", "/ocsp/staples"])
async def test_a_probe_can_be_asked_for_where_the_configuration_allows_it(prefix: str) -> None:
    endpoint = made.endpoint()

    async def commands(*, allowed: bool) -> list[str]:
        async with site_of(
            [endpoint], prefix=prefix, config=lambda config: replace(config, probe_on_demand=allowed)
        ) as site:
            page = await site.page(f"/endpoints/{endpoint.id}?x=y")
            port = site.client.port
        return [pre.text.replace(str(port), "PORT") for pre in section(page, "yourself").all("pre")]

    url = f"http://127.0.0.1:PORT{prefix}/api/v1/endpoints/{endpoint.id}/probe"
    wanted = f"curl -X POST -H 'Content-Type: application/json' {url}"
    assert wanted in await commands(allowed=True)
    assert not any("curl" in command for command in await commands(allowed=False))


async def test_the_command_that_probes_now_is_one_that_the_api_accepts() -> None:
    endpoint = made.endpoint()
    async with site_of([endpoint], config=lambda config: replace(config, probe_on_demand=True)) as site:
        page = await site.page(f"/endpoints/{endpoint.id}")
        (command,) = (pre.text for pre in section(page, "yourself").all("pre") if pre.text.startswith("curl"))
        curl, _, method, _, header, url = shlex.split(command)
        assert curl == "curl"
        name, _, value = header.partition(": ")
        async with ClientSession() as session, session.request(method, url, headers={name: value}) as response:
            assert response.status == 200
            assert (await response.json())["state"] == "good"


async def test_the_command_names_the_site_as_people_outside_know_it() -> None:
    endpoint = made.endpoint()
    async with site_of([endpoint], config=lambda config: replace(config, probe_on_demand=True)) as site:
        about = replace(site.parts.about, external_url="https://monitoring.example.org/staples/")
        app = web_app(replace(site.parts, about=about))
        async with TestClient(TestServer(app)) as client, client.get(f"/endpoints/{endpoint.id}") as response:
            text = await response.text()
    assert f"https://monitoring.example.org/staples/api/v1/endpoints/{endpoint.id}/probe" in text


@pytest.mark.parametrize("host", ["x:99999", "x:abc", "[::1", "%00"])
async def test_a_host_header_that_is_none_breaks_no_page(host: str) -> None:
    endpoint = made.endpoint()
    async with site_of([endpoint], config=lambda config: replace(config, probe_on_demand=True)) as site:
        response, _ = await site.ask(f"/endpoints/{endpoint.id}", Host=host)
    assert response.status in {200, 400}


STALE_REASONS = [finding.reason for finding in (*made.STALE.errors, *made.STALE.warnings)]


async def test_the_last_results_are_listed_newest_first() -> None:
    endpoint = made.endpoint()
    failed = ProbeError(ProbeFailure.SIGNATURE_INVALID, "")
    results = [
        made.result(made.observation(made.STALE), of=endpoint, after=-180),
        made.result(failed, of=endpoint, after=-120),
        made.result(of=endpoint, after=-60),
    ]
    async with site_of(results=results) as site:
        page = await site.page(f"/endpoints/{endpoint.id}")
    rows = section(page, "history").one("tbody").all("tr")
    assert [[cell.text for cell in row.all("td")] for row in rows] == [
        ["1 min ago", "Good", "nothing", "24.5 ms"],
        ["2 min ago", "Unreachable", "the server's handshake signature is wrong", "300 ms"],
        [
            "3 min ago",
            "Invalid",
            "; ".join([names.FINDINGS[reason] for reason in STALE_REASONS]),
            "24.5 ms",
        ],
    ]


async def test_an_endpoint_that_waits_for_its_first_probe_says_so() -> None:
    async with site_of([made.endpoint("a", team="web")]) as site:
        page = await site.page(f"/endpoints/{made.endpoint('a').id}")
    assert section(page, "waiting").one("h2").text == "The first probe has not ended yet"
    assert "Not probed yet" in page.one("p", of="facts-line").text
    assert page.one("ul", of="tags").one("a")["href"] == "../?label=team%3Dweb"
    assert "s_client" in section(page, "yourself").one("pre").text


@pytest.mark.parametrize("endpoint_id", ["0123456789abcdef", "x", "%3Cscript%3E", "a" * 4000, "%FF"])
async def test_an_unknown_endpoint_is_a_friendly_404(endpoint_id: str) -> None:
    async with site_of([made.endpoint("a")]) as site:
        page = await site.page(f"/endpoints/{endpoint_id}", status=404)
    assert page.one("h1").text == "No such endpoint"
    assert page.one("main").one("a")["href"] == "../"


async def test_an_endpoint_that_was_removed_is_unknown() -> None:
    result = made.result()
    async with site_of(results=[result]) as site:
        await site.page(f"/endpoints/{result.endpoint.id}")
        site.parts.results.watch([])
        await site.page(f"/endpoints/{result.endpoint.id}", status=404)


def test_stretches_fill_the_bar_and_none_is_too_small_to_be_seen() -> None:
    stretches = stacked([0.000001, 0.0, 5.0, 15.0])
    assert stretches[0].start == 0
    assert sum(stretch.width for stretch in stretches) == pytest.approx(100, abs=0.1)
    assert min(stretch.width for stretch in stretches) > 0.9
    assert stacked([]) == []
    assert [stretch.width for stretch in stacked([0.0, 0.0])] == [50, 50]
