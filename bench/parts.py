"""The parts of a probe, one by one in this process."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bench.lab import Lab
from bench.report import Figures
from ocsp_staple_exporter.exposition import Exposition
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import (
    Certificate,
    ChainVerdict,
    Endpoint,
    Handshake,
    Module,
    Observation,
    Phase,
    ProbeResult,
)
from ocsp_staple_exporter.ocsp import judge, read_certificate
from ocsp_staple_exporter.results import Results
from ocsp_staple_exporter.tls import ClientHandshake

ROUNDS = 5


def measure(lab: Lab) -> Figures:
    """Medians of some rounds by turns."""
    rounds = [{name: part() for name, part in _parts(lab).items()} for _ in range(ROUNDS)]
    return {name: {"cpu_us": statistics.median(figures[name] for figures in rounds)} for name in rounds[0]}


def _parts(lab: Lab) -> Mapping[str, Callable[[], float]]:
    handshake = _shake_hands(lab)
    assert handshake.staple == lab.staple
    result = _result(lab, handshake)
    return {
        "judge, staple and responder never seen": lambda: _judge_unseen_responder(lab),
        "judge, staple never seen": lambda: _judge_unseen(lab),
        "judge, staple seen before": lambda: _cpu(lambda: _judge(lab, handshake), 1000),
        "publish, nothing new": lambda: _publish(result),
    }


def _cpu(operation: Callable[[], object], times: int) -> float:
    operation()
    began = time.process_time()
    for _ in range(times):
        operation()
    return (time.process_time() - began) / times * 1e6


def _shake_hands(lab: Lab) -> Handshake:
    client = ClientHandshake(lab.server_name)
    with closing(socket.create_connection(("127.0.0.1", lab.port))) as connection:
        to_send = client.receive(b"")
        while client.handshake is None:
            if to_send:
                connection.sendall(to_send)
            to_send = client.receive(connection.recv(65536))
        connection.sendall(to_send)
    return client.handshake


def _judge(lab: Lab, handshake: Handshake) -> None:
    # Copies, as each handshake brings its own.
    chain = [bytes(bytearray(certificate)) for certificate in handshake.chain]
    verdict = judge(bytes(bytearray(lab.staple)), chain[0], chain[1:], datetime.now(UTC))
    assert verdict.verified


def _judge_unseen(lab: Lab) -> float:
    """Leaf, issuer and responder are known, the staple is new: what a refresh costs."""
    now = datetime.now(UTC)
    responder = lab.issuer.issue_responder()
    began_at = [now - timedelta(minutes=minute) for minute in range(100)]
    staples = iter([staple(lab.leaf, lab.issuer, now=now, responder=responder, this_update=at) for at in began_at])
    chain = lab.leaf.chain
    return _cpu(lambda: judge(next(staples), chain[0], chain[1:], now), len(began_at) - 1)


def _judge_unseen_responder(lab: Lab) -> float:
    """Leaf and issuer are known, the staple comes with a new responder's certificate: two signatures to verify."""
    now = datetime.now(UTC)
    responders = [lab.issuer.issue_responder() for _ in range(100)]
    staples = iter([staple(lab.leaf, lab.issuer, now=now, responder=responder) for responder in responders])
    chain = lab.leaf.chain
    return _cpu(lambda: judge(next(staples), chain[0], chain[1:], now), len(responders) - 1)


def _result(lab: Lab, handshake: Handshake) -> ProbeResult:
    now = datetime.now(UTC)
    certificate = read_certificate(handshake.leaf)
    assert isinstance(certificate, Certificate)
    observation = Observation(
        address="127.0.0.1",
        handshake=handshake,
        certificate=certificate,
        staple_expected=True,
        judged_at=now,
        assessment=judge(lab.staple, handshake.leaf, handshake.chain[1:], now),
        chain=ChainVerdict(verified=True, detail=""),
    )
    durations = dict.fromkeys(Phase, 0.000123456)
    return ProbeResult(endpoint=_endpoint(0), started_at=now, outcome=observation, durations=durations)


def _endpoint(number: int) -> Endpoint:
    name = f"www-{number}.bench.test"
    return Endpoint(target=f"{name}:443", host=name, port=443, server_name=name, module=Module())


def _publish(result: ProbeResult) -> float:
    results = Results([result.endpoint])
    results.subscribe(Exposition())
    return _cpu(lambda: results.publish(replace(result, started_at=datetime.now(UTC))), 1000)
