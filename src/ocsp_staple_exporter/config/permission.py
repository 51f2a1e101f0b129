"""What a stranger may have probed by asking /probe."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """`probe:` of the config file. Without a list everything may be asked."""

    names: frozenset[str] | None = None
    """DNS names in ASCII and lower case; `*.example.com` stands for every name below. None: no list at all."""

    networks: tuple[Network, ...] = ()
    refuse_private: bool = False
    """Addresses that are not of the public Internet are refused, unless a network of the list holds them."""

    def permits(self, host: str, address: str) -> bool:
        """Whether this address, to which `host` (a DNS name or an IP literal) resolved, may be connected to.

        To be asked of the address that is about to be used: what a name leads to may change at any time.
        """
        ip = ipaddress.ip_address(address)
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        if any(ip.version == network.version and ip in network for network in self.networks):
            return True
        if self.refuse_private and not ip.is_global:
            return False
        return self.names is None or any(name in self.names for name in _with_wildcards(host))


def _with_wildcards(host: str) -> Iterable[str]:
    yield host
    parts = host.split(".")
    for start in range(1, len(parts)):
        yield ".".join(("*", *parts[start:]))
