"""Servers from the distribution's packages, as child processes on loopback ports."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 10.0
STOP_SECONDS = 10.0
RETRY_SECONDS = 0.005

ADMINISTRATORS_PATH = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where Debian puts servers; a user's PATH often lacks it."""


class ProgramMissingError(Exception):
    """A server is not installed; the message names the Debian package."""


class ServerFailedError(Exception):
    """A server ended before it listened; the message is what it wrote."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    error_log: Path
    process: subprocess.Popen[bytes]

    def log(self) -> str:
        """The error log up to now."""
        return self.error_log.read_text("utf-8", "replace")

    def reload(self) -> None:
        """Have it read its files again (SIGHUP)."""
        self.process.send_signal(signal.SIGHUP)


def find_program(name: str, *, package: str) -> str:
    """The program's path. Raises ProgramMissingError."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *ADMINISTRATORS_PATH))
    found = shutil.which(name, path=path)
    if found is None:
        raise ProgramMissingError(f"{name} is not installed: apt-get install {package}")
    return found


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of 127.0.0.1 that the kernel gives to nobody else as long as the context lasts.

    The socket is bound and never listens: connections are refused until a server that
    sets SO_REUSEADDR, as all do, binds the port by its number.
    """
    with closing(socket.socket()) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@contextmanager
def running(command: Sequence[str], *, port: int, directory: Path, error_log: Path) -> Iterator[Server]:
    """Run a server in the foreground until the context ends; enter when it accepts connections.

    Raises ServerFailedError when it ends before that, or takes longer than START_SECONDS.
    """
    with error_log.open("ab") as log, subprocess.Popen(command, cwd=directory, stdout=log, stderr=log) as process:  # noqa: S603
        server = Server(port, error_log, process)
        try:
            await_listening(server)
            yield server
        finally:
            _stop(process)


def await_listening(server: Server) -> None:
    """Raises ServerFailedError when it ends before it accepts connections, or takes longer than START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while not _accepts(server.port):
        if _ends_within(server.process, RETRY_SECONDS):
            raise ServerFailedError(server.log())
        if time.monotonic() > deadline:
            raise ServerFailedError(f"does not listen after {START_SECONDS} s: {server.log()}")


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _ends_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    if not _ends_within(process, STOP_SECONDS):
        process.kill()
