"""Faults over a real connection: the probe ends with the reason, before its deadline, and the exporter goes on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.faults import FAULTS, Drip, Fault, serve_fault
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.lab.tls_server import Credential
from ocsp_staple_exporter.model import Endpoint, Module, Observation, ProbeError, ProbeFailure, ProbeResult
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.tls.records import LARGEST_FLIGHT
from tests.faults.meeting import shown_in
from tests.faults.test_faults import KEYS_DIFFER

KERNEL_BUFFERS = 16 << 20
"""Bytes that two sockets of loopback may hold beyond what the exporter takes."""

LOUD = [name for name, fault in FAULTS.items() if fault.ending.reason is not ProbeFailure.HANDSHAKE_TIMEOUT]
SILENT = [name for name in FAULTS if name not in LOUD]
ENDLESS = [
    "tls13:Certificate:endless_warnings",
    "tls13:Certificate:endless_tickets",
    "tls11:CertificateStatus:endless_hello_requests",
]


@pytest.fixture(scope="module")
def credential() -> Credential:
    now = datetime.now(UTC)
    issuer = Authority.root(now=now).issue_authority()
    leaf = issuer.issue_leaf("fault.test", ocsp_urls=["http://ocsp.fault.test/"])
    return Credential(leaf.chain, leaf.key, staple(leaf, issuer, now=now))


async def probe(port: int, seconds: float, prober: Prober | None = None) -> ProbeResult:
    module = Module(timeout=timedelta(seconds=seconds), staple_retries=0)
    endpoint = Endpoint(target="ill", host="127.0.0.1", port=port, server_name="fault.test", module=module)
    return await (prober or Prober(trust_anchors=())).probe(endpoint)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def failure(result: ProbeResult, fault: Fault) -> ProbeError:
    assert isinstance(result.outcome, ProbeError), result.outcome
    assert result.outcome.reason is fault.ending.reason, result.outcome
    return result.outcome


async def met(prober: Prober, name: str, seconds: float) -> str:
    """What is wrong with how one fault ended; empty where nothing is."""
    fault = FAULTS[name]
    async with serve_fault(fault, shown_in(fault)) as encounters:
        result = await probe(encounters.port, seconds, prober)
        async with asyncio.timeout(20):
            await encounters.ended.wait()
    outcome, ending = result.outcome, fault.ending
    if isinstance(outcome, Observation):
        return "" if ending.reason is None else f"{name} was read"
    if outcome.reason is not ending.reason or ending.detail not in outcome.detail:
        return f"{name}: {outcome}"
    if ending.alert not in encounters.alerts and "endless" not in name and name not in KEYS_DIFFER:
        return f"{name}: the server heard {encounters.alerts} for {ending.alert}"
    return ""


async def test_every_fault_ends_the_probe_before_its_deadline_and_the_prober_goes_on() -> None:
    prober = Prober(trust_anchors=())
    assert [wrong for name in LOUD if (wrong := await met(prober, name, 20))] == []


async def test_a_server_that_falls_silent_is_left_at_the_deadline() -> None:
    prober = Prober(trust_anchors=())
    wrong = await asyncio.gather(*(met(prober, name, 1.0) for name in SILENT))
    assert [one for one in wrong if one] == []


async def test_a_server_that_drips_is_left_at_the_deadline_and_read_where_it_drips_fast(credential: Credential) -> None:
    sound = next(fault for fault in FAULTS.values() if fault.ending.reason is None)
    async with serve_fault(sound, credential, Drip(1, 1.0)) as encounters:
        result = await probe(encounters.port, 1.5)
    assert isinstance(result.outcome, ProbeError)
    assert result.outcome.reason is ProbeFailure.HANDSHAKE_TIMEOUT
    assert 0 < encounters.sent < 5
    async with serve_fault(sound, credential, Drip(64, 0.0)) as encounters:
        assert isinstance((await probe(encounters.port, 20)).outcome, Observation)


@pytest.mark.parametrize("name", ENDLESS)
async def test_a_server_without_an_end_is_not_listened_to_for_long(name: str, credential: Credential) -> None:
    fault = FAULTS[name]
    async with serve_fault(fault, credential) as encounters:
        failure(await probe(encounters.port, 20), fault)
    assert encounters.sent < LARGEST_FLIGHT + KERNEL_BUFFERS


async def test_after_all_of_that_nothing_is_left_open(credential: Credential) -> None:
    before = open_descriptors()
    for name in LOUD[:8]:
        async with serve_fault(FAULTS[name], credential) as encounters:
            await probe(encounters.port, 20)
    await asyncio.sleep(0)
    assert open_descriptors() <= before + 1
