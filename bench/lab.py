"""The server that all peers talk to: nginx on loopback with a staple of a delegated responder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import OTHER_CORE
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.nginx import StapleFile, VirtualHost, nginx
from ocsp_staple_exporter.lab.staples import staple

SERVER_NAME = "bench.test"


@dataclass(frozen=True, slots=True)
class Lab:
    """nginx, and what it shows: an ECDSA P-256 chain of leaf and issuer, and a staple."""

    directory: Path
    port: int
    server_name: str
    root: Authority
    issuer: Authority
    leaf: Identity
    staple: bytes

    @property
    def ca_file(self) -> Path:
        return self.directory / "roots.pem"


@contextmanager
def laboratory() -> Iterator[Lab]:
    os.sched_setaffinity(0, {OTHER_CORE})
    with TemporaryDirectory() as name:
        directory = Path(name)
        now = datetime.now(UTC)
        root = Authority.root(now=now)
        issuer = root.issue_authority()
        leaf = issuer.issue_leaf(SERVER_NAME, ocsp_urls=["http://ocsp.bench.test/"])
        der = staple(leaf, issuer, now=now, responder=issuer.issue_responder())
        (directory / "roots.pem").write_bytes(root.certificate_pem)
        host = VirtualHost(server_name=SERVER_NAME, identities=(leaf,), stapling=StapleFile(der))
        with nginx([host], directory) as server:
            yield Lab(directory, server.port, SERVER_NAME, root, issuer, leaf, der)
