"""Servers that listen on all addresses get a network of their own."""

from __future__ import annotations

import subprocess
import sys

from ocsp_staple_exporter.lab.process import ProgramMissingError, find_program
from tests.compatibility.launching import PROGRAMS, Files


def apart(files: Files, *command: object) -> list[str]:
    """The command inside a network namespace, with the port on loopback leading into it."""
    return [sys.executable, str(PROGRAMS / "apart.py"), str(files.port), *map(str, command)]


def find_apart(name: str, package: str) -> str:
    """The program, where it can be run apart. Raises ProgramMissingError."""
    program = find_program(name, package=package)
    if subprocess.run(["unshare", "--net", "--map-root-user", "true"], check=False, capture_output=True).returncode:
        raise ProgramMissingError(f"{name} listens on all addresses, and this system gives no network namespace")
    find_program("ip", package="iproute2")
    return program
