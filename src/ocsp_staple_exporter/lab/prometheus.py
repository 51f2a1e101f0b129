"""Prometheus, scraping what it is told, and what it answers to a query.

The first scrape comes 5 s after the start: its service discovery does not report earlier.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import yaml

from ocsp_staple_exporter.lab.process import Server, find_program, reserved_port, running

PACKAGE = "prometheus"
POLL_SECONDS = 0.05

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Sample:
    """One element of an instant vector."""

    labels: Mapping[str, str]
    """With the metric's name under `__name__`."""

    value: float


class QueryError(Exception):
    """Prometheus refused an expression; the message is its own."""


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A Prometheus that is ready."""

    url: str
    server: Server
    _http: aiohttp.ClientSession

    async def query(self, expression: str) -> list[Sample]:
        """The instant vector that an expression has now; a scalar is one sample without labels."""
        data = await self._api("query", query=expression)
        if data["resultType"] == "scalar":
            return [Sample({}, float(data["result"][1]))]
        return [Sample(element["metric"], float(element["value"][1])) for element in data["result"]]

    async def wait_for(self, expression: str, *, within: timedelta = timedelta(seconds=15)) -> list[Sample]:
        """Ask until the expression has any sample. Raises TimeoutError when it has none for so long."""
        return await _poll(lambda: self.query(expression), within)

    async def targets(self) -> list[Mapping[str, object]]:
        """The active targets as the API shows them, with `lastError`: for a test's message."""
        targets: list[Mapping[str, object]] = (await self._api("targets", state="active"))["activeTargets"]
        return targets

    async def _api(self, endpoint: str, **parameters: str) -> dict[str, Any]:
        async with self._http.get(f"{self.url}/api/v1/{endpoint}", params=parameters) as response:
            answer = json.loads(await response.read())
        if answer["status"] != "success":
            raise QueryError(answer["error"])
        data: dict[str, Any] = answer["data"]
        return data

    async def is_ready(self) -> bool:
        async with self._http.get(f"{self.url}/-/ready") as response:
            return response.status == 200


def scrape(*addresses: str, job: str = "lab", **settings: object) -> Mapping[str, object]:
    """A `scrape_config` for `host:port` addresses; settings are Prometheus's own, `metrics_path` and so on."""
    return {"job_name": job, "static_configs": [{"targets": list(addresses)}], **settings}


@asynccontextmanager
async def prometheus(
    scrape_configs: Sequence[Mapping[str, object]],
    directory: Path,
    *,
    scrape_interval: timedelta = timedelta(milliseconds=200),
    rule_files: Sequence[Path] = (),
) -> AsyncIterator[Prometheus]:
    """Run Prometheus on a port of 127.0.0.1 until the context ends; enter when it is ready.

    `directory` must exist; all that Prometheus writes stands in it. Raises
    ProgramMissingError and ServerFailedError.
    """
    program = find_program("prometheus", package=PACKAGE)
    configuration = directory / "prometheus.yml"
    configuration.write_text(_configuration(scrape_configs, scrape_interval, rule_files))
    with reserved_port() as port:
        command = [
            program,
            f"--config.file={configuration}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--web.enable-lifecycle",
            "--scrape.discovery-reload-interval=100ms",  # another 5 s before the first scrape, by default
        ]
        with running(command, port=port, directory=directory, error_log=directory / "error.log") as server:
            async with aiohttp.ClientSession() as http:
                ready = Prometheus(f"http://127.0.0.1:{port}", server, http)
                await _poll(ready.is_ready, timedelta(seconds=15))
                yield ready


async def _poll(ask: Callable[[], Awaitable[Answer]], within: timedelta) -> Answer:
    """The first answer that is not empty."""
    async with asyncio.timeout(within.total_seconds()):
        while not (answer := await ask()):  # noqa: ASYNC110 - Prometheus tells nobody when it has scraped
            await asyncio.sleep(POLL_SECONDS)
    return answer


def _configuration(
    scrape_configs: Sequence[Mapping[str, object]], interval: timedelta, rule_files: Sequence[Path]
) -> str:
    duration = f"{interval // timedelta(milliseconds=1)}ms"
    configuration = {
        "global": {"scrape_interval": duration, "scrape_timeout": duration, "evaluation_interval": duration},
        "rule_files": [str(file) for file in rule_files],
        "scrape_configs": [dict(one) for one in scrape_configs],
    }
    return yaml.safe_dump(configuration)
