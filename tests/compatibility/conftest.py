from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.responder import Responder, ocsp_responder


@pytest.fixture(scope="session")
def issuer() -> Authority:
    """Servers judge staples by the clock, so its times lie around the present."""
    return Authority.root(now=datetime.now(UTC)).issue_authority()


@pytest.fixture
async def responder() -> AsyncIterator[Responder]:
    async with ocsp_responder() as opened:
        yield opened
