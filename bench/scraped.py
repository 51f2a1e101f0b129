"""How long Prometheus takes over one scrape of a long list, and what it needs for it.

    python -m bench.scraped [ENDPOINTS ...]

The exporter serves over HTTP as ever; its probes take a handshake that was read before. Debian's prometheus scrapes
it every INTERVAL_SECONDS, with gzip as it does everywhere. The median of SCRAPES scrapes after the first.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from bench.measure import cpu_seconds, resident_bytes
from bench.simulation import _stub, _target
from ocsp_staple_exporter import app
from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.lab.hosts import HOSTS, laboratory
from ocsp_staple_exporter.lab.prometheus import Prometheus, prometheus, scrape
from ocsp_staple_exporter.model import Endpoint, Module, ProbeResult, expand
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.web.listening import ListenAddress, listen, name

SIZES = (10_000, 25_000, 50_000)
INTERVAL_SECONDS = 30
SCRAPES = 3


async def main(sizes: tuple[int, ...]) -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    print(f"{'endpoints':>9} {'seconds':>8} {'samples':>9} {'prometheus CPU s':>17} {'prometheus MB':>14}")
    for size in sizes:
        async with _served(size) as address:
            seconds, samples, cpu, memory = await _scraped(address, size)
        print(f"{size:9} {seconds:8.2f} {samples:9.0f} {cpu:17.2f} {memory / 1e6:14.0f}")


@asynccontextmanager
async def _served(size: int) -> AsyncIterator[str]:
    async with laboratory(lambda: datetime.now(UTC)) as lab:
        module = Module(
            server_name=HOSTS[0].name, trust_anchors=(lab.root.der,), interval=timedelta(seconds=INTERVAL_SECONDS)
        )
        targets = tuple(_target(number, lab.port, module) for number in range(size))
        like = await Prober(trust_anchors=()).probe(expand(targets[0])[0])

    async def probe(endpoint: Endpoint, **_: object) -> ProbeResult:
        return _stub(endpoint, like, module.trust_anchors or ())

    sockets = listen([ListenAddress.parse("127.0.0.1:0")])
    serving = asyncio.create_task(app.serve(Config(targets=targets), sockets, probe=probe))
    try:
        yield name(sockets[0])
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


async def _scraped(address: str, size: int) -> tuple[float, float, float, float]:
    """Seconds, samples, Prometheus's CPU for each scrape, and its memory after them."""
    job = scrape(address, scrape_interval=f"{INTERVAL_SECONDS}s", scrape_timeout=f"{INTERVAL_SECONDS}s")
    with tempfile.TemporaryDirectory() as directory:
        async with prometheus([job], Path(directory)) as server:
            patience = timedelta(seconds=4 * INTERVAL_SECONDS)
            await server.wait_for(f"count(ocsp_staple_present) == {size}", within=patience)
            pid = server.server.process.pid
            began = cpu_seconds(pid)
            took = [await _next(server, patience) for _ in range(SCRAPES)]
            cpu = (cpu_seconds(pid) - began) / SCRAPES
            (samples,) = await server.query("scrape_samples_scraped")
            return statistics.median(took), samples.value, cpu, resident_bytes(pid)


async def _next(server: Prometheus, patience: timedelta) -> float:
    """How long the next scrape takes."""
    (last,) = await server.query("timestamp(scrape_duration_seconds)")
    await server.wait_for(f"timestamp(scrape_duration_seconds) > {last.value}", within=patience)
    (took,) = await server.query("scrape_duration_seconds")
    return took.value


if __name__ == "__main__":
    asyncio.run(main(tuple(map(int, sys.argv[1:])) or SIZES))
