"""How a test starts a server and what it knows about it beforehand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.keys import KeyType
from ocsp_staple_exporter.lab.process import ProgramMissingError, Server
from ocsp_staple_exporter.model import TLSVersion

KEY_TYPES: tuple[KeyType, ...] = ("rsa", "ecdsa", "ed25519")
NO_STAPLE = "none"


@dataclass(frozen=True, slots=True)
class Site:
    """What a server is to show."""

    name: str
    leaf: Identity
    issuer: Authority
    staple: bytes
    """A good one. The responder that the leaf names answers with the same bytes."""

    directory: Path
    """Everything that the server reads or writes stands here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A server with its TLS library."""

    name: str
    library: str
    needs: Callable[[], object]
    """Raises ProgramMissingError where it is not installed."""

    start: Callable[[Site], AbstractContextManager[Server]]
    version: Callable[[], str]
    library_version: Callable[[], str]
    staple: str
    """Where the server has its staple from; NO_STAPLE for one that has none."""

    complaint: str | None
    """The pattern of the log lines that tell of clients which broke off the handshake; None where nothing is logged."""

    complaints: int = 2
    """How many such lines two clients leave: one that only looks whether the port is open, one that sends an alert."""

    fetches: bool = False
    """It asks the responder after it began to listen, so that the first handshakes may have no staple."""

    key_types: tuple[KeyType, ...] = KEY_TYPES
    tls_versions: tuple[TLSVersion, ...] = (TLSVersion.TLS_1_2, TLSVersion.TLS_1_3)

    @property
    def staples(self) -> bool:
        return self.staple != NO_STAPLE


def debian(package: str) -> str:
    """The upstream version of an installed package of Debian, without what Debian says of its own repacking."""
    command = ["dpkg-query", "--show", "--showformat", "${source:Upstream-Version}", package]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.partition("+")[0]


def openssl() -> str:
    """The version of Debian's libssl."""
    return debian("libssl3")


def find_in_environment(name: str) -> str:
    """A program of the running Python's environment. Raises ProgramMissingError."""
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        raise ProgramMissingError(f"{name} is not in {path.parent}: pip install -r requirements/dev.txt")
    return str(path)


def pypi(distribution: str) -> str:
    """The version of an installed distribution of PyPI."""
    return metadata.version(distribution)
