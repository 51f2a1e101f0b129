"""One probe: resolve, connect, handshake, judge. The only sockets to watched hosts are here.

Each step is a named phase with its own duration, and one deadline bounds them all.
Whatever a host does becomes a `ProbeResult`; an exception out of here is a bug of ours.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from time import perf_counter

from ocsp_staple_exporter import ocsp
from ocsp_staple_exporter.chain import verify_chain
from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import (
    Absence,
    Certificate,
    Endpoint,
    Handshake,
    HandshakeError,
    Observation,
    Phase,
    ProbeError,
    ProbeFailure,
    ProbeResult,
    Verdict,
)
from ocsp_staple_exporter.resolver import Address, Resolver
from ocsp_staple_exporter.tls import ClientHandshake

READ_BYTES = 65_536
"""Asked of the kernel at once; a whole flight of a server is 2 to 6 kB."""

TIMED_OUT = {
    Phase.RESOLVE: ProbeFailure.RESOLVE_TIMEOUT,
    Phase.CONNECT: ProbeFailure.CONNECT_TIMEOUT,
    Phase.HANDSHAKE: ProbeFailure.HANDSHAKE_TIMEOUT,
}


def system_trust_anchors() -> tuple[bytes, ...]:
    """The certificates (DER) that this machine trusts, where OpenSSL would look for them; empty without any."""
    return tuple(ssl.create_default_context().get_ca_certs(binary_form=True))


class _PhaseError(Exception):
    def __init__(self, reason: ProbeFailure, detail: str) -> None:
        super().__init__(detail)
        self.error = ProbeError(reason, detail)


class _Stopwatch:
    """Seconds per phase; the phase that fails keeps what it took until then."""

    def __init__(self) -> None:
        self.seconds: dict[Phase, float] = {}
        self.current = Phase.RESOLVE

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[None]:
        self.current = phase
        began = perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] = perf_counter() - began


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

    async def probe(self, endpoint: Endpoint) -> ProbeResult:
        """Handshake with `endpoint` once and judge what it stapled."""
        started_at = self._now()
        stopwatch = _Stopwatch()
        outcome: Observation | ProbeError
        try:
            async with asyncio.timeout(endpoint.module.timeout.total_seconds()):
                outcome = await self._observe(endpoint, stopwatch)
        except TimeoutError:
            outcome = ProbeError(TIMED_OUT[stopwatch.current], f"no answer within {endpoint.module.timeout}")
        except _PhaseError as failed:
            outcome = failed.error
        except HandshakeError as error:
            outcome = ProbeError(error.reason, error.detail)
        return ProbeResult(endpoint=endpoint, started_at=started_at, outcome=outcome, durations=stopwatch.seconds)

    async def _observe(self, endpoint: Endpoint, stopwatch: _Stopwatch) -> Observation:
        with stopwatch.phase(Phase.RESOLVE):
            address = await self._resolve(endpoint)
        with closing(socket.socket(address.family, socket.SOCK_STREAM)) as connection:
            with stopwatch.phase(Phase.CONNECT):
                await _connect(connection, address)
            with stopwatch.phase(Phase.HANDSHAKE):
                handshake = await _shake_hands(connection, endpoint)
        with stopwatch.phase(Phase.JUDGE):
            return self._judge(endpoint, address, handshake)

    async def _resolve(self, endpoint: Endpoint) -> Address:
        """The first address only: a probe that moves on to the next would hide the one that is down."""
        try:
            return (await self._resolver.resolve(endpoint.host, endpoint.port, endpoint.module.ip_family))[0]
        except OSError as error:
            raise _PhaseError(ProbeFailure.RESOLVE_FAILED, _explain(error)) from error

    def _judge(self, endpoint: Endpoint, address: Address, handshake: Handshake) -> Observation:
        now, module = self._now(), endpoint.module
        certificate = ocsp.read_certificate(handshake.leaf)
        if not isinstance(certificate, Certificate):
            raise _PhaseError(ProbeFailure.CERTIFICATE_UNREADABLE, certificate.detail)
        candidates = handshake.chain[1:] + module.issuers
        issuer = ocsp.read_issuer(handshake.leaf, candidates)
        assessment: Verdict | Absence
        if handshake.staple is None:
            assessment = ocsp.judge_absence(certificate, module.staple, issuer=issuer)
        else:
            assessment = ocsp.judge(handshake.staple, handshake.leaf, candidates, now, clock_skew=module.clock_skew)
        anchors = self._trust_anchors if module.trust_anchors is None else module.trust_anchors
        return Observation(
            address=address.ip,
            handshake=handshake,
            certificate=certificate,
            staple_expected=ocsp.staple_expected(certificate, module.staple, issuer=issuer),
            assessment=assessment,
            chain=verify_chain(handshake.chain, endpoint.server_name or endpoint.host, anchors, now),
        )


async def _connect(connection: socket.socket, address: Address) -> None:
    connection.settimeout(0)  # non-blocking
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(connection, address.sockaddr)
    except ConnectionRefusedError as error:
        raise _PhaseError(ProbeFailure.CONNECT_REFUSED, f"{address.ip} refused the connection") from error
    except TimeoutError:
        raise
    except OSError as error:
        raise _PhaseError(ProbeFailure.CONNECT_FAILED, f"{address.ip}: {_explain(error)}") from error


async def _shake_hands(connection: socket.socket, endpoint: Endpoint) -> Handshake:
    client = ClientHandshake(endpoint.server_name, endpoint.module.tls_versions)
    try:
        handshake, farewell = await _converse(connection, client)
    except TimeoutError:
        raise
    except OSError as error:
        raise _PhaseError(ProbeFailure.CONNECTION_RESET, _explain(error)) from error
    except HandshakeError:
        _say_last_words(connection, client.parting_alert)
        raise
    _say_last_words(connection, farewell)
    return handshake


async def _converse(connection: socket.socket, client: ClientHandshake) -> tuple[Handshake, bytes]:
    """Carry bytes to and fro until the handshake is complete; what is still to be sent comes with it."""
    loop = asyncio.get_running_loop()
    to_send = client.receive(b"")
    while client.handshake is None:
        if to_send:
            await loop.sock_sendall(connection, to_send)
            to_send = b""
        received = await loop.sock_recv(connection, READ_BYTES)
        if received:
            to_send = client.receive(received)
        else:
            client.receive_eof()
    return client.handshake, to_send


def _say_last_words(connection: socket.socket, words: bytes) -> None:
    """Finished and close_notify, or an alert: short enough for the socket's buffer, and nobody waits for them."""
    with suppress(OSError):
        connection.send(words)


def _explain(error: OSError) -> str:
    return printable(error.strerror or str(error) or type(error).__name__)
