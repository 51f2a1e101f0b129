"""A server that insists on a hybrid group is asked once more; no other costs more than one connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

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
from ocsp_staple_exporter.probe import Prober, refusals
from ocsp_staple_exporter.probe.refusals import Refusals
from ocsp_staple_exporter.tls.alerts import Alert
from ocsp_staple_exporter.tls.groups import GROUPS
from ocsp_staple_exporter.tls.hybrids import X25519MLKEM768
from tests.exposition import made_results as made


async def probe(
    port: int, *versions: TLSVersion, key_type: KeyType | None = None, by: Prober | None = None
) -> ProbeResult:
    module = Module(timeout=timedelta(seconds=5), tls_versions=versions)
    endpoint = Endpoint(target="t", host="127.0.0.1", port=port, server_name="host.test", module=module)
    endpoint = replace(endpoint, key_type=key_type)
    return await (by or Prober(trust_anchors=())).probe(endpoint)


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


async def test_one_that_lacks_the_kind_of_key_costs_a_second_connection_once(
    credential: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    prober = Prober(trust_anchors=())

    async def refused() -> int:
        """Connections so far."""
        outcome = (await probe(port, key_type=KeyType.ED448, by=prober)).outcome
        assert isinstance(outcome, ProbeError)
        assert outcome.reason is ProbeFailure.ALERT_RECEIVED
        return len(connections)

    async with counted(lambda: ServerHandshake(lambda _: credential)) as (port, connections):
        assert [await refused() for _ in range(3)] == [2, 3, 4]
        monkeypatch.setattr(refusals, "REMEMBERED_SECONDS", 0.0)
        assert isinstance((await probe(port, key_type=KeyType.ECDSA, by=prober)).outcome, Observation)
        again = Prober(trust_anchors=())
        for expected in (2, 4):  # each time anew, where nothing is remembered
            connections.clear()
            for _ in range(expected // 2):
                await probe(port, key_type=KeyType.ED448, by=again)
            assert len(connections) == expected


async def test_the_refusals_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST_REMEMBERED", 2)
    known, hosts = Refusals(), [made.part(f"{name}.example", key_type=KeyType.RSA) for name in "abc"]
    for host in hosts:
        known.note(host)
    assert [known.knows(host) for host in hosts] == [False, False, True]


async def test_what_is_remembered_is_of_that_endpoint_and_of_the_kind_of_key_that_it_is_asked_for() -> None:
    """A server that refuses for another reason may be mended any moment."""
    known, host = Refusals(), made.part("a.example", key_type=KeyType.RSA)
    known.note(host)
    known.note(made.endpoint("a.example"))
    others = [
        made.endpoint("a.example"),
        replace(host, port=host.port + 1),
        replace(host, module=replace(host.module, timeout=2 * host.module.timeout)),
    ]
    assert known.knows(host)
    assert not [other for other in others if known.knows(other)]


async def test_one_that_insists_is_offered_hybrid_groups_in_every_probe(credential: Credential) -> None:
    terms, prober = Terms(groups=(X25519MLKEM768,)), Prober(trust_anchors=())
    async with counted(lambda: ServerHandshake(lambda _: credential, terms)) as (port, connections):
        for probes in (1, 2):
            outcome = (await probe(port, key_type=KeyType.ECDSA, by=prober)).outcome
            assert isinstance(outcome, Observation), outcome
            assert (outcome.handshake.group, len(connections)) == ("X25519MLKEM768", 2 * probes)


async def test_one_that_only_prefers_a_hybrid_group_needs_no_second_round_trip(credential: Credential) -> None:
    """The hello names none, so the server has nothing to ask for (RFC 8446 §4.1.4)."""
    terms = Terms(groups=(X25519MLKEM768, *GROUPS.values()))
    async with counted(lambda: ServerHandshake(lambda _: credential, terms)) as (port, connections):
        outcome = (await probe(port, key_type=KeyType.ECDSA)).outcome
    assert isinstance(outcome, Observation), outcome
    assert (outcome.handshake.group, len(connections)) == ("x25519", 1)


async def test_one_that_is_content_with_a_curve_costs_one_connection(credential: Credential) -> None:
    async with counted(lambda: ServerHandshake(lambda _: credential)) as (port, connections):
        outcome = (await probe(port)).outcome
    assert isinstance(outcome, Observation)
    assert outcome.handshake.group == "x25519"
    assert len(connections) == 1
