"""Runs the phases of a probe under one deadline.

Each step is a named phase with its own duration, and one deadline bounds them all.
Whatever a host does becomes a `ProbeResult`; an exception out of here is a bug of ours.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from functools import partial

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
    TLSVersion,
)
from ocsp_staple_exporter.probe.approach import approach
from ocsp_staple_exporter.probe.carrier import Carrier
from ocsp_staple_exporter.probe.connecting import connect, open_socket
from ocsp_staple_exporter.probe.doors import Apart, Doors
from ocsp_staple_exporter.probe.failing import PhaseError, blaming, explain, forget_frames, the_proxy
from ocsp_staple_exporter.probe.judging import judge_handshake
from ocsp_staple_exporter.probe.refusals import Refusals
from ocsp_staple_exporter.probe.rounds import Sitting
from ocsp_staple_exporter.probe.routing import MayConnect, Route, find_route
from ocsp_staple_exporter.probe.stopwatch import Stopwatch
from ocsp_staple_exporter.resolver import Resolver
from ocsp_staple_exporter.starttls import FAREWELLS, injected
from ocsp_staple_exporter.tls import CURVES, EVERY_GROUP, EVERY_VERSION, ClientHandshake, Group, may_want_hybrid

OF_THE_PROXY = frozenset({ProbeFailure.PROXY_UNREACHABLE, ProbeFailure.PROXY_TIMEOUT})


def system_trust_anchors() -> tuple[bytes, ...]:
    """The certificates (DER) that this machine trusts, where OpenSSL would look for them; empty without any."""
    return tuple(ssl.create_default_context().get_ca_certs(binary_form=True))


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
        self._refusals = Refusals()
        self.doors = Doors()
        """How many probes may be at one address together; waiting there takes nothing from a probe's timeout."""

    async def probe(
        self, endpoint: Endpoint, *, may_connect: MayConnect = lambda _host: True, apart: Apart = nullcontext
    ) -> ProbeResult:
        """Handshake with `endpoint`, as often as its module says, and judge what it stapled.

        `may_connect` is asked of the host's IP address before a connection is opened, and of its name where
        a proxy resolves that. Who counts how many probes are under way is told `apart` of one that waits at the
        address for others. Raises `TooManyQuestionsError` where a stranger's name cannot be looked up now
        (`resolver.for_a_stranger`).
        """
        started_at = self._now()
        stopwatch = Stopwatch()
        sitting = Sitting(endpoint, stopwatch)
        deadline = asyncio.get_running_loop().time() + endpoint.module.timeout.total_seconds()
        outcome: Observation | ProbeError
        try:
            async with asyncio.timeout_at(deadline) as bound:
                route = await find_route(self._resolver, endpoint, may_connect, stopwatch)
                deadline += await self._enter(route.first.ip, bound, stopwatch, apart)
                try:
                    outcome = await sitting.shake_hands(partial(self._observe, endpoint, route, stopwatch), deadline)
                finally:
                    self.doors.leave(route.first.ip)
        except TimeoutError as error:
            outcome = sitting.outcome or _timed_out(error, endpoint, stopwatch)
        except PeerError as error:
            outcome = ProbeError(error.reason, error.detail)
            forget_frames(error)
        stopwatch.end()
        return ProbeResult(endpoint=endpoint, started_at=started_at, outcome=outcome, durations=stopwatch.seconds)

    async def _enter(self, ip: str, bound: asyncio.Timeout, stopwatch: Stopwatch, apart: Apart) -> float:
        """Wait for room at the address, by so many seconds longer than `bound` would allow."""
        if self.doors.try_enter(ip):
            return 0.0
        now, until = asyncio.get_running_loop().time, bound.when()
        began = now()
        stopwatch.begin(Phase.WAIT)
        bound.reschedule(None)
        entered = False
        try:
            async with apart():
                await self.doors.enter(ip)
                entered = True
        except BaseException:
            if entered:  # called away on the way back
                self.doors.leave(ip)
            raise
        waited = now() - began
        if until is not None:
            bound.reschedule(until + waited)
        return waited

    async def _observe(self, endpoint: Endpoint, route: Route, stopwatch: Stopwatch) -> Observation:
        """One handshake on a connection of its own. Raises PeerError."""
        try:
            handshake = await self._read_handshake(endpoint, route, stopwatch)
        except TimeoutError as error:  # the kernel gives up by itself; our deadline comes as a cancellation
            failed = _timed_out(error, endpoint, stopwatch)
            raise PhaseError(failed.reason, failed.detail) from error
        stopwatch.begin(Phase.JUDGE)
        anchors = endpoint.module.trust_anchors
        anchors = self._trust_anchors if anchors is None else anchors
        return judge_handshake(endpoint, route.address, handshake, anchors, self._now())

    async def _read_handshake(self, endpoint: Endpoint, route: Route, stopwatch: Stopwatch) -> Handshake:
        """Raises PeerError; a server that may have refused for want of a hybrid group is offered them before that."""
        try:
            return await self._connect_and_read(endpoint, route, stopwatch, CURVES)
        except HandshakeError as refusal:
            hopeless = not may_want_hybrid(refusal) or TLSVersion.TLS_1_3 not in _versions(endpoint)
            if hopeless or self._refusals.knows(endpoint):
                raise
            try:
                handshake = await self._connect_and_read(endpoint, route, stopwatch, EVERY_GROUP)
            except HandshakeError as again:
                if may_want_hybrid(again):
                    self._refusals.note(endpoint)
                raise refusal from None
            except PeerError:
                raise refusal from None
            forget_frames(refusal)
            return handshake

    async def _connect_and_read(
        self, endpoint: Endpoint, route: Route, stopwatch: Stopwatch, groups: tuple[Group, ...]
    ) -> Handshake:
        proxy = endpoint.module.proxy
        stopwatch.begin(Phase.CONNECT, ProbeFailure.PROXY_UNREACHABLE if proxy else None)
        with blaming(proxy):
            connection = open_socket(route.first, endpoint.module.source_address)
        with closing(connection), Carrier(connection) as carrier:
            with blaming(proxy):
                await connect(carrier, route.first)
            unread = await approach(carrier, connection, endpoint, route, stopwatch)
            stopwatch.begin(Phase.HANDSHAKE)
            return await _shake_hands(carrier, endpoint, unread, groups)


