"""The loop around one client: `python -m bench.loops.NAME PORT SERVER_NAME CA_FILE SECONDS`."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """Where the server is, and what is to be expected of it."""

    port: int
    name: str
    ca_file: str


def loop(client: Callable[[Server], Callable[[], None]]) -> None:
    """Set the client up, probe once to warm it, probe on for so many seconds and print the figures."""
    server, seconds = Server(int(sys.argv[1]), sys.argv[2], sys.argv[3]), float(sys.argv[4])
    probe = client(server)
    probe()
    latencies = []
    began, cpu = time.perf_counter(), time.process_time()
    while (asked := time.perf_counter()) - began < seconds:
        probe()
        latencies.append(time.perf_counter() - asked)
    figures = {
        "probes": len(latencies),
        "cpu_seconds": time.process_time() - cpu,
        "elapsed": time.perf_counter() - began,
        "rss": int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize(),
        "latencies": latencies,
    }
    print(json.dumps(figures))
