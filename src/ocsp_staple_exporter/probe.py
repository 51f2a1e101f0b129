"""One probe: resolve, connect, handshake, judge. The only sockets to watched hosts are here.

Each step is a named phase with its own duration, and one deadline bounds them all.
Whatever a host does becomes a `ProbeResult`; an exception out of here is a bug of ours.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from time import perf_counter

from ocsp_staple_exporter import ocsp
from ocsp_staple_exporter.chain import verify_chain
from ocsp_staple_exporter.explained import issuer_candidates
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
        except _PhaseError as failed:
            outcome = failed.error
        except HandshakeError as error:
            outcome = ProbeError(error.reason, error.detail)
        stopwatch.end()
        return ProbeResult(endpoint=endpoint, started_at=started_at, outcome=outcome, durations=stopwatch.seconds)

    async def _observe(
        self, endpoint: Endpoint, stopwatch: _Stopwatch, may_connect: Callable[[str], bool]
    ) -> Observation:
        address = await self._resolve(endpoint)
        if not may_connect(address.ip):
            raise _PhaseError(ProbeFailure.ADDRESS_NOT_ALLOWED, f"{address.ip} is not among what may be asked for")
        stopwatch.begin(Phase.CONNECT)
        with closing(_open_socket(address)) as connection:
            await _connect(connection, address)
            stopwatch.begin(Phase.HANDSHAKE)
            handshake = await _shake_hands(connection, endpoint)
        stopwatch.begin(Phase.JUDGE)
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
        candidates = issuer_candidates(endpoint, handshake)
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
            judged_at=now,
            staple_expected=ocsp.staple_expected(certificate, module.staple, issuer=issuer),
            assessment=assessment,
            chain=verify_chain(handshake.chain, endpoint.server_name or endpoint.host, anchors, now),
        )


def _open_socket(address: Address) -> socket.socket:
    try:
        connection = socket.socket(address.family, socket.SOCK_STREAM)
    except OSError as error:  # no descriptor left, or an address family that this machine has not
        raise _PhaseError(ProbeFailure.CONNECT_FAILED, f"{address.ip}: {_explain(error)}") from error
    connection.settimeout(0)  # non-blocking
    return connection


async def _connect(connection: socket.socket, address: Address) -> None:
    try:
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
        return await _Conversation(connection, client).handshake()
    except TimeoutError:
        raise
    except OSError as error:
        raise _PhaseError(ProbeFailure.CONNECTION_RESET, _explain(error)) from error
    except HandshakeError:
        _say_last_words(connection, client.parting_alert)
        raise


class _Conversation:
    """Carries bytes between a connected socket and a client until its handshake is complete.

    The event loop is told of the socket once. `loop.sock_recv` tells it anew for every
    read, which costs 60 us of CPU more for each probe.
    """

    def __init__(self, connection: socket.socket, client: ClientHandshake) -> None:
        self._connection = connection
        self._client = client
        self._end = asyncio.get_running_loop().create_future()

    async def handshake(self) -> Handshake:
        """Raises OSError and HandshakeError."""
        loop, descriptor = asyncio.get_running_loop(), self._connection.fileno()
        self._send(self._client.receive(b""))
        loop.add_reader(descriptor, self._readable)
        try:
            handshake: Handshake = await self._end
        finally:
            loop.remove_reader(descriptor)
        return handshake

    def _readable(self) -> None:
        if self._end.done():
            return
        try:
            self._take(self._receive())
        except BlockingIOError:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, `handshake` raises it instead of waiting on
            self._end.set_exception(error)

    def _receive(self) -> bytes:
        """No bytes at the end of the connection, also where a reset ends it after everything was shown."""
        try:
            return self._connection.recv(READ_BYTES)
        except ConnectionResetError as reset:
            with suppress(HandshakeError):
                self._client.receive_eof()
            if self._client.handshake is None:
                raise reset from None
            return b""

    def _take(self, received: bytes) -> None:
        to_send = b""
        if received:
            to_send = self._client.receive(received)
        else:
            self._client.receive_eof()
        if self._client.handshake is None:
            self._send(to_send)
        else:
            _say_last_words(self._connection, to_send)
            self._end.set_result(self._client.handshake)

    def _send(self, data: bytes) -> None:
        """All that a client says is shorter than the smallest send buffer, so it goes out at once."""
        if data and self._connection.send(data) < len(data):
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))


def _say_last_words(connection: socket.socket, words: bytes) -> None:
    """Finished and close_notify, or an alert: short enough for the socket's buffer, and nobody waits for them."""
    with suppress(OSError):
        connection.send(words)


def _explain_timeout(error: TimeoutError, endpoint: Endpoint) -> str:
    """The kernel gives up by itself where nobody answers for long; else it was our deadline."""
    seconds = endpoint.module.timeout.total_seconds()
    return _explain(error) if error.errno else f"no answer within {seconds:g} s"


def _explain(error: OSError) -> str:
    return printable(error.strerror or str(error) or type(error).__name__)