def _versions(endpoint: Endpoint) -> frozenset[TLSVersion]:
    return endpoint.offered_versions or EVERY_VERSION


async def _shake_hands(carrier: Carrier, endpoint: Endpoint, already: bytes, groups: tuple[Group, ...]) -> Handshake:
    protocol = endpoint.module.starttls
    client = ClientHandshake(
        endpoint.server_name,
        _versions(endpoint),
        endpoint.key_type,
        groups,
        farewell=b"" if protocol is None else FAREWELLS.get(protocol, b""),
    )
    try:
        await carrier.carry_to_the_end(client, already)
    except HandshakeError as error:
        carrier.say_last_words(client.parting_alert)
        if error.reason is ProbeFailure.NOT_TLS and protocol is not None:
            raise injected(f"after the word that TLS may begin, {error.detail}") from error
        raise
    return client.result()


def _timed_out(error: TimeoutError, endpoint: Endpoint, stopwatch: Stopwatch) -> ProbeError:
    """The kernel gives up by itself where nobody answers for long; else it was our deadline."""
    seconds = endpoint.module.timeout.total_seconds()
    detail = explain(error) if error.errno else f"no answer within {seconds:g} s"
    proxy = endpoint.module.proxy
    if proxy and stopwatch.timed_out in OF_THE_PROXY:
        detail = f"{the_proxy(proxy)}: {detail}"
    return ProbeError(stopwatch.timed_out, detail)
