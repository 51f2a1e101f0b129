"""The shipped rules on a Prometheus that scrapes an exporter and tells an Alertmanager."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import yaml

from ocsp_staple_exporter.lab.alertmanager import alertmanager
from ocsp_staple_exporter.lab.hosts import CLOSED_HOST, HOSTS
from ocsp_staple_exporter.lab.prometheus import Prometheus, prometheus, scrape
from tests.demo.running import demo, read_until
from tests.real_alerts.webhook import Webhook, webhook

JOB = "ocsp-staple"
RULES = Path(__file__).parents[2] / "dashboards" / "rules.yaml"
EVALUATED_EVERY = "500ms"

FOR = "6s"
"""How long an alert about a host is pending.

More than the 5 s in which Prometheus learns of an Alertmanager after it has read its configuration:
what fires before that is lost, and told again a minute later.
"""

FOR_WITH_ALERTMANAGER = {"OCSPStapleExporterDown": "1s"}
"""Alerts that become pending only when Prometheus knows the Alertmanager."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A Prometheus with the rules, and the webhook that its alerts reach."""

    server: Prometheus
    webhook: Webhook

    async def evaluated_again(self, times: int) -> None:
        """Wait until every group of rules has been evaluated so many times from now on."""
        for _ in range(times):
            before = await self._last_evaluations()

            async def later(before: dict[str, str] = before) -> bool:
                now = await self._last_evaluations()
                return all(now[group] != before[group] for group in before)

            await until(later)

    async def _last_evaluations(self) -> dict[str, str]:
        groups = (await self.server._api("rules"))["groups"]
        return {group["name"]: group["lastEvaluation"] for group in groups}


def quickened(rules: str) -> str:
    """The same rules, evaluated twice a second, and alerts that wait for seconds only."""
    document = yaml.safe_load(rules)
    for group in document["groups"]:
        group["interval"] = EVALUATED_EVERY
        for rule in group["rules"]:
            if "for" in rule:
                rule["for"] = FOR_WITH_ALERTMANAGER.get(rule["alert"], FOR)
    return yaml.safe_dump(document)


async def until(ask: Callable[[], Awaitable[bool]]) -> None:
    """Ask Prometheus, which reports nothing by itself, until it is so."""
    async with asyncio.timeout(20):
        while not await ask():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@contextmanager
def exporter(address: str) -> Iterator[None]:
    """The demo on that address, from when all hosts have been probed until the context ends."""
    with demo("--web.listen-address", address) as process:
        read_until(process, "Ctrl-C")
        yield


@asynccontextmanager
async def watching(address: str, directory: Path) -> AsyncIterator[Watch]:
    """Have the exporter at `host:port` scraped, and its alerts sent to a webhook.

    Enters when every host has been seen and all rules are loaded.
    """
    async with webhook() as (url, hook):
        with alertmanager(url, directory) as manager:
            async with prometheus(
                [scrape(address, job=JOB)], directory, scrape_interval=timedelta(milliseconds=500)
            ) as server:
                await server.wait_for(f"count(ocsp_staple_probe_success) == {len(HOSTS) + len([CLOSED_HOST])}")
                await _introduce(server, f"127.0.0.1:{manager.port}", directory)
                yield Watch(server, hook)


async def _introduce(server: Prometheus, manager: str, directory: Path) -> None:
    """Give Prometheus the rules and an Alertmanager, and wait until it knows that one."""
    rules, configuration = directory / "rules.yaml", directory / "prometheus.yml"
    rules.write_text(quickened(RULES.read_text()))
    document = yaml.safe_load(configuration.read_text())
    document["rule_files"] = [str(rules)]
    document["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [manager]}]}]}
    configuration.write_text(yaml.safe_dump(document))
    async with aiohttp.ClientSession() as http, http.post(f"{server.url}/-/reload") as response:
        assert response.status == 200, await response.text()

    async def known() -> bool:
        return bool((await server._api("alertmanagers"))["activeAlertmanagers"])

    await until(known)
