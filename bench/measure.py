"""What a process used, as Linux tells it."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

MEASURED_CORE, OTHER_CORE = (min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0)))
"""What is measured has a core of its own; nginx, load and the harness share the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One window of one peer."""

    probes: int
    cpu_seconds: float
    """User and system time of the peer's process and of the children that it waited for."""

    elapsed: float
    """Seconds."""

    rss: int | None
    """Bytes resident, at the end of the window; None for processes that have ended by then."""

    latencies: tuple[float, ...] = ()
    """Seconds of single probes; empty where nobody waits for one."""

    @property
    def cpu_per_probe(self) -> float:
        """Microseconds."""
        return self.cpu_seconds / self.probes * 1e6


def cpu_seconds(pid: int) -> float:
    """User and system time of a running process (proc(5), /proc/PID/stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def resident_bytes(pid: int) -> int:
    """proc(5), /proc/PID/statm, second field."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES


def on_measured_core() -> None:
    """For `preexec_fn` of what is measured."""
    os.sched_setaffinity(0, {MEASURED_CORE})


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]
