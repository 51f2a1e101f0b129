"""Servers that begin in the clear: how a test starts one, and what it knows about it beforehand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ocsp_staple_exporter.lab.process import Server, await_listening, reserved_port, running
from ocsp_staple_exporter.model import ProbeFailure, StartTLS
from tests.compatibility.launching import Files, write_files
from tests.compatibility.stack import NO_STAPLE, Site


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is to run."""

    directory: Path
    """Everything that it writes stands here."""

    ports: Mapping[StartTLS, int]
    files: Files | None
    """None: TLS is switched off."""

    @property
    def log(self) -> Path:
        return self.directory / "log"

    def write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.write_text(text)
        return path

    def make(self, name: str) -> Path:
        """A directory below this one."""
        path = self.directory / name
        path.mkdir()
        return path

    def if_tls(self, configuration: Callable[[Files], str], otherwise: str = "") -> str:
        return otherwise if self.files is None else configuration(self.files)


Command = Callable[[Place], Sequence[str]]
"""Writes the server's configuration; gives its command, which stays in the foreground and logs to `Place.log`."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that listens for each of its protocols."""

    ports: Mapping[StartTLS, int]
    server: Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A server with its TLS library."""

    name: str
    library: str
    protocols: tuple[StartTLS, ...]
    needs: Callable[[], object]
    """Raises ProgramMissingError where it is not installed."""

    command: Command
    version: Callable[[], str]
    library_version: Callable[[], str]
    staple: str = NO_STAPLE
    """Where the server has its staple from; NO_STAPLE for one that has none."""

    complaint: str | None
    """The pattern of the log line that tells of a client that broke off the handshake; None where nothing is written
    that a test could read."""

    heard_at_start: int = 0
    """How many such lines are left by who looks whether the port is open."""

    taciturn: StartTLS | None = None
    """Where the complaint is written at times only."""

    without_tls: ProbeFailure = ProbeFailure.STARTTLS_NOT_OFFERED
    """What a probe comes to where TLS is switched off."""

    @property
    def staples(self) -> bool:
        return self.staple != NO_STAPLE

    def start(self, site: Site | None, directory: Path) -> AbstractContextManager[Running]:
        """Show the site until the context ends, or switch TLS off where there is none.

        Raises ProgramMissingError and ServerFailedError.
        """
        return _serving(self.command, self.protocols, site, directory)


@contextmanager
def _serving(command: Command, protocols: Sequence[StartTLS], site: Site | None, directory: Path) -> Iterator[Running]:
    with ExitStack() as reserved:
        ports = {protocol: reserved.enter_context(reserved_port()) for protocol in protocols}
        first, *others = ports.values()
        place = Place(directory, ports, None if site is None else write_files(site, first))
        with running(command(place), port=first, directory=directory, error_log=place.log) as server:
            for port in others:
                await_listening(Server(port, server.error_log, server.process))
            yield Running(ports, server)


def as_user(name: str) -> list[str]:
    """What to put before a command so that it runs as this user: nothing where this is not root."""
    user = [f"--reuid={name}", f"--regid={name}", "--init-groups"]
    return ["setpriv", *user, "--"] if os.geteuid() == 0 else []


def give(name: str, *paths: Path) -> None:
    """Let this user own the files: nothing where this is not root."""
    for path in paths if os.geteuid() == 0 else ():
        shutil.chown(path, name, name)
