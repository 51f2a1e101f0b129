"""A client and a faulty server, without a socket between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ocsp_staple_exporter.lab.faults import Fault, FaultyServer
from ocsp_staple_exporter.lab.tls_terms import Credential
from ocsp_staple_exporter.model import HandshakeError, KeyType, ProbeFailure
from ocsp_staple_exporter.tls import ClientHandshake
from tests.tls.tls_lab import credential

WIDEST = 1 << 20


def shown_in(fault: Fault) -> Credential:
    """What the server shows, of the kind that the flight is for."""
    return credential("rsa" if fault.flight.key_type is KeyType.RSA else "p256")


@dataclass(frozen=True, slots=True)
class Parting:
    """How a client and a server came apart."""

    reason: ProbeFailure | None
    """None where the handshake was read; HANDSHAKE_TIMEOUT where both waited for the other."""

    detail: str
    taken: int
    """Bytes that the client took."""

    said: bytes
    """The client's last words, where it failed."""

    heard: int | None
    """The fatal alert that the server made out in them."""


class Meeting:
    """`width` is that of the client's reads, in bytes."""

    def __init__(self, fault: Fault, width: int = WIDEST) -> None:
        self.client = ClientHandshake("leaf.test")
        self.server = FaultyServer(fault, shown_in(fault))
        self._width = width
        self._taken = 0

    def part(self) -> Parting:
        """Let them talk until the client is done, fails or would wait for ever."""
        try:
            self._talk()
        except HandshakeError as error:
            return self._parting(error.reason, error.detail)
        waited = None if self.client.handshake is not None else ProbeFailure.HANDSHAKE_TIMEOUT
        return self._parting(waited, "")

    def _talk(self) -> None:
        to_server = self.client.receive(b"")
        while not self.client.done:
            to_client = self._answer(to_server) or self.server.more()
            if not to_client:
                if self.server.closed:
                    self.client.receive_eof()
                return
            to_server = b"".join(self._take(to_client))

    def _answer(self, data: bytes) -> bytes:
        try:
            return self.server.receive(data)
        except HandshakeError:
            self.server.closed = True
            return self.server.parting_alert

    def _take(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), self._width):
            if self.client.done:
                return
            read = data[at : at + self._width]
            self._taken += len(read)
            yield self.client.receive(read)

    def _parting(self, reason: ProbeFailure | None, detail: str) -> Parting:
        said = self.client.parting_alert
        if said:
            self._answer(said)
        return Parting(reason, detail, self._taken, said, self.server.alert)
