from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.tls_server import Credential


@pytest.fixture(scope="session")
def credential() -> Credential:
    leaf = Authority.root(now=datetime.now(UTC)).issue_leaf("host.test")
    return Credential(leaf.chain, leaf.key, b"a staple")
