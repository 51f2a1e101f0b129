"""A server that insists on a hybrid group is asked once more; no other costs more than one connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, RefusedError, ServerHandshake, Terms
from ocsp_staple_exporter.model import (
    Endpoint,
    KeyType,
    Module,
    Observation,
    ProbeError,
    ProbeFailure,
    ProbeResult,
    TLSVersion,
)
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.tls.alerts import Alert
from ocsp_staple_exporter.tls.hybrids import X25519MLKEM768


@pytest.fixture(scope="module")
def credential() -> Credential:
    leaf = Authority.root(now=datetime.now(UTC)).issue_leaf("host.test")
    return Credential(leaf.chain, leaf.key, b"a staple")


async def probe(port: int, *versions: TLSVersion, key_type: KeyType | None = None) -> ProbeResult:
    module = Module(timeout=timedelta(seconds=5), tls_versions=versions)
    endpoint = Endpoint(target="t", host="127.0.0.1", port=port, server_name="host.test", module=module)
    endpoint = replace(endpoint, key_type=key_type)
    return await Prober(trust_anchors=()).probe(endpoint)


@asynccontextmanager
async def counted(accept: Callable[[], ServerHandshake]) -> AsyncIterator[tuple[int, list[None]]]:
    """The port, and an entry for every connection."""
    connections: list[None] = []

    def accept_and_count() -> ServerHandshake:
        connections.append(None)
        return accept()

    async with serve(accept_and_count) as port:
        yield port, connections


async def test_one_that_insists_is_read_on_a_second_connection(credential: Credential) -> None:
    terms = Terms(groups=(X25519MLKEM768,))
    async with counted(lambda: ServerHandshake(lambda _: credential, terms)) as (port, connections):
        outcome = (await probe(port)).outcome
    assert isinstance(outcome, Observation), outcome
    assert (outcome.handshake.group, outcome.handshake.staple) == ("X25519MLKEM768", b"a staple")
    assert len(connections) == 2


@pytest.mark.parametrize(
    ("alert", "versions", "expected"),
    [
        (Alert.HANDSHAKE_FAILURE, (), 2),
        (Alert.INSUFFICIENT_SECURITY, (), 2),
        (Alert.UNRECOGNIZED_NAME, (), 1),
        (Alert.HANDSHAKE_FAILURE, (TLSVersion.TLS_1_2,), 1),
    ],
)
async def test_one_that_refuses_again_is_told_by_its_first_refusal(
    alert: Alert, versions: tuple[TLSVersion, ...], expected: int
) -> None:
    def refuse(_name: str | None) -> Credential:
        raise RefusedError(alert)

    async with counted(lambda: ServerHandshake(refuse)) as (port, connections):
        outcome = (await probe(port, *versions)).outcome
    assert isinstance(outcome, ProbeError)
    assert outcome.reason is ProbeFailure.ALERT_RECEIVED
    assert f"({alert.value}) before ServerHello" in outcome.detail
    assert len(connections) == expected


async def test_one_that_is_asked_for_a_kind_of_key_costs_one_connection_whatever_it_insists_on(
    credential: Credential,
) -> None:
    terms = Terms(groups=(X25519MLKEM768,))
    async with counted(lambda: ServerHandshake(lambda _: credential, terms)) as (port, connections):
        outcome = (await probe(port, key_type=KeyType.ECDSA)).outcome
        assert isinstance(outcome, Observation), outcome
        assert outcome.handshake.group == "X25519MLKEM768"
        assert len(connections) == 1

        refused = (await probe(port, key_type=KeyType.ED448)).outcome
    assert isinstance(refused, ProbeError)
    assert refused.reason is ProbeFailure.ALERT_RECEIVED
    assert len(connections) == 2


async def test_one_that_is_content_with_a_curve_costs_one_connection(credential: Credential) -> None:
    async with counted(lambda: ServerHandshake(lambda _: credential)) as (port, connections):
        outcome = (await probe(port)).outcome
    assert isinstance(outcome, Observation)
    assert outcome.handshake.group == "x25519"
    assert len(connections) == 1
