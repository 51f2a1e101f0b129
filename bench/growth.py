"""How the exporter grows with its list: each size in a process of its own, pinned to one core."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.lab import Lab
from bench.measure import on_measured_core
from bench.report import Figures

SIZES = (100, 1_000, 10_000, 100_000)
COLUMNS = {
    "real": ".0f",
    "probes": ".0f",
    "core": ".2f",
    "cpu_us": ".0f",
    "lag_s": ".2f",
    "block_ms": ".1f",
    "rss_mb": ".0f",
    "kb_each": ".1f",
    "scrape_ms": ".1f",
    "scrape_mb": ".1f",
}
"""real: endpoints whose handshakes are real, the others' transport is a stub; core: share of it that is used;
block: the longest that the event loop was held; kb_each: memory per endpoint beyond an empty exporter's."""

INTERVAL_SECONDS = 60.0

REAL = (75_000, 100_000)
"""Of the largest list: what one core carries in its time, and more than it does."""


def measure(lab: Lab) -> Figures:
    """Stub transport at every size; at the largest also real handshakes for as many as the cores allow."""
    figures = {f"{size} endpoints, stub": _run(lab, size, 0) for size in SIZES}
    return figures | {f"{SIZES[-1]} endpoints, {real} real": _run(lab, SIZES[-1], real) for real in REAL}


def _run(lab: Lab, size: int, real: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.simulation", str(lab.port), lab.server_name, str(lab.ca_file)]
    command += [str(size), str(real), str(INTERVAL_SECONDS)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, preexec_fn=on_measured_core)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
