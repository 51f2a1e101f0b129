"""Asks an exporter's /probe again and again, over kept connections, and takes the time of each answer."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from bench.measure import Sample, cpu_seconds, resident_bytes

IN_FLIGHT = 8
"""Questions under way together, as a Prometheus with many targets has them."""


def ask(pid: int, port: int, path: str, seconds: float, expect: bytes) -> Sample:
    """One question after the other on each of IN_FLIGHT connections for so long.

    An answer without `expect` ends the benchmark.
    """
    began, cpu = time.perf_counter(), cpu_seconds(pid)
    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        asking = [threads.submit(_ask, port, path, began + seconds, expect) for _ in range(IN_FLIGHT)]
        latencies = [latency for one in asking for latency in one.result()]
    elapsed, used = time.perf_counter() - began, cpu_seconds(pid) - cpu
    return Sample(
        probes=len(latencies),
        cpu_seconds=used,
        elapsed=elapsed,
        rss=resident_bytes(pid),
        latencies=tuple(latencies),
    )


def _ask(port: int, path: str, until: float, expect: bytes) -> list[float]:
    latencies = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        while (asked := time.perf_counter()) < until:
            connection.request("GET", path)
            answer = connection.getresponse().read()
            latencies.append(time.perf_counter() - asked)
            if expect not in answer:
                raise RuntimeError(f"a probe failed: {answer[-300:]!r}")
    return latencies
