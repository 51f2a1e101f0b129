"""This exporter as its users run it: a process with a configuration file, all results published."""

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

from bench.lab import Lab
from bench.load import ask
from bench.measure import Sample, on_measured_core, resident_bytes

ENDPOINTS = 10_000
INTERVAL_SECONDS = 5.0
"""More than one core can do, so that the exporter is always busy: waking an idle machine costs CPU of its own."""


@contextmanager
def watching_a_list(lab: Lab) -> Iterator[Callable[[float], Sample]]:
    """Endpoints that are all one server, each with series of its own.

    A process for each window: one that stayed would go on probing while its peers are measured.
    """
    targets = "".join(f"  - {{host: 127.0.0.1, port: {lab.port}, name: bench-{n}}}\n" for n in range(ENDPOINTS))

    def measure(seconds: float) -> Sample:
        with exporter(lab, f"targets:\n{targets}") as (process, port):
            url = f"http://127.0.0.1:{port}/metrics"
            _window(process.pid, url, 2 * INTERVAL_SECONDS)  # every endpoint was probed, every cache is warm
            return _window(process.pid, url, seconds)

    yield measure


@contextmanager
def asked(lab: Lab) -> Iterator[Callable[[float], Sample]]:
    """Nothing on the list; Prometheus drives."""
    path = f"/probe?target=127.0.0.1:{lab.port}"
    with exporter(lab, "probe: {}") as (process, port):
        ask(process.pid, port, path, 0.5, b"ocsp_staple_verified 1")
        yield lambda seconds: ask(process.pid, port, path, seconds, b"ocsp_staple_verified 1")


@contextmanager
def exporter(
    lab: Lab, rest: str, *, interval: float = INTERVAL_SECONDS, timeout: float = INTERVAL_SECONDS
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A process and its port; seconds of interval and timeout."""
    config = lab.directory / "exporter.yaml"
    config.write_text(f"""
modules:
  default:
    interval: {interval * 1000:.0f}ms
    timeout: {timeout * 1000:.0f}ms
    server_name: {lab.server_name}
    ca_file: {lab.ca_file}
{rest}""")
    command = [sys.executable, "-m", "ocsp_staple_exporter", f"--config.file={config}"]
    command += ["--web.listen-address=127.0.0.1:0"]
    log = lab.directory / "exporter.log"
    with (
        log.open("wb") as stderr,
        subprocess.Popen(command, stderr=stderr, preexec_fn=on_measured_core) as process,
    ):
        try:
            yield process, _listening(process, log)
        finally:
            process.terminate()


def _listening(process: subprocess.Popen[bytes], log: Path) -> int:
    """The port; a file, since a pipe that nobody empties would stop the exporter."""
    while process.poll() is None:
        found = re.search(r"msg=listening address=\"?[^\s\"]+:(\d+)", log.read_text())
        if found:
            return int(found[1])
        time.sleep(0.05)
    raise RuntimeError(f"the exporter ended before it listened: {log.read_text()[-500:]}")


def _window(pid: int, url: str, seconds: float) -> Sample:
    """Two scrapes are part of it."""
    before, began = _read(url), time.perf_counter()
    time.sleep(seconds)
    cpu, probes, failures = (later - earlier for earlier, later in zip(before, _read(url), strict=True))
    if failures:
        raise RuntimeError(f"{failures:.0f} probes failed")
    return Sample(probes=int(probes), cpu_seconds=cpu, elapsed=time.perf_counter() - began, rss=resident_bytes(pid))


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
