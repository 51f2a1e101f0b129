"""Other exporters, asked at /probe."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from bench.lab import Lab
from bench.load import ask
from bench.measure import Sample, on_measured_core
from ocsp_staple_exporter.lab.process import find_program, reserved_port

START_SECONDS = 10.0

BLACKBOX = """
modules:
  tls:
    prober: tcp
    timeout: 5s
    tcp: {{tls: true, tls_config: {{ca_file: {ca_file}, server_name: {server_name}}}}}
"""
SSL_EXPORTER = """
modules:
  tcp:
    prober: tcp
    timeout: 5s
    tls_config: {{ca_file: {ca_file}, server_name: {server_name}}}
"""


@contextmanager
def blackbox(lab: Lab) -> Iterator[Callable[[float], Sample]]:
    program = find_program("prometheus-blackbox-exporter", package="prometheus-blackbox-exporter")
    with _asked(lab, program, BLACKBOX, "/probe?module=tls&target=127.0.0.1:{port}", b"probe_success 1") as measure:
        yield measure


@contextmanager
def ssl_exporter(lab: Lab) -> Iterator[Callable[[float], Sample]]:
    program = os.environ["SSL_EXPORTER"]
    path = "/probe?module=tcp&target=127.0.0.1:{port}"
    with _asked(lab, program, SSL_EXPORTER, path, b"ssl_probe_success 1") as measure:
        yield measure


@contextmanager
def _asked(lab: Lab, program: str, configuration: str, path: str, expect: bytes) -> Iterator[Callable[[float], Sample]]:
    """Go's exporters: `--config.file` and `--web.listen-address`."""
    config = lab.directory / f"{os.path.basename(program)}.yaml"  # noqa: PTH119 -- a name, not a file
    config.write_text(configuration.format(ca_file=lab.ca_file, server_name=lab.server_name))
    with reserved_port() as port:
        command = [program, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}"]
        with _running(command, port) as process:
            question = path.format(port=lab.port)
            ask(process.pid, port, question, 0.5, expect)  # caches warm
            yield lambda seconds: ask(process.pid, port, question, seconds, expect)


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"GOMAXPROCS": "1"}  # one core, as all peers have
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=on_measured_core,
    ) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _listens(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]} does not listen")
            yield process
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False
