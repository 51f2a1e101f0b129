"""A sans-IO TLS server that shows whatever it is told to: any chain, any staple, or none.

The mirror of `tls.ClientHandshake`, on the same record layer and key schedule. It is for the
demo, the tests and the benchmark: it keeps no sessions, carries no application data, and does
not verify client certificates. To send faulty messages, give it subclasses of the two
`Flights`, in which every message of the server is a method of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from ocsp_staple_exporter.lab.tls_flights import Flights
from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_hello import parse_client_hello, select_version
from ocsp_staple_exporter.lab.tls_terms import Credential, PrivateKey, RefusedError, Terms
from ocsp_staple_exporter.model import HandshakeError, TLSVersion
from ocsp_staple_exporter.tls.alerts import ALERT_OWED, Alert, AlertLevel
from ocsp_staple_exporter.tls.flow import Step
from ocsp_staple_exporter.tls.records import RecordLayer

__all__ = ["Credential", "PrivateKey", "RefusedError", "ServerHandshake", "Terms"]

Credentials = Callable[[str | None], Credential]
"""Chooses by the client's server_name; may raise RefusedError, with unrecognized_name for example."""

ANY_TERMS = Terms()


class ServerHandshake:
    """One connection of a lab server."""

    def __init__(
        self,
        credentials: Credentials,
        terms: Terms = ANY_TERMS,
        *,
        tls13: type[TLS13Flights] = TLS13Flights,
        tls12: type[TLS12Flights] = TLS12Flights,
    ) -> None:
        self._credentials = credentials
        self._terms = terms
        self._tls13, self._tls12 = tls13, tls12
        self._records = RecordLayer()
        self._flow = self._shake_hands()
        next(self._flow)
        self.complete = False
        """The client's Finished was right."""

        self.closed = False
        """Nothing more is to be read: send what `receive` returned and close."""

        self.parting_alert = b""
        """After a HandshakeError: the fatal alert to send before closing."""

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the client, give the bytes to send; raises HandshakeError until complete."""
        if self.closed:
            return b""
        try:
            self._records.feed(data)
            self._read_messages()
        except HandshakeError as error:
            self._end(error)
        return self._records.take_outgoing()

    def _read_messages(self) -> None:
        while (message := self._records.next_message()) is not None:
            if self.complete:
                continue  # key updates and the like
            try:
                self._flow.send(message)
            except StopIteration:
                self.complete = True

    def _end(self, error: HandshakeError) -> None:
        """Answer close_notify, or the application data that nobody reads here, with close_notify."""
        self.closed = True
        if self.complete:
            self._records.send_alert(AlertLevel.WARNING, Alert.CLOSE_NOTIFY)
            return
        alert = error.alert if isinstance(error, RefusedError) else ALERT_OWED.get(error.reason)
        if alert is not None:
            self._records.send_alert(AlertLevel.FATAL, alert)
        self.parting_alert = self._records.take_outgoing()
        raise error

    def _shake_hands(self) -> Step:
        hello = parse_client_hello((yield))
        version = select_version(hello, self._terms)
        self._records.version = version
        credential = self._credentials(hello.server_name)
        flights: type[Flights] = self._tls13 if version is TLSVersion.TLS_1_3 else self._tls12
        yield from flights(self._records, hello, credential, self._terms).run()
