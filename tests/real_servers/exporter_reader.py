"""What the exporter itself reads and says of a server."""

from __future__ import annotations

from ocsp_staple_exporter.model import (
    Endpoint,
    Module,
    Observation,
    Reason,
    TLSVersion,
    Verdict,
)
from ocsp_staple_exporter.probe import Prober
from tests.real_servers.openssl_reader import Reading


async def observe(port: int, server_name: str, module: Module) -> Observation:
    """One probe, as the schedule makes it. Raises ConnectionError when it read no handshake."""
    endpoint = Endpoint(target=server_name, host="127.0.0.1", port=port, server_name=server_name, module=module)
    outcome = (await Prober(trust_anchors=()).probe(endpoint)).outcome
    if not isinstance(outcome, Observation):
        raise ConnectionError(f"{outcome.reason}: {outcome.detail}")
    return outcome


async def read_with_exporter(
    host: str, port: int, server_name: str, *, tls_version: TLSVersion | None = None
) -> Reading:
    """What `read_with_openssl` reads, by the exporter's own client."""
    assert host == "127.0.0.1"
    versions = frozenset(TLSVersion) if tls_version is None else frozenset({tls_version})
    seen = await observe(port, server_name, Module(tls_versions=tuple(versions), staple_retries=0))
    return Reading(seen.handshake.chain, seen.handshake.staple)


def errors(seen: Observation) -> set[Reason]:
    return {error.reason for error in seen.assessment.errors}


def warnings(seen: Observation) -> set[Reason]:
    return {warning.reason for warning in seen.assessment.warnings}


def verdict(seen: Observation) -> Verdict:
    assert isinstance(seen.assessment, Verdict), "no staple came"
    return seen.assessment
