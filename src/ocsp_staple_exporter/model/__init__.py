"""The values that cross rooms.

Everything here is frozen and knows no clock, no log, no socket and no config file.
Times are aware UTC `datetime`s, lengths of time are `timedelta`s, certificates and
staples are DER bytes. `None` means that the wire did not carry the fact: it never
becomes a 0 or a "good" further on.
"""

from __future__ import annotations

from ocsp_staple_exporter.model.change import Change, difference
from ocsp_staple_exporter.model.expansion import expand, undivided
from ocsp_staple_exporter.model.handshake import (
    Conclusion,
    Handshake,
    HandshakeError,
    KeyType,
    PeerError,
    ProbeFailure,
    TLSVersion,
)
from ocsp_staple_exporter.model.passage import Credentials, Proxy, ProxyProtocol, ProxyScheme
from ocsp_staple_exporter.model.probe import Observation, Phase, ProbeError, ProbeResult, Rounds
from ocsp_staple_exporter.model.starttls import DEFAULT_PORTS, StartTLS
from ocsp_staple_exporter.model.verdict import (
    BESIDE_THE_STAPLE,
    STATUS_REASONS,
    Absence,
    Certificate,
    CertStatus,
    ChainVerdict,
    Finding,
    Reason,
    ResponseStatus,
    Verdict,
)
from ocsp_staple_exporter.model.watched import (
    RESERVED_LABELS,
    Addresses,
    Endpoint,
    IPFamily,
    Module,
    StaplePolicy,
    Target,
    split_name,
)

__all__ = [
    "BESIDE_THE_STAPLE",
    "DEFAULT_PORTS",
    "RESERVED_LABELS",
    "STATUS_REASONS",
    "Absence",
    "Addresses",
    "CertStatus",
    "Certificate",
    "ChainVerdict",
    "Change",
    "Conclusion",
    "Credentials",
    "Endpoint",
    "Finding",
    "Handshake",
    "HandshakeError",
    "IPFamily",
    "KeyType",
    "Module",
    "Observation",
    "PeerError",
    "Phase",
    "ProbeError",
    "ProbeFailure",
    "ProbeResult",
    "Proxy",
    "ProxyProtocol",
    "ProxyScheme",
    "Reason",
    "ResponseStatus",
    "Rounds",
    "StaplePolicy",
    "StartTLS",
    "TLSVersion",
    "Target",
    "Verdict",
    "difference",
    "expand",
    "split_name",
    "undivided",
]
