from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import pytest

from ocsp_staple_exporter.lab import apache, nginx, prometheus
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.keys import KeyType, PrivateKey, generate_key
from ocsp_staple_exporter.lab.process import ProgramMissingError, find_program
from ocsp_staple_exporter.lab.responder import Responder, ocsp_responder
from ocsp_staple_exporter.model import TLSVersion
from tests.real_servers.exporter_reader import read_with_exporter
from tests.real_servers.openssl_reader import Reading, read_with_openssl


class Read(Protocol):
    """One handshake with a server that asks for a staple."""

    async def __call__(
        self, host: str, port: int, server_name: str, *, tls_version: TLSVersion | None = None
    ) -> Reading: ...


@pytest.fixture(params=[read_with_openssl, read_with_exporter], ids=["openssl", "exporter"])
def read(request: pytest.FixtureRequest) -> Read:
    reader: Read = request.param
    return reader


def require(program: str, package: str) -> None:
    """Skip where a server is not installed; in continuous integration that is a failure."""
    try:
        find_program(program, package=package)
    except ProgramMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def needs_nginx() -> None:
    require("nginx", nginx.PACKAGE)


@pytest.fixture(scope="session")
def needs_apache() -> None:
    require("apache2", apache.PACKAGE)


@pytest.fixture(scope="session")
def needs_prometheus() -> None:
    require("prometheus", prometheus.PACKAGE)


@dataclass(frozen=True, slots=True)
class PKI:
    """A CA for servers, and keys that take long to make."""

    root: Authority
    issuer: Authority
    keys: dict[KeyType, PrivateKey]

    @property
    def trusted(self) -> tuple[bytes, ...]:
        """All that it takes to verify a response."""
        return (self.issuer.der, self.root.der)

    def leaf(self, name: str, *ocsp_urls: str, key_type: KeyType = "ecdsa") -> Identity:
        return self.issuer.issue_leaf(name, ocsp_urls=ocsp_urls, key=self.keys[key_type])


@pytest.fixture(scope="session")
def pki() -> PKI:
    """Servers judge staples by the clock, so this one's times lie around the present."""
    root = Authority.root(now=datetime.now(UTC))
    return PKI(root, root.issue_authority(), {"rsa": generate_key("rsa"), "ecdsa": generate_key("ecdsa")})


@pytest.fixture
async def responder() -> AsyncIterator[Responder]:
    async with ocsp_responder() as opened:
        yield opened
