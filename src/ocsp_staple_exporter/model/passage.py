"""How a probe gets to its host where it does not go straight."""

from __future__ import annotations

import base64
import enum
from dataclasses import dataclass, field


class ProxyScheme(enum.Enum):
    """What is spoken to a proxy. Values are schemes of `proxy_url`."""

    HTTP = "http"
    """CONNECT (RFC 9110 §9.3.6)."""

    SOCKS5 = "socks5"
    """RFC 1928, asked for addresses: the exporter resolves names."""

    SOCKS5H = "socks5h"
    """RFC 1928, asked for names: the proxy resolves them."""


class ProxyProtocol(enum.Enum):
    """Versions of the PROXY protocol's header. Values are configuration words."""

    V1 = "v1"
    V2 = "v2"


@dataclass(frozen=True, slots=True)
class Credentials:
    """User and password for a proxy. The password is in no `repr`."""

    user: str
    password: str = field(repr=False)

    @property
    def basic(self) -> bytes:
        """As RFC 7617 §2 sends them."""
        return base64.b64encode(f"{self.user}:{self.password}".encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy that probes go through."""

    scheme: ProxyScheme
    host: str
    """A DNS name in ASCII, or an IP literal without brackets."""

    port: int
    credentials: Credentials | None = None

    @property
    def resolves(self) -> bool:
        """The proxy is asked for names: which address a name led to is known to nobody else."""
        return self.scheme is not ProxyScheme.SOCKS5

    def __str__(self) -> str:
        """Its URL, without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme.value}://{host}:{self.port}"
