"""The objects of the API. Answers are built as these, and the OpenAPI document is made from them.

A field is never left out: `null` says that it is not known, or that there is none. Names
and values are a public contract, as are those of `documents`; new fields may come.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from ocsp_staple_exporter.diagnosis import Software, State
from ocsp_staple_exporter.documents import (
    Certificate,
    Check,
    Document,
    Finding,
    Handshakes,
    ProbeProblem,
    Time,
    Verdict,
)
from ocsp_staple_exporter.model import (
    Addresses,
    CertStatus,
    IPFamily,
    KeyType,
    Phase,
    ProxyProtocol,
    StaplePolicy,
    StartTLS,
    TLSVersion,
)
from ocsp_staple_exporter.web.api.shown import ChainVerdict, Handshake, SentCertificate, Staple


def _encodable(text: object) -> object:
    """JSON has no lone surrogates, which a configured name can hold: they show as `?`."""
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else text


Name = Annotated[str, BeforeValidator(_encodable)]
Seconds = Annotated[float, Field(ge=0)]


class Probe(Document):
    """The last probe of an endpoint."""

    started_at: Time
    duration_seconds: Annotated[Seconds, Field(examples=[0.0241])]
    """All phases together."""

    address: Annotated[str | None, Field(examples=["192.0.2.1"])]
    """The IP address that answered; null: no handshake was read, or a proxy alone knows it."""

    error: ProbeProblem | None
    """Why no handshake was read; null: one was."""


class FanOut(Document):
    """What tells an endpoint from the others of its target; these are labels of its series too."""

    address: Annotated[str | None, Field(examples=["192.0.2.1"])]
    """The IP address that is connected to; null: the first that the host resolves to."""

    key_type: KeyType | None
    """What the leaf's key has to be; null: whatever the server prefers."""

    tls_version: TLSVersion | None
    """The only version offered; null: whatever the server chooses."""


class Summary(Document):
    """An endpoint and what its last probe came to."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$", examples=["1b9afc2066929cc5"])]
    """Made from the target's name and `fan_out`: it stays the same across restarts."""

    target: Annotated[Name, Field(examples=["www.example.com:443"])]
    """The name of its entry in the configuration; the label `target` of its series."""

    host: Annotated[str, Field(examples=["www.example.com"])]
    """What is connected to: a DNS name or an IP address."""

    port: Annotated[int, Field(ge=1, le=65535, examples=[443])]
    server_name: Annotated[str | None, Field(examples=["www.example.com"])]
    """Asked for in the handshake (SNI); null: none is."""

    module: Annotated[Name, Field(examples=["default"])]
    """The entry of the configuration that says how it is probed."""

    fan_out: FanOut

    labels: Annotated[dict[str, Name], Field(examples=[{"team": "web"}])]
    """The labels that the configuration sets on its series."""

    state: State
    """What the last probe comes to, in one word."""

    probe: Probe | None
    """Null: the first probe has not ended yet."""

    staple_present: bool | None
    """Whether a staple came; null, like the three after it: no handshake was read."""

    staple_expected: bool | None
    """Whether a missing staple is a fault."""

    must_staple: bool | None
    """Whether the certificate demands stapling (RFC 7633)."""

    certificate_not_after: Time | None
    """End of the leaf's validity."""

    cert_status: CertStatus | None
    """What an authentic staple states; null: none came."""

    next_update: Time | None
    """When the staple becomes stale; null: it does not say, or none came."""

    seconds_until_next_update: float | None
    """From `answered_at`; negative once the staple is stale."""

    errors: tuple[Finding, ...]
    """Why a client would reject the staple, or its absence; the most fundamental first."""

    warnings: tuple[Finding, ...]
    """Why somebody should look although clients accept it."""


class EndpointList(Document):
    """A part of the selected endpoints, the worst first."""

    answered_at: Time
    total: Annotated[int, Field(ge=0)]
    """How many were selected."""

    limit: int
    offset: int
    next_offset: int | None
    """Where the next part begins; null: this is the last."""

    endpoints: tuple[Summary, ...]


