"""The command `demo` as a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

FIRST_TABLE_SECONDS = 20.0
"""Generous: what a loaded machine may take. The demo's own aim is 5 s."""


@contextmanager
def demo(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "ocsp_staple_exporter", "demo", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], ending: str) -> str:
    """What the demo prints up to and including the line that begins with `ending`."""
    assert process.stdout is not None
    shown = ""
    overdue = threading.Timer(FIRST_TABLE_SECONDS, process.kill)
    overdue.start()
    try:
        for line in process.stdout:
            shown += line
            if line.startswith(ending):
                return shown
    finally:
        overdue.cancel()
    raise AssertionError(f"the demo ended after this: {shown}")


def address_of_metrics(shown: str) -> str:
    """`host:port` of /metrics, as the demo prints it."""
    address = re.search(r"http://(\S+)/metrics", shown)
    assert address is not None
    return address[1]
