"""Every expression of every dashboard on Debian's Prometheus, which scrapes the laboratory by list and by /probe."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from dashboards.generate.promql import Endpoints
from dashboards.generate.states import STATES
from ocsp_staple_exporter.diagnosis import State
from ocsp_staple_exporter.lab.hosts import CLOSED_HOST, HOSTS
from ocsp_staple_exporter.lab.prometheus import Prometheus, prometheus, scrape
from tests.dashboards.board_reader import EVERYTHING, GLOBALS, models, queries, substitute, variables
from tests.demo.running import address_of_metrics, demo, read_until

pytestmark = [
    pytest.mark.real_server,
    pytest.mark.usefixtures("needs_prometheus"),
    pytest.mark.asyncio(loop_scope="module"),
]

MODELS = models()
HOSTS_OF_THE_LABORATORY = [host.name for host in (*HOSTS, CLOSED_HOST)]
LIST, PROBE = "ocsp-staple", "ocsp-staple-probe"

NOTHING_TO_SHOW = {
    # The one target that these tests choose is ill in another way.
    "ocsp-staple-endpoint": {"Revoked at A"},
}
"""Queries without an answer, by dashboard."""

NOT_OF_PROBES = {
    "ocsp-staple-exporter": {
        "Exporters down A",
        "Configuration A",
        "Targets A",
        "Endpoints A",
        "Probes start late by A",
        *(f"Exporters {letter}" for letter in "ABCDEFGH"),
        "Probes by result A",
        "Lag A",
        "Probes in flight A",
        "Lists not read A",
        "Shards missing A",
        "Names not resolved A",
        "Failures to read a list A",
        "Targets by exporter A",
        "CPU A",
        "Memory A",
        "File descriptors A",
    }
}
"""What the series of /probe do not say: it is asked of the exporter's own /metrics."""


@dataclass(frozen=True, slots=True)
class Scraped:
    server: Prometheus
    exporter: str
    """Its `host:port`."""

    async def labels(self, expression: str) -> list[Mapping[str, str]]:
        return [sample.labels for sample in await self.server.query(expression)]


def probes(exporter: str, lab_port: str) -> Mapping[str, object]:
    """Let Prometheus drive /probe as the documentation says; SNI tells the laboratory's hosts apart."""
    relabelling = [
        {"source_labels": ["__address__"], "target_label": "instance"},
        {"source_labels": ["__address__"], "target_label": "target"},
        {"source_labels": ["__address__"], "target_label": "__param_server_name"},
        {"target_label": "__param_target", "replacement": f"127.0.0.1:{lab_port}"},
        {"target_label": "__address__", "replacement": exporter},
    ]
    hosts = [host.name for host in HOSTS]
    settings = {"metrics_path": "/probe", "params": {"module": ["lab"]}, "relabel_configs": relabelling}
    return scrape(*hosts, job=PROBE, scrape_interval="1s", scrape_timeout="1s", **settings)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scraped(tmp_path_factory: pytest.TempPathFactory, needs_prometheus: None) -> AsyncIterator[Scraped]:
    assert needs_prometheus is None
    with demo("--web.listen-address", "127.0.0.1:0") as process:
        shown = read_until(process, "Ctrl-C")
        address = address_of_metrics(shown)
        lab_port = re.search(r"-connect 127\.0\.0\.1:(\d+)", shown)
        assert lab_port is not None
        jobs = [scrape(address, job=LIST), probes(address, lab_port[1])]
        async with prometheus(
            jobs, tmp_path_factory.mktemp("prometheus"), scrape_interval=timedelta(milliseconds=500)
        ) as server:
            await server.wait_for(f'count(ocsp_staple_probe_success{{job="{LIST}"}}) == {len(HOSTS) + 1}')
            await server.wait_for(f'count(ocsp_staple_probe_success{{job="{PROBE}"}}) == {len(HOSTS)}')
            await server.wait_for("rate(ocsp_staple_exporter_probes_total[1m])")
            yield Scraped(server, address)


async def unanswered(scraped: Scraped, uid: str, values: Mapping[str, str]) -> set[str]:
    """The queries that return nothing. Raises QueryError for one that Prometheus refuses."""
    return {
        f"{query.panel} {query.letter}"
        for query in queries(MODELS[uid])
        if not await scraped.server.query(substitute(query.expression, {**values, **GLOBALS}))
    }


