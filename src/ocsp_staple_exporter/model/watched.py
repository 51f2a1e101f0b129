"""What is watched, and how."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from ocsp_staple_exporter.model.handshake import KeyType, TLSVersion
from ocsp_staple_exporter.model.passage import Proxy, ProxyProtocol
from ocsp_staple_exporter.model.starttls import DEFAULT_PORTS, HTTPS_PORT, StartTLS


class IPFamily(enum.Enum):
    """Which addresses of a host are eligible. Values are configuration words."""

    ANY = "any"
    IPV4 = "ipv4"
    IPV6 = "ipv6"


class Addresses(enum.Enum):
    """Which of a host's addresses are probed. Values are configuration words."""

    ONE = "one"
    """The first that the resolver names (RFC 6724)."""

    ALL = "all"
    """Each as an endpoint of its own."""


class StaplePolicy(enum.Enum):
    """When a missing staple is a fault. Values are configuration words."""

    AUTO = "auto"
    """Due when the leaf names an OCSP responder (AIA) or demands stapling (RFC 7633)."""

    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """How to probe: one entry of `modules:` with its files already read."""

    name: str = "default"
    interval: timedelta = timedelta(seconds=60)
    timeout: timedelta = timedelta(seconds=15)
    """One deadline for all phases. Apache holds a handshake for up to 10 s while its responder hangs."""

    tls_versions: tuple[TLSVersion, ...] = ()
    """Each is probed as an endpoint of its own; none: one endpoint, to which the server chooses of all."""

    key_types: tuple[KeyType, ...] = ()
    """Each is probed as an endpoint of its own; none: one endpoint, to which the server shows what it likes."""

    addresses: Addresses = Addresses.ONE
    ip_family: IPFamily = IPFamily.ANY
    staple: StaplePolicy = StaplePolicy.AUTO
    handshakes: int = 1
    """Made with each probe, one after the other, each on a connection of its own."""

    staple_retries: int = 1
    """At most so many handshakes more while none has carried a staple that is due: nginx fetches when first asked."""

    staple_retry_delay: timedelta = timedelta(seconds=1)
    """Before each retry."""

    clock_skew: timedelta = timedelta(seconds=300)
    issuers: tuple[bytes, ...] = ()
    """Certificates (DER) of `issuer_file`: candidates for the issuer beside the sent chain."""

    trust_anchors: tuple[bytes, ...] | None = None
    """Certificates (DER) of `ca_file`; None stands for the system's trust store."""

    server_name: str | None = None
    """The name asked for of every target that does not say its own; None: the target's host."""

    sni: bool = True
    """Whether the name is sent (RFC 6066 §3)."""

    proxy: Proxy | None = None
    """What connections go through; None: straight to the host."""

    proxy_protocol: ProxyProtocol | None = None
    """The version of the PROXY protocol in which a server is told who comes, before anything else."""

    source_address: str | None = None
    """The IP address that connections begin at; None: the kernel chooses."""

    starttls: StartTLS | None = None
    """What is spoken before TLS begins; None: TLS comes first."""

    @property
    def default_port(self) -> int:
        """Of targets that name none."""
        return HTTPS_PORT if self.starttls is None else DEFAULT_PORTS[self.starttls]


RESERVED_LABELS = frozenset(
    {
        "target",
        "address",
        "cert_id_hash",
        "cipher_suite",
        "fingerprint_sha256",
        "group",
        "issuer",
        "key_type",
        "phase",
        "reason",
        "responder",
        "serial_number",
        "signature_algorithm",
        "staple",
        "stapled",
        "status",
        "subject",
        "tls_version",
    }
)
"""Label names that the exporter sets itself; a target's own labels may not use them."""


def split_name(name: str | None, *, sni: bool) -> tuple[str | None, str | None]:
    """A host's name into `server_name` and `certificate_name`."""
    return (name, None) if sni else (None, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An entry of the list: what is to be watched."""

    name: str
    """The `target` label; no two targets have the same."""

    host: str
    """What is resolved: a DNS name or an IP literal without brackets."""

    port: int
    server_name: str | None
    """Sent as SNI (RFC 6066 §3); None sends none, as for an IP literal."""

    module: Module
    labels: tuple[tuple[str, str], ...] = ()
    """Its own labels, sorted by name."""

    certificate_name: str | None = None
    """The DNS name that the certificate must be for where it is not the one that is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What is probed and has one set of series: a target, or a part of what its module fans it out to."""

    target: str
    """The name of its target; the `target` label."""

    host: str
    """As the target's."""

    port: int
    server_name: str | None
    """As the target's."""

    module: Module
    labels: tuple[tuple[str, str], ...] = ()
    """The target's own labels, sorted by name."""

    address: str | None = None
    """The IP address that is connected to, the `address` label; None: the first that the host resolves to."""

    key_type: KeyType | None = None
    """What the leaf's key has to be, the `key_type` label; None: whatever the server prefers."""

    tls_version: TLSVersion | None = None
    """The only version offered, the `tls_version` label; None: all that the module allows."""

    certificate_name: str | None = None
    """As the target's."""

    id: str = field(init=False, repr=False, compare=False)
    """A short name that stays the same across restarts, for addresses of pages and for spreading."""

    def __post_init__(self) -> None:
        parts = [self.target, *(f"{name}={value}" for name, value in self.fan_out)]
        digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        object.__setattr__(self, "id", digest[:16])  # once: it is asked for several times with every probe

    @property
    def reference_identifier(self) -> str:
        """The DNS name or IP address, without a zone, that the certificate must be for (RFC 9525 §6.1)."""
        return self.certificate_name or self.server_name or self.host.partition("%")[0]

    @property
    def offered_versions(self) -> frozenset[TLSVersion]:
        """What the server may choose from; empty: from all that can be offered."""
        return frozenset(self.module.tls_versions if self.tls_version is None else (self.tls_version,))

    @property
    def fan_out(self) -> tuple[tuple[str, str], ...]:
        """The labels that tell it from the other endpoints of its target; none where it is the only one."""
        if self.address is None and self.key_type is None and self.tls_version is None:
            return ()
        parts = (
            ("address", self.address),
            ("key_type", self.key_type and self.key_type.value),
            ("tls_version", self.tls_version and self.tls_version.value),
        )
        return tuple((name, value) for name, value in parts if value is not None)

    @property
    def name(self) -> str:
        """For people: the target's name, and what tells it apart, `www.example.com:443 (192.0.2.1, ecdsa, TLS 1.3)`."""
        return self.target + self.particulars

    @property
    def particulars(self) -> str:
        """The end of its name, ` (192.0.2.1, ecdsa, TLS 1.3)`; empty where it is the only one of its target."""
        if not self.fan_out:
            return ""
        parts = [f"TLS {value}" if name == "tls_version" else value for name, value in self.fan_out]
        return f" ({', '.join(parts)})"
