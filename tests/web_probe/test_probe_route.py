from __future__ import annotations

import gzip
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from ocsp_staple_exporter.lab.hosts import CLOSED_HOST, HOSTS, Laboratory
from tests.api.site import Reply, Site, serving_parts, still_laboratory, watched

CHANGING = {
    "ocsp_staple_last_probe_timestamp_seconds",
    "ocsp_staple_probe_duration_seconds",
    "ocsp_staple_seconds_until_next_update",
}


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[Laboratory]:
    async with still_laboratory() as opened:
        yield opened


@pytest_asyncio.fixture
async def site(lab: Laboratory) -> AsyncIterator[Site]:
    async with serving_parts(await watched(lab)) as served:
        yield served


async def probe(site: Site, lab: Laboratory, name: str, more: str = "", **headers: str) -> Reply:
    port = lab.closed_port if name == CLOSED_HOST.name else lab.port
    return await site.ask(f"/probe?target=127.0.0.1:{port}&server_name={name}&module=lab{more}", headers=headers)


Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def series(text: str, target: str | None = None) -> Series:
    """Those of a target, without that label."""
    samples = [sample for family in parse_text(text) for sample in family.samples]
    return {
        (sample.name, tuple(sorted((k, v) for k, v in sample.labels.items() if k != "target"))): sample.value
        for sample in samples
        if sample.labels.get("target") == target and sample.name.startswith("ocsp_staple_")
    }


def steady(found: Series) -> Series:
    return {key: value for key, value in found.items() if key[0] not in CHANGING}


@pytest.mark.parametrize("name", [host.name for host in (*HOSTS, CLOSED_HOST)])
async def test_a_probe_has_the_series_of_the_list_without_the_label_target(
    site: Site, lab: Laboratory, name: str
) -> None:
    listed = series((await site.ask("/metrics")).body.decode(), name)
    reply = await probe(site, lab, name)
    asked = series(reply.body.decode())
    assert reply.status == 200
    assert listed.keys() == asked.keys()
    assert steady(listed) == steady(asked)
    assert asked["ocsp_staple_probe_success", ()] == (name != CLOSED_HOST.name)


async def test_a_probe_leaves_no_trace_in_the_list(site: Site, lab: Laboratory) -> None:
    before = (await site.ask("/api/v1/endpoints")).json["total"]
    await probe(site, lab, "healthy-ecdsa.test")
    assert (await site.ask("/api/v1/endpoints")).json["total"] == before
    assert b'target=""' not in (await site.ask("/metrics")).body


async def test_text_and_openmetrics_are_negotiated(site: Site, lab: Laboratory) -> None:
    plain = await probe(site, lab, "stale.test")
    assert plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b"# EOF" not in plain.body
    accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.1"}
    openmetrics = await probe(site, lab, "stale.test", **accept)
    assert openmetrics.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    names = [family.name for family in parse_openmetrics(openmetrics.body.decode())]  # type: ignore[no-untyped-call]
    assert names == [family.name for family in parse_text(plain.body.decode())]
    assert not [name for name in names if name.startswith(("ocsp_staple_exporter_", "process_"))]


async def test_a_probe_is_compressed_where_the_scraper_takes_it(site: Site, lab: Laboratory) -> None:
    url = f"{site.url}/probe?target=127.0.0.1:{lab.port}&server_name=stale.test&module=lab"
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(url, headers={"Accept-Encoding": "gzip"}) as response,
    ):
        assert response.headers["Content-Encoding"] == "gzip"
        assert b"ocsp_staple_probe_success 1.0\n" in gzip.decompress(await response.read())


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "say what to probe: /probe?target=HOST[:PORT], as in /probe?target=www.example.com\n"),
        ("?target=a.example&module=lap", 'module "lap" is not defined under modules (known: default and lab)\n'),
        ("?target=http://a.example", 'is a URL: drop its scheme and path, "a.example"\n'),
    ],
)
async def test_what_is_asked_wrongly_is_a_400_with_a_sentence(site: Site, query: str, says: str) -> None:
    reply = await site.ask(f"/probe{query}")
    assert reply.status == 400
    assert reply.body.decode().endswith(says)
    assert reply.headers["Content-Type"].startswith("text/plain")


async def test_only_get_probes(site: Site, lab: Laboratory) -> None:
    for method in ("HEAD", "POST"):
        assert (await site.ask(f"/probe?target=127.0.0.1:{lab.port}", method)).status == 405


# -- time, places and clients that go away


async def test_debug_tells_every_step_every_check_and_the_settings(site: Site, lab: Laboratory) -> None:
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": "3"}
    reply = await probe(site, lab, "stale.test", "&debug=true", **headers)
    text = reply.body.decode()
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings == [
        f"Probe of 127.0.0.1:{lab.port}",
        "Steps",
        "Diagnosis",
        "Certificates",
        "Checks",
        "Module lab",
        "Metrics",
    ]
    assert "  timeout: 2.5 s, the module's 5 s cut to what the scrape leaves\n" in text
    assert [line.split()[0] for line in text.splitlines() if line.endswith(" s  done")] == [
        "resolve",
        "connect",
        "handshake",
        "judge",
    ]
    assert "  failed          error expired: nextUpdate was " in text
    assert text.count("  passed          ") > 30
    assert "  clock_skew_seconds: 300.0\n" in text
    assert "  server name: stale.test\n" in text
    assert '  ocsp_staple_verification_error{reason="expired"} 1.0\n' in text


async def test_debug_tells_which_step_failed(site: Site, lab: Laboratory) -> None:
    text = (await probe(site, lab, CLOSED_HOST.name, "&debug=true")).body.decode()
    assert "s  failed: connect_refused: 127.0.0.1 refused the connection\n" in text
    assert "  no staple to check\n" in text
    assert "  timeout: 5 s\n" in text
