"""nginx with several workers, each of which fetches its staple when it is first asked for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from ocsp_staple_exporter.diagnosis import State, state_of
from ocsp_staple_exporter.lab.ca import Identity
from ocsp_staple_exporter.lab.nginx import FetchedStaple, VirtualHost, nginx
from ocsp_staple_exporter.lab.process import Server
from ocsp_staple_exporter.lab.responder import Responder, Verbatim, ocsp_responder
from ocsp_staple_exporter.model import Endpoint, Module, Observation, ProbeResult, Reason
from ocsp_staple_exporter.probe import Prober
from tests.real_servers.conftest import PKI
from tests.real_servers.exporter_reader import errors, warnings

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("needs_nginx")]

NAME = "www.example"
WORKERS = 4
PROBES = 50
"""Bound of every wait that consists of probes."""


@dataclass(frozen=True, slots=True)
class Farm:
    """An nginx that has just been started."""

    server: Server
    responder: Responder
    pki: PKI
    leaf: Identity

    async def probe(self, module: Module) -> ProbeResult:
        module = replace(module, trust_anchors=(self.pki.root.der,))
        endpoint = Endpoint(target=NAME, host="127.0.0.1", port=self.server.port, server_name=NAME, module=module)
        return await Prober(trust_anchors=()).probe(endpoint)


@pytest.fixture
async def farm(pki: PKI, tmp_path: Path) -> AsyncIterator[Farm]:
    async with AsyncExitStack() as stack:
        responder = await stack.enter_async_context(ocsp_responder())
        leaf = pki.leaf(NAME, responder.url)
        responder.answer(leaf, pki.issuer)
        host = VirtualHost(server_name=NAME, identities=(leaf,), stapling=FetchedStaple(pki.trusted))
        server = stack.enter_context(nginx([host], tmp_path, workers=WORKERS))
        yield Farm(server, responder, pki, leaf)


def observed(result: ProbeResult) -> Observation:
    assert isinstance(result.outcome, Observation), result.outcome
    return result.outcome


def counts(result: ProbeResult) -> tuple[int, int]:
    """Handshakes with a staple, and without."""
    seen = observed(result)
    return seen.stapled, len(seen.handshakes) - seen.stapled


async def test_the_first_probe_of_cold_workers_finds_nothing_wrong_and_counts_what_it_missed(farm: Farm) -> None:
    patient = Module(staple_retries=2 * WORKERS, staple_retry_delay=timedelta(seconds=0.5))

    result = await farm.probe(patient)

    assert (state_of(result), errors(observed(result)), warnings(observed(result))) == (State.GOOD, set(), set())
    stapled, missed = counts(result)
    assert stapled == 1
    assert 1 <= missed <= 2 * WORKERS


async def test_warm_workers_staple_always(farm: Farm) -> None:
    several = Module(handshakes=8, staple_retries=0)

    for _ in range(PROBES):
        result = await farm.probe(several)
        if counts(result) == (8, 0):
            break

    assert counts(result) == (8, 0)
    assert state_of(result) is State.GOOD
    assert len(farm.responder.requests) <= WORKERS


async def test_a_worker_whose_fetch_failed_makes_it_sometimes(farm: Farm) -> None:
    """It asks again only after 300 s."""
    several = Module(handshakes=16, staple_retries=0)
    farm.responder.answer(farm.leaf, farm.pki.issuer, Verbatim(b"out of order", http_status=500))
    await farm.probe(Module(staple_retries=0))
    await farm.responder.received(1)
    farm.responder.answer(farm.leaf, farm.pki.issuer)

    for _ in range(PROBES):
        if len(farm.responder.requests) == WORKERS and counts(await farm.probe(several))[0] > 0:
            break
        await farm.probe(several)
    results = [await farm.probe(several) for _ in range(5)]

    stapled, missed = (sum(numbers) for numbers in zip(*map(counts, results), strict=True))
    assert stapled > missed > 0
    assert {Reason.STAPLE_MISSING_SOMETIMES} in [warnings(observed(result)) for result in results]
    assert all(state_of(result) in {State.GOOD, State.WARNING} for result in results)