class Settings(Document):
    """How an endpoint is probed: its module."""

    interval_seconds: Seconds
    timeout_seconds: Seconds
    starttls: StartTLS | None
    """What is spoken before TLS begins; null: TLS comes first."""

    addresses: Addresses
    """Which of the host's addresses are probed."""

    key_types: tuple[KeyType, ...]
    """Each is probed as an endpoint of its own; empty: whatever the server prefers."""

    tls_versions: tuple[TLSVersion, ...]
    """Each is probed as an endpoint of its own; empty: whatever the server chooses."""

    ip_family: IPFamily
    staple: StaplePolicy
    """When a missing staple is a fault."""

    handshakes: int
    """Of each probe."""

    staple_retries: int
    """At most so many more while none has carried a staple that is due."""

    staple_retry_delay_seconds: Seconds
    clock_skew_seconds: Seconds
    server_name: str | None
    """Asked for where a target does not say its own; null: the target's host."""

    sni: bool
    """Whether the name is sent in the handshake."""

    proxy_url: Annotated[str | None, Field(examples=["http://proxy.example.com:3128"])]
    """What connections go through, without user and password; null: straight to the host."""

    proxy_protocol: ProxyProtocol | None
    """The version of the PROXY protocol's header that is sent first; null: none is."""

    source_address: Annotated[str | None, Field(examples=["192.0.2.99"])]
    """The IP address that connections begin at; null: the kernel chooses."""

    issuers: int
    """Certificates in `issuer_file`."""

    trust_anchors: int | None
    """Certificates in `ca_file`; null: the system's trust store is used."""


class PhaseDuration(Document):
    """A step of a probe that ran."""

    phase: Phase
    seconds: Seconds


class Fix(Document):
    """How one kind of server is mended."""

    software: Software | None
    """Null: whatever the server is."""

    text: str
    snippet: str | None
    """Lines to copy."""


class Diagnosis(Document):
    """In plain words: what probably went wrong, and how it is mended."""

    headline: str
    effect: str
    """Who notices."""

    cause: str
    """The likeliest first."""

    fixes: tuple[Fix, ...]
    """The likeliest first."""

    runbook: Annotated[str, Field(examples=["OCSPStapleStale"])]
    """The page of docs/runbooks/ that tells more."""


class Past(Document):
    """An earlier probe."""

    started_at: Time
    duration_seconds: Seconds
    state: State
    reasons: tuple[str, ...]
    """Of the failure, or of errors and warnings in their order."""


class Detail(Summary):
    """An endpoint and everything that its last probe saw."""

    answered_at: Time
    settings: Settings
    openssl_command: Annotated[
        str, Field(examples=["openssl s_client -connect www.example.com:443 -servername www.example.com -status"])
    ]
    """What to type to see the same with OpenSSL; with `check` where OpenSSL does not speak the protocol (RDP)."""

    diagnosis: Diagnosis | None
    """Null: nothing is wrong."""

    phases: tuple[PhaseDuration, ...]
    """Those that ran, in their order."""

    handshake: Handshake | None
    """Null, like all below but `history`: no handshake was read."""

    handshakes: Handshakes | None
    """All of the probe."""

    chain: tuple[SentCertificate, ...]
    """As sent, the leaf first."""

    chain_verdict: ChainVerdict | None
    leaf: Certificate | None
    issuer: Certificate | None
    """Null also where nobody sent or configured it."""

    staple: Staple | None
    """Null also where none came, as the three below."""

    judged_at: Time | None
    """The time that the staple's were compared with."""

    verdict: Verdict | None
    checks: tuple[Check, ...]
    """Every check of the staple, in the order of verification."""

    history: tuple[Past, ...]
    """The newest first: the last 20 probes, and the last 20 failures before them."""
