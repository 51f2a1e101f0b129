"""What is said about a fault: how a probe of it ends, in which flight it is committed, and how."""

from __future__ import annotations

from dataclasses import dataclass, field

from ocsp_staple_exporter.lab.faults.flights import Flight
from ocsp_staple_exporter.lab.faults.misbehaving import Play
from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.tls.alerts import ALERT_OWED, Alert


@dataclass(frozen=True, slots=True)
class Ending:
    """What a client has to make of it."""

    reason: ProbeFailure | None
    """HANDSHAKE_TIMEOUT where the server falls silent; None where the handshake is read all the same."""

    detail: str = ""
    """A stretch of the error's detail: what tells this fault from others of the same reason."""

    @property
    def alert(self) -> Alert | None:
        """The fatal alert that the client owes the server."""
        return None if self.reason is None else ALERT_OWED.get(self.reason)


READ = Ending(None)
"""Odd, but allowed, or too late to matter."""

WAITING = Ending(ProbeFailure.HANDSHAKE_TIMEOUT, "no answer within")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that a server does wrong, in a handshake that is right but for it."""

    flight: Flight
    at: str
    """The message in whose place `play` acts, by the name of the RFCs."""

    play: Play = field(compare=False)
    ending: Ending = READ
