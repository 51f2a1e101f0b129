"""OpenSSL's own client: as a C program in a loop, and as a process for each probe."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.lab import Lab
from bench.measure import Sample, on_measured_core

SOURCE = Path(__file__).parent.parent / "loops" / "c_client.c"


@contextmanager
def c_client(lab: Lab) -> Iterator[Callable[[float], Sample]]:
    """Needs a C compiler and libssl-dev."""
    program = lab.directory / "c_client"
    compiler = shutil.which("cc") or "gcc"
    subprocess.run([compiler, "-O2", "-o", program, SOURCE, "-lssl", "-lcrypto"], check=True)
    yield lambda seconds: sample_of([str(program), *arguments(lab, seconds)])


def arguments(lab: Lab, seconds: float) -> list[str]:
    """What every loop is told: port, server name, trust anchors, seconds."""
    return [str(lab.port), lab.server_name, str(lab.ca_file), str(seconds)]


def sample_of(command: list[str], environment: dict[str, str] | None = None) -> Sample:
    """Run a loop that prints its own figures as JSON."""
    done = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        preexec_fn=on_measured_core,
    )
    figures = json.loads(done.stdout)
    return Sample(**figures | {"latencies": tuple(figures["latencies"])})


@contextmanager
def s_client(lab: Lab) -> Iterator[Callable[[float], Sample]]:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{lab.port}", "-servername", lab.server_name]
    command += ["-status", "-CAfile", str(lab.ca_file), "-verify_return_error"]

    def measure(seconds: float) -> Sample:
        latencies, cpu, began = [], 0.0, time.perf_counter()
        while (asked := time.perf_counter()) - began < seconds:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=on_measured_core,
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise RuntimeError("openssl s_client failed")
            latencies.append(time.perf_counter() - asked)
            cpu += usage.ru_utime + usage.ru_stime
        elapsed = time.perf_counter() - began
        return Sample(probes=len(latencies), cpu_seconds=cpu, elapsed=elapsed, rss=None, latencies=tuple(latencies))

    yield measure
