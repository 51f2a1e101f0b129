"""Asks an exporter's /probe again and again, over one kept connection, and takes the time of each answer."""

from __future__ import annotations

import http.client
import time
from contextlib import closing

from bench.measure import Sample, cpu_seconds, resident_bytes


def ask(pid: int, port: int, path: str, seconds: float, expect: bytes) -> Sample:
    """One question after the other for so long; an answer without `expect` ends the benchmark."""
    latencies = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        began, cpu = time.perf_counter(), cpu_seconds(pid)
        while (asked := time.perf_counter()) - began < seconds:
            connection.request("GET", path)
            answer = connection.getresponse().read()
            latencies.append(time.perf_counter() - asked)
            if expect not in answer:
                raise RuntimeError(f"a probe failed: {answer[-300:]!r}")
        elapsed, used = time.perf_counter() - began, cpu_seconds(pid) - cpu
    return Sample(
        probes=len(latencies),
        cpu_seconds=used,
        elapsed=elapsed,
        rss=resident_bytes(pid),
        latencies=tuple(latencies),
    )
