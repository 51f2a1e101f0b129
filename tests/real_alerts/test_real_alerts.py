"""Debian's Prometheus and Alertmanager with the shipped rules: what the on-call engineer is told, and what not."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import pytest

from ocsp_staple_exporter.lab.hosts import CLOSED_HOST, HOSTS
from ocsp_staple_exporter.lab.process import reserved_port
from tests.real_alerts.watching import JOB, exporter, watching
from tests.real_alerts.webhook import Alert, Notification

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("needs_prometheus", "needs_alertmanager")]

INCIDENTS = {
    "revoked.test": ("OCSPCertificateRevoked", "critical", "revoked"),
    "unknown.test": ("OCSPCertificateUnknown", "critical", "unknown"),
    "must-staple.test": ("OCSPMustStapleMissing", "critical", "must_staple_missing"),
    "no-staple.test": ("OCSPStapleMissing", "warning", "missing"),
    "stale.test": ("OCSPStapleStale", "critical", "stale"),
    "expiring-soon.test": ("OCSPStapleExpiringSoon", "critical", "expiring_critical"),
    "try-later.test": ("OCSPErrorResponseStapled", "warning", "error_response"),
    "bad-signature.test": ("OCSPStapleInvalid", "critical", "invalid"),
    "renewed.test": ("OCSPStapleInvalid", "critical", "invalid"),
    "stranger.test": ("OCSPStapleInvalid", "critical", "invalid"),
    "closed-port.test": ("OCSPProbeFailing", "warning", "probe_failing"),
}
"""The one alert of each ill host: name, severity, fault."""

HEALTHY = {"healthy-ecdsa.test", "healthy-rsa.test", "delegated.test", "no-ocsp-url.test"}

DOWN = "OCSPStapleExporterDown"


def labels_of_incidents(instance: str) -> list[dict[str, str]]:
    """In the order of their hosts."""
    return [
        {
            "alertname": name,
            "severity": severity,
            "fault": fault,
            "target": target,
            "job": JOB,
            "instance": instance,
        }
        for target, (name, severity, fault) in sorted(INCIDENTS.items())
    ]


def incidents(notification: Notification) -> list[Alert]:
    """Those about hosts, in their order."""
    return sorted((alert for alert in notification if alert.target), key=lambda alert: str(alert.target))


def all_fire(notification: Notification) -> bool:
    return {alert.target for alert in notification if not alert.resolved} >= set(INCIDENTS)


def down_fires(notification: Notification) -> bool:
    return any(alert.name == DOWN and not alert.resolved for alert in notification)


def down_is_resolved(notification: Notification) -> bool:
    return any(alert.name == DOWN and alert.resolved for alert in notification)


async def page(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(url) as response:
        assert response.status == 200, url
        return await response.text()


def test_every_host_of_the_laboratory_is_ill_or_healthy() -> None:
    assert {host.name for host in (*HOSTS, CLOSED_HOST)} == HEALTHY | set(INCIDENTS)


async def test_each_ill_host_has_one_alert_with_links_and_a_healthy_host_none(tmp_path: Path) -> None:
    with reserved_port() as port:
        address = f"127.0.0.1:{port}"
        with exporter(address):
            async with watching(address, tmp_path) as watch, aiohttp.ClientSession() as http:
                told = incidents(await watch.webhook.until(all_fire))
                await watch.evaluated_again(2)
                known = {sample.labels["target"] for sample in await watch.server.query("ALERTS")}
                runbooks = [await page(http, alert.annotations["runbook_url"]) for alert in told]
                lists = [await page(http, alert.annotations["exporter_url"]) for alert in told]

            assert [alert.labels for alert in told] == labels_of_incidents(address)
            assert known == set(INCIDENTS), "an alert of another host fires or is about to"
            assert {alert.target for alert in watch.webhook.alerts} == set(INCIDENTS)
            for alert, runbook, listed in zip(told, runbooks, lists, strict=True):
                assert alert.annotations["runbook_url"] == f"http://{address}/runbooks/{alert.name}"
                assert alert.annotations["exporter_url"] == f"http://{address}/?q={alert.target}"
                assert alert.name in runbook
                assert str(alert.target) in listed
                assert str(alert.target) in alert.annotations["description"]
                assert "<error" not in "".join(alert.annotations.values())


async def test_a_stopped_exporter_is_told_and_resolves_no_incident(tmp_path: Path) -> None:
    """The resolution of ExporterDown, at the end, shows that the webhook hears of resolutions."""
    with reserved_port() as port, ExitStack() as first:
        address = f"127.0.0.1:{port}"
        first.enter_context(exporter(address))
        async with watching(address, tmp_path) as watch:
            await watch.webhook.until(all_fire)

            first.close()
            [down] = [alert for alert in await watch.webhook.until(down_fires) if not alert.target]
            await watch.evaluated_again(2)

            with ExitStack() as second:
                await asyncio.to_thread(second.enter_context, exporter(address))
                at_last = await watch.webhook.until(down_is_resolved)

    assert down.labels == {"alertname": DOWN, "severity": "critical", "job": JOB, "instance": address}
    assert down.annotations["runbook_url"].endswith(f"/runbooks/{DOWN}")
    assert "exporter_url" not in down.annotations
    assert [alert.labels for alert in incidents(at_last)] == labels_of_incidents(address)
    assert {alert.name for alert in watch.webhook.alerts if alert.resolved} == {DOWN}
    assert {alert.target for alert in watch.webhook.alerts} == {None, *INCIDENTS}
