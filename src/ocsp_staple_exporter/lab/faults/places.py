"""Where a fault is committed, and what a client is then waiting for."""

from __future__ import annotations

from dataclasses import dataclass

from ocsp_staple_exporter.lab.faults.flights import Flight
from ocsp_staple_exporter.model import TLSVersion

OPTIONAL = ("CertificateStatus", "CertificateRequest")
"""The messages that a client does without."""

WAITS_AFTER = ("HelloRetryRequest", "ServerHelloDone")
"""The messages after which the server waits for the client."""


@dataclass(frozen=True, slots=True)
class Place:
    """One message of one flight."""

    flight: Flight
    at: str

    @property
    def name(self) -> str:
        """What the client calls it: a HelloRetryRequest is a ServerHello (RFC 8446 §4.1.4)."""
        return "ServerHello" if self.at == "HelloRetryRequest" else self.at

    @property
    def next(self) -> Place | None:
        following = self.flight.after(self.at)
        return Place(self.flight, following) if following else None

    @property
    def due(self) -> str:
        """What the client says was due here: the next message that it cannot do without."""
        place: Place | None = self
        while place is not None and place.at in OPTIONAL:
            place = place.next
        return "" if place is None else place.name

    @property
    def progress(self) -> str:
        """How far the client says that the server had come."""
        position = self.flight.messages.index(self.at)
        if position == 0:
            return "before ServerHello"
        return f"after {Place(self.flight, self.flight.messages[position - 1]).name}"

    @property
    def optional(self) -> bool:
        return self.at in OPTIONAL

    @property
    def ends_turn(self) -> bool:
        """The server says no more until the client has spoken."""
        return self.at in WAITS_AFTER or self.next is None

    @property
    def is_tls13(self) -> bool:
        return TLSVersion.TLS_1_3 in self.flight.terms.versions

    @property
    def agreed_tls13(self) -> bool:
        """The client has been told so."""
        return self.is_tls13 and self.flight.messages.index(self.at) > 0

    def is_sealed(self) -> bool:
        """The server's keys are in use."""
        if self.is_tls13:
            return self.at not in ("HelloRetryRequest", "ServerHello")
        return self.at == "Finished"

    def has_header(self) -> bool:
        """It is a handshake message, which a ChangeCipherSpec is not."""
        return self.at != "ChangeCipherSpec"

    def has_body(self) -> bool:
        return self.has_header() and self.at != "ServerHelloDone"
