from __future__ import annotations

import pytest

from ocsp_staple_exporter.lab import alertmanager
from tests.real_servers.conftest import needs_prometheus, require

__all__ = ["needs_prometheus"]


@pytest.fixture(scope="session")
def needs_alertmanager() -> None:
    require(alertmanager.PROGRAM, alertmanager.PACKAGE)
