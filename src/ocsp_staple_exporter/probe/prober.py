"""Runs the phases of a probe under one deadline.

Each step is a named phase with its own duration, and one deadline bounds them all.
Whatever a host does becomes a `ProbeResult`; an exception out of here is a bug of ours.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter

from ocsp_staple_exporter.model import (
    Endpoint,
    Handshake,
    HandshakeError,
    Observation,
    PeerError,
    Phase,
    ProbeError,
    ProbeFailure,
    ProbeResult,
)
from ocsp_staple_exporter.probe.carrier import Carrier
from ocsp_staple_exporter.probe.connecting import connected
from ocsp_staple_exporter.probe.failing import PhaseError, explain
from ocsp_staple_exporter.probe.judging import judge_handshake
from ocsp_staple_exporter.resolver import Address, Resolver
from ocsp_staple_exporter.tls import ClientHandshake

TIMED_OUT = {
    Phase.RESOLVE: ProbeFailure.RESOLVE_TIMEOUT,
    Phase.CONNECT: ProbeFailure.CONNECT_TIMEOUT,
    Phase.HANDSHAKE: ProbeFailure.HANDSHAKE_TIMEOUT,
}


def system_trust_anchors() -> tuple[bytes, ...]:
    """The certificates (DER) that this machine trusts, where OpenSSL would look for them; empty without any."""
    return tuple(ssl.create_default_context().get_ca_certs(binary_form=True))


class _Stopwatch:
    """Seconds per phase; the phase that fails keeps what it took until then."""

    def __init__(self) -> None:
        self.seconds: dict[Phase, float] = {}
        self.phase = Phase.RESOLVE
        self._began = perf_counter()

    def begin(self, phase: Phase) -> None:
        """End the current phase and begin the next."""
        self.end()
        self.phase = phase

    def end(self) -> None:
        now = perf_counter()
        self.seconds[self.phase] = now - self._began
        self._began = now


class Prober:
    """Probes endpoints with one resolver, one clock and the machine's trust anchors."""

    def __init__(
        self,
        resolver: Resolver | None = None,
        trust_anchors: tuple[bytes, ...] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._resolver = Resolver() if resolver is None else resolver
        self._trust_anchors = system_trust_anchors() if trust_anchors is None else trust_anchors
        self._now = now

    async def probe(
        self, endpoint: Endpoint, *, may_connect: Callable[[str], bool] = lambda _address: True
    ) -> ProbeResult:
        """Handshake with `endpoint` once and judge what it stapled.

        `may_connect` is asked of the IP address before a connection is opened. Raises
        `TooManyQuestionsError` where a stranger's name cannot be looked up now (`resolver.for_a_stranger`).
        """
        started_at = self._now()
        stopwatch = _Stopwatch()
        outcome: Observation | ProbeError
        try:
            async with asyncio.timeout(endpoint.module.timeout.total_seconds()):
                outcome = await self._observe(endpoint, stopwatch, may_connect)
        except TimeoutError as error:
            outcome = ProbeError(TIMED_OUT[stopwatch.phase], _explain_timeout(error, endpoint))
        except PeerError as error:
            outcome = ProbeError(error.reason, error.detail)
        stopwatch.end()
        return ProbeResult(endpoint=endpoint, started_at=started_at, outcome=outcome, durations=stopwatch.seconds)

    async def _observe(
        self, endpoint: Endpoint, stopwatch: _Stopwatch, may_connect: Callable[[str], bool]
    ) -> Observation:
        address = await self._resolve(endpoint)
        if not may_connect(address.ip):
            raise PhaseError(ProbeFailure.ADDRESS_NOT_ALLOWED, f"{address.ip} is not among what may be asked for")
        stopwatch.begin(Phase.CONNECT)
        async with connected(address) as connection:
            stopwatch.begin(Phase.HANDSHAKE)
            with Carrier(connection) as carrier:
                handshake = await _shake_hands(carrier, endpoint)
        stopwatch.begin(Phase.JUDGE)
        anchors = endpoint.module.trust_anchors
        anchors = self._trust_anchors if anchors is None else anchors
        return judge_handshake(endpoint, address.ip, handshake, anchors, self._now())

    async def _resolve(self, endpoint: Endpoint) -> Address:
        """The first address only: a probe that moves on to the next would hide the one that is down."""
        try:
            return (await self._resolver.resolve(endpoint.host, endpoint.port, endpoint.module.ip_family))[0]
        except OSError as error:
            raise PhaseError(ProbeFailure.RESOLVE_FAILED, explain(error)) from error


async def _shake_hands(carrier: Carrier, endpoint: Endpoint) -> Handshake:
    client = ClientHandshake(endpoint.server_name, endpoint.module.tls_versions)
    try:
        await carrier.carry(client)
    except HandshakeError:
        carrier.say_last_words(client.parting_alert)
        raise
    return client.result()


def _explain_timeout(error: TimeoutError, endpoint: Endpoint) -> str:
    """The kernel gives up by itself where nobody answers for long; else it was our deadline."""
    seconds = endpoint.module.timeout.total_seconds()
    return explain(error) if error.errno else f"no answer within {seconds:g} s"
