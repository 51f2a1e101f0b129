"""Debian's Prometheus scrapes the exporter, and PromQL finds each host of the laboratory in its state."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.hosts import CLOSED_HOST, HOSTS
from ocsp_staple_exporter.lab.prometheus import Prometheus, prometheus, scrape
from tests.demo.running import address_of_metrics, demo, read_until

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("needs_prometheus")]

QUESTIONS = {
    "ocsp_staple_verified == 1": {
        "healthy-ecdsa.test",
        "healthy-rsa.test",
        "delegated.test",
        "expiring-soon.test",
        "revoked.test",
        "unknown.test",
    },
    "ocsp_staple_present == 0 and ocsp_staple_expected == 1": {"no-staple.test", "must-staple.test"},
    "ocsp_staple_must_staple == 1 and ocsp_staple_present == 0": {"must-staple.test"},
    "ocsp_staple_present == 0 and ocsp_staple_expected == 0": {"no-ocsp-url.test"},
    'ocsp_staple_cert_status{status="good"} == 1': {
        "healthy-ecdsa.test",
        "healthy-rsa.test",
        "delegated.test",
        "expiring-soon.test",
        "stale.test",
    },
    'ocsp_staple_cert_status{status="revoked"} == 1': {"revoked.test"},
    'ocsp_staple_cert_status{status="unknown"} == 1': {"unknown.test"},
    "ocsp_staple_seconds_until_next_update < 0": {"stale.test"},
    "0 < ocsp_staple_next_update_timestamp_seconds - time() < 3600": {"expiring-soon.test"},
    'ocsp_staple_warning{reason="refresh_overdue"} == 1': {"expiring-soon.test"},
    'ocsp_staple_verification_error{reason="expired"} == 1': {"stale.test"},
    'ocsp_staple_verification_error{reason="status_try_later"} == 1': {"try-later.test"},
    'ocsp_staple_verification_error{reason="signature_invalid"} == 1': {"bad-signature.test"},
    'ocsp_staple_verification_error{reason="certid_serial_mismatch"} == 1': {"renewed.test"},
    'ocsp_staple_verification_error{reason="responder_not_issued_by_ca"} == 1': {"stranger.test"},
    'ocsp_staple_probe_error{reason="connect_refused"} == 1': {"closed-port.test"},
    "ocsp_staple_probe_success == 0": {"closed-port.test"},
    "ocsp_staple_chain_verified == 1": {host.name for host in HOSTS},
    "ocsp_staple_last_probe_timestamp_seconds > time() - 60": {host.name for host in (*HOSTS, CLOSED_HOST)},
}


async def targets(server: Prometheus, expression: str) -> set[str]:
    return {sample.labels["target"] for sample in await server.query(expression)}


async def test_promql_finds_each_host_in_its_state(tmp_path: Path) -> None:
    with demo("--web.listen-address", "127.0.0.1:0") as process:
        address = address_of_metrics(read_until(process, "Ctrl-C"))
        async with prometheus([scrape(address, job="staples")], tmp_path) as server:
            await server.wait_for('up{job="staples"} == 1')
            found = {expression: await targets(server, expression) for expression in QUESTIONS}
            built = await server.query("ocsp_staple_exporter_build_info")

    assert found == QUESTIONS
    assert [sample.labels["job"] for sample in built] == ["staples"]
