"""The exporter as a process, and its CPU time per probe as it tells it itself."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

ENDPOINTS = 1000
INTERVAL_SECONDS = 0.5
"""More than one core can do, so that the exporter is always busy: waking an idle machine costs CPU of its own."""

IN_FLIGHT = 256
WINDOW_SECONDS = 4.0


@contextmanager
def cpu_of_exporter(directory: Path, port: int, server_name: str) -> Iterator[Callable[[], float]]:
    """Run the exporter on endpoints that are all one server; yields what measures one window."""
    config = directory / "exporter.yaml"
    config.write_text(_configuration(directory, port, server_name))
    command = [sys.executable, "-m", "ocsp_staple_exporter", f"--config.file={config}"]
    command += ["--web.listen-address=127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = _listening(process)
            time.sleep(2 * INTERVAL_SECONDS)  # every endpoint was probed, every cache is warm
            yield lambda: _measure(url)
        finally:
            process.terminate()


def _configuration(directory: Path, port: int, server_name: str) -> str:
    targets = "".join(f"  - {{host: 127.0.0.1, port: {port}, name: bench-{n}}}\n" for n in range(ENDPOINTS))
    return f"""
limits: {{probes_in_flight: {IN_FLIGHT}}}
modules:
  default:
    interval: {INTERVAL_SECONDS * 1000:.0f}ms
    server_name: {server_name}
    ca_file: {directory}/roots.pem
targets:
{targets}"""


def _listening(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        found = re.search(r"msg=listening address=\"?([^\s\"]+)", line)
        if found:
            return f"http://{found[1]}/metrics"
    raise RuntimeError("the exporter ended before it listened")


def _measure(url: str) -> float:
    """CPU microseconds per probe in one window; two scrapes are part of it."""
    before = _read(url)
    time.sleep(WINDOW_SECONDS)
    cpu, probes, failures = (later - earlier for earlier, later in zip(before, _read(url), strict=True))
    if failures:
        raise RuntimeError(f"{failures:.0f} probes failed")
    return cpu / probes * 1e6


def _read(url: str) -> tuple[float, float, float]:
    """CPU seconds, probes that read a handshake, and probes that did not, since the start."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 -- loopback
        text = answer.read().decode()
    values = {
        (sample.name, sample.labels.get("result")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    probes = "ocsp_staple_exporter_probes_total"
    return values["process_cpu_seconds_total", None], values[probes, "success"], values[probes, "failure"]
