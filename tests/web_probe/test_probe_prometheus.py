"""Debian's Prometheus drives /probe by relabelling, and finds what it finds in the list."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from ocsp_staple_exporter.lab.hosts import CLOSED_HOST, HOSTS
from ocsp_staple_exporter.lab.process import ProgramMissingError, find_program
from ocsp_staple_exporter.lab.prometheus import PACKAGE, Prometheus, prometheus, scrape
from tests.api.site import serving_parts, still_laboratory, watched
from tests.exposition.test_promtool import promtool

pytestmark = pytest.mark.real_server

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "api.md"

NAMES = {host.name for host in (*HOSTS, CLOSED_HOST)}

PATIENCE = timedelta(seconds=40)

QUESTIONS = (
    "ocsp_staple_probe_success",
    "ocsp_staple_probe_error",
    "ocsp_staple_verified",
    "ocsp_staple_verification_error",
    "ocsp_staple_warning",
    "ocsp_staple_cert_status == 1",
    "ocsp_staple_next_update_timestamp_seconds",
    "ocsp_staple_certificate_info",
    "ocsp_staple_chain_verified",
)


@pytest.fixture(scope="module", autouse=True)
def _needs_prometheus() -> None:
    try:
        find_program("prometheus", package=PACKAGE)
    except ProgramMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


def documented() -> dict[str, Any]:
    """The scrape configuration of docs/api.md."""
    block = re.search(r"```yaml\n(scrape_configs:.*?)```", DOCUMENTATION.read_text("utf-8"), flags=re.DOTALL)
    assert block
    (job,) = yaml.safe_load(block[1])["scrape_configs"]
    return dict(job)


async def answers(server: Prometheus, job: str) -> dict[str, set[tuple[object, ...]]]:
    """What each question yields, by labels and value, without what tells the two jobs apart."""
    found = {}
    for question in QUESTIONS:
        samples = await server.query(re.sub(r"^(\w+)", rf'\1{{job="{job}"}}', question))
        own = [{k: v for k, v in sample.labels.items() if k not in {"job", "instance"}} for sample in samples]
        found[question] = {(*sorted(labels.items()), sample.value) for labels, sample in zip(own, samples, strict=True)}
    return found


async def test_the_list_and_a_probe_give_prometheus_the_same_series(tmp_path: Path) -> None:
    async with still_laboratory() as lab, serving_parts(await watched(lab)) as site:
        address = site.url.removeprefix("http://")
        job = documented() | {"job_name": "probes", "params": {"module": ["lab"]}}
        del job["scrape_interval"], job["scrape_timeout"], job["static_configs"]
        job["relabel_configs"] = [
            *job["relabel_configs"][:-1],
            {"source_labels": ["target"], "target_label": "__param_server_name"},
            job["relabel_configs"][-1] | {"replacement": address},
            # All hosts of the laboratory are one address: their names are told by SNI.
            {"source_labels": ["port"], "target_label": "__param_target", "replacement": "127.0.0.1:$1"},
            {"action": "labeldrop", "regex": "port"},
        ]
        job["static_configs"] = [
            {"targets": [host.name for host in HOSTS], "labels": {"port": str(lab.port)}},
            {"targets": [CLOSED_HOST.name], "labels": {"port": str(lab.closed_port)}},
        ]
        jobs = [job, scrape(address, job="list")]
        async with prometheus(jobs, tmp_path, scrape_interval=timedelta(seconds=3)) as server:
            await server.wait_for(f'count(up{{job="probes"}} == 1) == {len(NAMES)}', within=PATIENCE)
            await server.wait_for('up{job="list"} == 1', within=PATIENCE)
            probed, listed = await answers(server, "probes"), await answers(server, "list")
            instances = await server.query('up{job="probes"}')

    assert probed == listed
    assert all(probed.values())
    assert {sample.labels["instance"] for sample in instances} == NAMES
    assert {sample.labels["target"] for sample in instances} == NAMES


def test_the_documented_configuration_is_one(tmp_path: Path) -> None:
    file = tmp_path / "prometheus.yml"
    file.write_text(yaml.safe_dump({"scrape_configs": [documented()]}))
    checked = promtool("check", "config", str(file))
    assert checked.returncode == 0, checked.stderr.decode()


async def test_promtool_finds_nothing_to_complain_of_in_a_probe() -> None:
    async with still_laboratory() as lab, serving_parts(await watched(lab)) as site:
        for host in HOSTS:
            query = f"target=127.0.0.1:{lab.port}&server_name={host.name}&module=lab"
            text = (await site.ask(f"/probe?{query}")).body
            checked = promtool("check", "metrics", given=text)
            assert (checked.returncode, checked.stderr) == (0, b""), host.name