async def test_every_query_of_every_dashboard_has_an_answer(scraped: Scraped) -> None:
    for uid in MODELS:
        target = "expiring-soon.test" if uid == "ocsp-staple-endpoint" else ".+"
        for job in (LIST, PROBE):
            left = await unanswered(scraped, uid, EVERYTHING | {"job": job, "target": target})
            stated = NOTHING_TO_SHOW.get(uid, set()) | (NOT_OF_PROBES.get(uid, set()) if job == PROBE else set())
            if job == PROBE:
                # Nobody probes closed-port.test by /probe, so nothing fails there.
                stated |= {"Failing targets, by reason A"} if uid == "ocsp-staple-exporter" else set()
            assert left == stated, (uid, job)


async def test_states_are_those_that_the_exporter_tells(scraped: Scraped) -> None:
    words = {state.number: state.word for state in STATES}
    async with aiohttp.ClientSession() as http, http.get(f"http://{scraped.exporter}/api/v1/endpoints") as response:
        told: dict[str, Any] = await response.json()
    for job, hosts in ((LIST, HOSTS_OF_THE_LABORATORY), (PROBE, [host.name for host in HOSTS])):
        found = await scraped.server.query(Endpoints(f'job="{job}"').state())
        states = {sample.labels["target"]: words[int(sample.value)] for sample in found}
        assert states == {one["target"]: one["state"] for one in told["endpoints"] if one["target"] in hosts}
    assert set(states.values()) == {state.value for state in State} - {"waiting", "unreachable"}


async def test_values_of_variables_are_found(scraped: Scraped) -> None:
    for model in MODELS.values():
        for variable in variables(model, "query"):
            query = variable["query"]["query"]
            of_one = {"target": "revoked.test"} if 'target="$target"' in query else {}
            text = substitute(query, EVERYTHING | of_one)
            asked = re.fullmatch(r"label_values\((?P<series>.*), (?P<label>\w+)\)", text)
            if asked is None:
                assert text == "label_names(ocsp_staple_probe_success)"
                continue
            assert await scraped.labels(f"count by ({asked['label']}) ({asked['series']})"), text


async def test_one_state_for_a_target_that_two_jobs_watch(scraped: Scraped) -> None:
    found = await scraped.labels(Endpoints('target="revoked.test"').state())
    assert found == [{"target": "revoked.test"}]
    assert len(await scraped.labels('ocsp_staple_probe_success{target="revoked.test"}')) == 2


async def test_a_reason_comes_with_its_runbook(scraped: Scraped) -> None:
    found = await scraped.labels(Endpoints(f'job="{LIST}"').first_reason())
    runbooks = {one["target"].removesuffix(".test"): (one["reason"], one["runbook"]) for one in found}
    assert runbooks == {
        "revoked": ("revoked", "OCSPCertificateRevoked"),
        "unknown": ("cert_status_unknown", "OCSPCertificateUnknown"),
        "stale": ("expired", "OCSPStapleStale"),
        "expiring-soon": ("refresh_overdue", "OCSPStapleRefreshOverdue"),
        "no-staple": ("no_staple", "OCSPStapleMissing"),
        "must-staple": ("must_staple_missing", "OCSPMustStapleMissing"),
        "try-later": ("status_try_later", "OCSPErrorResponseStapled"),
        "bad-signature": ("signature_invalid", "OCSPStapleInvalid"),
        "renewed": ("certid_serial_mismatch", "OCSPStapleInvalid"),
        "stranger": ("responder_not_issued_by_ca", "OCSPStapleInvalid"),
        "closed-port": ("connect_refused", "OCSPProbeFailing"),
    }


async def test_a_filter_that_fits_nothing_shows_no_zero(scraped: Scraped) -> None:
    """A fleet of which nothing is known must not look like a fleet in which nobody is ill."""
    counts = [query for query in queries(MODELS["ocsp-staple-fleet"]) if query.panel in {"Ill", "Warnings", "Healthy"}]
    nobody = EVERYTHING | {"target": "nobody"} | GLOBALS
    answers = {query.panel: await scraped.server.query(substitute(query.expression, nobody)) for query in counts}
    assert answers == {"Ill": [], "Warnings": [], "Healthy": []}
