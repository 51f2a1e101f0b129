"""Ends of a conversation that are neither a handshake nor a plain failure of the host."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
from datetime import timedelta

import pytest

from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake, Terms
from ocsp_staple_exporter.model import (
    Endpoint,
    Module,
    Observation,
    ProbeError,
    ProbeFailure,
    ProbeResult,
    TLSVersion,
)
from ocsp_staple_exporter.probe import Prober, connecting, prober
from ocsp_staple_exporter.probe.carrier import Carrier
from ocsp_staple_exporter.probe.connecting import both_ends
from ocsp_staple_exporter.probe.failing import PhaseError
from ocsp_staple_exporter.proxies import End
from ocsp_staple_exporter.tls import ClientHandshake
from tests.probe.hosts import host

NO_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER that makes close() a reset."""


async def probe(port: int) -> ProbeResult:
    module = Module(timeout=timedelta(seconds=5))
    endpoint = Endpoint(target="t", host="127.0.0.1", port=port, server_name="host.test", module=module)
    return await Prober(trust_anchors=()).probe(endpoint)


@pytest.mark.parametrize("reset", [False, True], ids=["closes", "resets"])
async def test_a_server_that_turns_us_away_for_want_of_a_certificate_has_shown_its_staple(
    credential: Credential, *, reset: bool
) -> None:
    terms = Terms(versions=frozenset({TLSVersion.TLS_1_2}), request_client_certificate=True)

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = ServerHandshake(lambda _: credential, terms)
        writer.write(server.receive(await reader.read(4096)))
        await reader.read(1)
        if reset:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)

    async with host(refuse) as port:
        outcome = (await probe(port)).outcome
    assert isinstance(outcome, Observation), outcome
    assert outcome.handshake.staple == b"a staple"
    assert outcome.handshake.finished is False


async def test_a_server_that_completes_has_finished(credential: Credential) -> None:
    terms = Terms(versions=frozenset({TLSVersion.TLS_1_2}), request_client_certificate=True)
    async with serve(lambda: ServerHandshake(lambda _: credential, terms)) as port:
        outcome = (await probe(port)).outcome
    assert isinstance(outcome, Observation)
    assert outcome.handshake.finished


@pytest.mark.parametrize(("length", "echoed"), [(4096, True), (4097, False), (65_430, False)])
async def test_a_cookie_is_echoed_up_to_a_limit(credential: Credential, length: int, *, echoed: bool) -> None:
    terms = Terms(cookie=b"x" * length)
    async with serve(lambda: ServerHandshake(lambda _: credential, terms)) as port:
        outcome = (await probe(port)).outcome
    if echoed:
        assert isinstance(outcome, Observation), outcome
    else:
        assert isinstance(outcome, ProbeError)
        assert outcome.reason is ProbeFailure.ILLEGAL_PARAMETER
        assert f"a cookie of {length} bytes" in outcome.detail


async def test_without_a_free_descriptor_the_connection_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoSockets:
        SOCK_STREAM = socket.SOCK_STREAM

        @staticmethod
        def socket(*_: object) -> socket.socket:
            raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(connecting, "socket", NoSockets)
    outcome = (await probe(443)).outcome
    assert outcome == ProbeError(ProbeFailure.CONNECT_FAILED, "127.0.0.1: Too many open files")


async def test_a_bug_of_ours_is_raised_at_once_and_not_taken_for_a_silent_host(
    credential: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(ClientHandshake):
        def receive(self, data: bytes) -> bytes:
            if data:
                raise ZeroDivisionError
            return super().receive(data)

    monkeypatch.setattr(prober, "ClientHandshake", Broken)
    async with serve(lambda: ServerHandshake(lambda _: credential)) as port:
        with pytest.raises(ZeroDivisionError):
            await probe(port)


def test_the_ends_of_a_connection_that_was_reset_are_a_failure_with_a_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as ours:
        peer, _ = listener.accept()
        assert both_ends(ours) == (End(*ours.getsockname()), End(*peer.getsockname()))
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        peer.close()
        with pytest.raises(ConnectionResetError):
            ours.recv(1)
        with pytest.raises(PhaseError) as failed:
            both_ends(ours)
    assert failed.value.reason is ProbeFailure.CONNECTION_RESET


async def test_a_reset_before_the_first_look_is_a_reset_and_no_failure_to_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def reset(_carrier: Carrier, _sockaddr: object) -> None:
        raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))

    monkeypatch.setattr(Carrier, "connect", reset)
    outcome = (await probe(1)).outcome
    assert isinstance(outcome, ProbeError)
    assert (outcome.reason, outcome.detail) == (ProbeFailure.CONNECTION_RESET, "Connection reset by peer")
