"""A long list of which a quarter is bad, in the exporter as its users run it: do the others keep their interval?

10 % of the hosts hang until the deadline, 10 % refuse, 5 % answer with what is not TLS; the others are nginx.
"""

from __future__ import annotations

import asyncio
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client.parser import text_string_to_metric_families

from bench.lab import Lab
from bench.measure import resident_bytes
from bench.peers.own import exporter
from bench.report import Figures
from ocsp_staple_exporter.lab.process import reserved_port

ENDPOINTS = 20_000
INTERVAL_SECONDS = 60.0
TIMEOUT_SECONDS = 15.0
COLUMNS = {"probes": ".0f", "read": ".0f", "failed": ".0f", "core": ".2f", "lag_s": ".2f", "rss_mb": ".0f"}
"""read, failed: probes of the minute that was measured, with and without a handshake; core: share of it that is used;
lag_s: the latest start of a probe in the last one to two minutes."""

PREFIX = "ocsp_staple_exporter_"
OWN = (PREFIX, "process_")


def measure(lab: Lab) -> Figures:
    """The third minute: the exporter remembers its lag for two."""
    with _bad_hosts() as (hanging, garbage), reserved_port() as refusing:
        ports = [lab.port] * 15 + [hanging] * 2 + [refusing] * 2 + [garbage]
        entries = [f"  - {{host: 127.0.0.1, port: {ports[n % 20]}, name: bench-{n}}}\n" for n in range(ENDPOINTS)]
        targets = "targets:\n" + "".join(entries)
        with exporter(lab, targets, interval=INTERVAL_SECONDS, timeout=TIMEOUT_SECONDS) as (process, port):
            time.sleep(2 * INTERVAL_SECONDS + TIMEOUT_SECONDS)
            began, before = time.perf_counter(), _read(port)
            time.sleep(INTERVAL_SECONDS)
            elapsed, after = time.perf_counter() - began, _read(port)
            read, failed = (after[name] - before[name] for name in ("success", "failure"))
            figures = {
                "probes": read + failed,
                "read": read,
                "failed": failed,
                "core": (after["cpu"] - before["cpu"]) / elapsed,
                "lag_s": after["lag"],
                "rss_mb": resident_bytes(process.pid) / 1e6,
            }
    return {f"{ENDPOINTS} endpoints, a quarter bad": figures}


def _read(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines(keepends=True)
    own = "".join(line for line in lines if line.startswith(OWN))  # all of it would take seconds to parse
    samples = [sample for family in text_string_to_metric_families(own) for sample in family.samples]
    values = {sample.labels["result"]: sample.value for sample in samples if sample.name == f"{PREFIX}probes_total"}
    named = {f"{PREFIX}schedule_lag_seconds": "lag", "process_cpu_seconds_total": "cpu"}
    return values | {named[sample.name]: sample.value for sample in samples if sample.name in named}


@contextmanager
def _bad_hosts() -> Iterator[tuple[int, int]]:
    """Ports of one that takes every connection and says nothing, and of one that speaks HTTP."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        hanging, garbage = (
            asyncio.run_coroutine_threadsafe(_serve(words), loop).result() for words in (b"", b"HTTP/1.1 400\r\n")
        )
        yield hanging, garbage
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _serve(words: bytes) -> int:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        while await reader.read(65536):
            if words:
                break
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=1024)
    port: int = server.sockets[0].getsockname()[1]
    return port
