from __future__ import annotations

import asyncio

import pytest

from ocsp_staple_exporter.lab.hosts import laboratory
from ocsp_staple_exporter.model import ProbeResult
from ocsp_staple_exporter.probe import Prober
from tests.exposition.made_results import NOW


async def _probe_the_laboratory() -> dict[str, ProbeResult]:
    prober = Prober(trust_anchors=(), now=lambda: NOW)
    async with laboratory(lambda: NOW) as lab:
        results = await asyncio.gather(*map(prober.probe, lab.endpoints))
    return {result.endpoint.target: result for result in results}


@pytest.fixture(scope="session")
def lab_results() -> dict[str, ProbeResult]:
    """What a real prober saw of each host of the laboratory, by target."""
    return asyncio.run(_probe_the_laboratory())
