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

    RESOLVE = "resolve"
    CONNECT = "connect"
    PROXY = "proxy"
    HANDSHAKE = "handshake"
    JUDGE = "judge"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """One probe of one endpoint."""

    endpoint: Endpoint
    started_at: datetime
    outcome: Observation | ProbeError
    durations: Mapping[Phase, float] = field(default_factory=dict)
    """Seconds spent in each phase that ran, the failed one included."""
