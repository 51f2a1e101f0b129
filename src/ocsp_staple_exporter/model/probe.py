"""One probe, and what came of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ocsp_staple_exporter.model.handshake import Handshake, ProbeFailure
from ocsp_staple_exporter.model.verdict import Absence, Certificate, ChainVerdict, Verdict
from ocsp_staple_exporter.model.watched import Endpoint


class Phase(enum.Enum):
    """The steps of a probe, in order. Values are the metric label `phase`."""

    __hash__ = object.__hash__  # many times in every probe; that of enum.Enum is written in Python

    RESOLVE = "resolve"
    CONNECT = "connect"
    PROXY = "proxy"
    STARTTLS = "starttls"
    HANDSHAKE = "handshake"
    JUDGE = "judge"
    WAIT = "wait"
    """Before another handshake, where none before had a staple, and for room at the address."""


@dataclass(frozen=True, slots=True)
class ProbeError:
    """Why no handshake was read."""

    reason: ProbeFailure
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a probe that read a handshake found out."""

    address: str | None
    """The IP address that answered; None where a proxy alone knows it."""

    handshake: Handshake
    certificate: Certificate
    staple_expected: bool
    judged_at: datetime = field(compare=False)
    """The time at which the staple and the chain were judged: two probes that saw the same are equal."""

    assessment: Verdict | Absence
    chain: ChainVerdict
    others: tuple[Verdict | None, ...] = ()
    """What the staples of the certificates after the leaf are worth, each for its own; empty where none had one."""

    rounds: Rounds | None = None
    """None where there was one handshake and no more were to be made."""

    @property
    def stapled(self) -> int:
        """Handshakes of the probe that carried a staple for the leaf."""
        return sum(isinstance(one.assessment, Verdict) for one in self.handshakes)

    @property
    def handshakes(self) -> tuple[Observation, ...]:
        """All that were read, in their order."""
        if self.rounds is None:
            return (self,)
        return tuple(one for one in self.rounds.seen if isinstance(one, Observation))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """The handshakes of a probe that made more than one, or was to.

    The observation that holds it shows the worst of those with a staple; where none had one, the worst.
    """

    seen: tuple[Observation | ProbeError, ...]
    """In their order, each for itself. Those that are equal are one object."""

    retries: int = 0
    """How many, the last of `seen`, were made because none before had a staple."""

    left_out: int = 0
    """How many the timeout left no time for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """One probe of one endpoint."""

    endpoint: Endpoint
    started_at: datetime
    outcome: Observation | ProbeError
    durations: Mapping[Phase, float] = field(default_factory=dict)
    """Seconds spent in each phase that ran, the failed one included."""
