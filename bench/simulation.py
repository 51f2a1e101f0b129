"""One exporter with many endpoints in this process: PORT SERVER_NAME CA_FILE ENDPOINTS REAL INTERVAL.

Histories are full from the start. The first round fills every cache and is not measured; the second is, at the pace
of the interval. The first REAL endpoints shake hands with the server; the others take a handshake that was read
before, so that schedule, judge, publishing and memory are real and the network is not.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from bench.measure import resident_bytes
from ocsp_staple_exporter.app import _Running, loop_factory
from ocsp_staple_exporter.collecting import spare_collections
from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.config.certificates import read_certificates
from ocsp_staple_exporter.history import KEPT, History
from ocsp_staple_exporter.model import Endpoint, Module, Observation, ProbeResult, Target, expand
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.probe.judging import judge_handshake
from ocsp_staple_exporter.resolver import Resolver
from ocsp_staple_exporter.web.metrics import scrape_text
from ocsp_staple_exporter.web.negotiation import negotiate

TICK_SECONDS = 0.005
TEXT, _ = negotiate("text/plain")
SCRAPES = 3


def main() -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    port, server_name, ca_file, endpoints, real, interval = sys.argv[1:]
    module = Module(
        interval=timedelta(seconds=float(interval)),
        server_name=server_name,
        trust_anchors=read_certificates(Path(ca_file)),
    )
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        print(json.dumps(runner.run(_simulate(int(port), module, int(endpoints), int(real)))))


async def _simulate(port: int, module: Module, endpoints: int, real: int) -> dict[str, float]:
    empty = resident_bytes(_pid())
    targets = tuple(_target(number, port, module) for number in range(endpoints))
    really = {target.name for target in targets[:real]}
    prober = Prober(trust_anchors=())
    remembered = await prober.probe(expand(targets[0])[0])
    assert isinstance(remembered.outcome, Observation), remembered.outcome

    async def probe(endpoint: Endpoint, **_: object) -> ProbeResult:
        if endpoint.target in really:
            return await prober.probe(endpoint)
        return _stub(endpoint, remembered, module.trust_anchors or ())

    config = Config(targets=targets)
    running = _Running(config, lambda: config, probe, Resolver(), (), prober.doors)
    _run_for_a_while(running.history, running.results.endpoints, remembered)
    schedule = asyncio.create_task(running.schedule.run())
    sparing = asyncio.create_task(spare_collections())
    seconds = module.interval.total_seconds()
    await asyncio.sleep(1.1 * seconds)  # the first round
    async with _watched_loop() as blocks:
        began, cpu, probes = time.perf_counter(), time.process_time(), _probes(running)
        await asyncio.sleep(seconds)
        elapsed, cpu = time.perf_counter() - began, time.process_time() - cpu
        probes = _probes(running) - probes
        await _scrape(running)  # under way, it must not hold the others
        longest = max(blocks)
    lag = running.schedule.lag_seconds
    for task in (schedule, sparing):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    scrape_ms, scrape_mb = await _scrape(running)
    rss = resident_bytes(_pid())
    return {
        "real": real,
        "probes": probes,
        "core": cpu / elapsed,
        "cpu_us": cpu / probes * 1e6,
        "lag_s": lag,
        "block_ms": longest * 1e3,
        "rss_mb": rss / 1e6,
        "kb_each": (rss - empty) / endpoints / 1e3,
        "scrape_ms": scrape_ms,
        "scrape_mb": scrape_mb,
    }


def _pid() -> int:
    return os.getpid()


def _target(number: int, port: int, module: Module) -> Target:
    name = f"www-{number}.bench.test"
    return Target(name=f"{name}:443", host="127.0.0.1", port=port, server_name=module.server_name, module=module)


def _run_for_a_while(history: History, endpoints: Iterable[Endpoint], like: ProbeResult) -> None:
    """An exporter that has just started takes less memory: its histories are short."""
    for endpoint in endpoints:
        for _ in range(KEPT):
            history.published(replace(like, endpoint=endpoint), None)


def _stub(endpoint: Endpoint, like: ProbeResult, trust_anchors: tuple[bytes, ...]) -> ProbeResult:
    """All that follows a handshake, with a result of its own, as a real probe makes one."""
    assert isinstance(like.outcome, Observation)
    handshake, now = replace(like.outcome.handshake), datetime.now(UTC)
    outcome = judge_handshake(endpoint, like.outcome.address, handshake, trust_anchors, now)
    durations = {phase: seconds + 0.0 for phase, seconds in like.durations.items()}
    return ProbeResult(endpoint=endpoint, started_at=now, outcome=outcome, durations=durations)


def _probes(running: _Running) -> int:
    return sum(running.own.probes.values())


@asynccontextmanager
async def _watched_loop() -> AsyncIterator[list[float]]:
    """By how many seconds the loop came too late to a timer, each time."""
    delays = [0.0]
    loop = asyncio.get_running_loop()

    def tick(due: float) -> None:
        now = loop.time()
        delays.append(now - due)
        timers[0] = loop.call_at(now + TICK_SECONDS, tick, now + TICK_SECONDS)

    timers = [loop.call_soon(tick, loop.time())]
    yield delays
    timers[0].cancel()


async def _scrape(running: _Running) -> tuple[float, float]:
    """Milliseconds of CPU and megabytes of one scrape, without gzip, as /metrics puts it together."""
    costs, size = [], 0
    for _ in range(SCRAPES):
        began, size = time.process_time(), 0
        async for part in scrape_text(running.exposition, running.own, TEXT):
            size += len(part)
        costs.append(time.process_time() - began)
    return min(costs) * 1e3, size / 1e6


if __name__ == "__main__":
    main()
