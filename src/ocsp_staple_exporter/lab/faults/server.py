"""One connection of a server that commits a fault; sans-IO."""

from __future__ import annotations

from contextlib import suppress

from ocsp_staple_exporter.lab.faults.fault import Fault
from ocsp_staple_exporter.lab.faults.misbehaving import (
    DepartureError,
    FaultyRecords,
    MisbehavingTLS12,
    MisbehavingTLS13,
)
from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_server import ServerHandshake
from ocsp_staple_exporter.lab.tls_terms import Credential
from ocsp_staple_exporter.model import HandshakeError
from ocsp_staple_exporter.tls.alerts import AlertReceivedError
from ocsp_staple_exporter.tls.records import RECORD_HEADER

PLAIN_ALERT_LENGTH = RECORD_HEADER.size + 2
FATAL_ALERTS = tuple(b"\x15\x03" + minor + b"\x00\x02\x02" for minor in (b"\x01", b"\x02", b"\x03"))
"""How an unprotected record with a fatal alert begins: all but its description."""


class FaultyServer(ServerHandshake):
    """A `Connection` that also speaks unasked, and listens to what it is told."""

    def __init__(self, fault: Fault, credential: Credential) -> None:
        own = {"at": fault.at, "play": (fault.play,)}
        tls13: type[TLS13Flights] = type("FaultyTLS13", (MisbehavingTLS13,), own)
        tls12: type[TLS12Flights] = type("FaultyTLS12", (MisbehavingTLS12,), own)
        super().__init__(lambda _: credential, fault.flight.terms, tls13=tls13, tls12=tls12)
        self._records = FaultyRecords()
        self._departure: DepartureError | None = None
        self.alert: int | None = None
        """The last fatal alert that the client sent."""

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the client, give the bytes to send; raises HandshakeError until complete."""
        if data[-PLAIN_ALERT_LENGTH:-1] in FATAL_ALERTS:
            # Plain also after the server has changed keys: its own fault kept the client from it.
            self.alert, self.closed = data[-1], True
            return b""
        if self._departure is not None:
            self._listen(data)
            return b""
        try:
            return super().receive(data)
        except DepartureError as departure:
            self._departure = departure
            self.closed = departure.go_on is None
            return self._records.take_outgoing()

    def _listen(self, data: bytes) -> None:
        """Only for an alert: there is no handshake any more to go on with."""
        with suppress(HandshakeError):
            try:
                self._records.feed(data)
                while self._records.next_message() is not None:
                    pass
            except AlertReceivedError as error:
                self.alert, self.closed = error.description, True

    def _end(self, error: HandshakeError) -> None:
        if isinstance(error, AlertReceivedError):
            self.alert = error.description
        super()._end(error)

    def more(self) -> bytes:
        """What comes without another word of the client; empty where nothing does."""
        if self._departure is None or self._departure.go_on is None:
            return b""
        self._departure.go_on()
        return self._records.take_outgoing()
