"""Figures as a table for people and as JSON to compare with the last run."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import Sample, percentile

Samples = Mapping[str, Sequence[Sample]]
Figures = dict[str, dict[str, float]]
"""By what was measured, then by the name of the figure, its unit in it."""


def machine() -> dict[str, str]:
    """What the figures depend on."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    openssl = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True)
    return {
        "cpu": models[0].partition(":")[2].strip() if models else platform.machine(),
        "cores": str(os.cpu_count()),
        "kernel": platform.release().partition("-")[0],
        "python": f"{platform.python_version()} ({platform.python_compiler()})",
        "openssl": openssl.stdout.strip(),
    }


def of_peers(samples: Samples) -> Figures:
    """Medians over the rounds; ratios are medians of the ratios within each round."""
    first = next(iter(samples.values()))
    return {name: _of_peer(rounds, first) for name, rounds in samples.items()}


def _of_peer(rounds: Sequence[Sample], reference: Sequence[Sample]) -> dict[str, float]:
    costs = [sample.cpu_per_probe for sample in rounds]
    ratios = [other.cpu_per_probe / own.cpu_per_probe for other, own in zip(rounds, reference, strict=True)]
    figures = {
        "cpu_us": statistics.median(costs),
        "cpu_us_lowest": min(costs),
        "cpu_us_highest": max(costs),
        "times_ours": statistics.median(ratios),
        "per_second": statistics.median(sample.probes / sample.elapsed for sample in rounds),
    }
    resident = [sample.rss for sample in rounds if sample.rss is not None]
    if resident:
        figures["rss_mb"] = max(resident) / 1e6
    latencies = [latency for sample in rounds for latency in sample.latencies]
    if latencies:
        figures |= {"p50_ms": percentile(latencies, 50) * 1e3, "p99_ms": percentile(latencies, 99) * 1e3}
    return figures


def show(title: str, figures: Figures, columns: Mapping[str, str]) -> None:
    """`columns`: name of the figure -> its format."""
    table = Table(title, *columns, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, row in figures.items():
        table.add_row(name, *(format(row[key], form) if key in row else "-" for key, form in columns.items()))
    console = Console(width=130)
    console.print(table)
    console.print()


def compare(last: Figures, now: Figures) -> Figures:
    """What changed by more than a tenth, as now / last."""
    changes: Figures = {}
    for name, row in now.items():
        for key, value in row.items():
            before = last.get(name, {}).get(key)
            if before and abs(value / before - 1) > 0.1:
                changes.setdefault(name, {})[key] = value / before
    return changes


def read(file: Path) -> Figures:
    return dict(json.loads(file.read_text())["figures"]) if file.exists() else {}


def write(file: Path, figures: Figures) -> None:
    file.write_text(json.dumps({"machine": machine(), "figures": figures}, indent=1) + "\n")
