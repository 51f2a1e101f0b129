"""What a stranger may have probed by asking /probe.

A name of the list permits whatever it leads to, a network whatever lies in it. What a name
leads to is decided by whoever answers for it in DNS, so a name never opens a private
address where those are refused: only a network does.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IANA gives out of IPv6 for the public Internet (RFC 4291 §2.4)."""

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""The prefix behind which translators reach an IPv4 address, its last 32 bits (RFC 6052 §2.1)."""


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
        Where a proxy resolves the name, `address` is the name: nobody here will learn where it led.
        """
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return address == host and self._permits_unseen(host)
        reached = _reached(ip)
        if any(ip.version == network.version and ip in network for ip in reached for network in self.networks):
            return True
        if self.refuse_private and not all(map(_is_public, reached)):
            return False
        return self._permits_everything or self._lists(host)

    def may_permit(self, host: str) -> bool:
        """Whether `host` is worth resolving: False where no address that it could have would be permitted.

        Without this, a stranger could have any name looked up, and tell names that exist from others.
        """
        if _is_address(host):
            return self.permits(host, host)
        return bool(self.networks) or self._permits_everything or self._lists(host)

    def _permits_unseen(self, name: str) -> bool:
        """Networks cannot be looked for in what is not seen, and a private address not refused."""
        return not self.refuse_private and (self._permits_everything or self._lists(name))

    @property
    def _permits_everything(self) -> bool:
        return self.names is None and not self.networks

    def _lists(self, host: str) -> bool:
        names = self.names or frozenset()
        return not _is_address(host) and any(name in names for name in _with_wildcards(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _with_wildcards(host: str) -> Iterable[str]:
    yield host
    parts = host.split(".")
    for start in range(1, len(parts)):
        yield ".".join(("*", *parts[start:]))


def _reached(ip: Address) -> tuple[Address, ...]:
    """Whom a connection to this address reaches: itself, but the IPv4 address alone where it stands for one.

    The kernel speaks IPv4 with an IPv4-mapped address (RFC 4291 §2.5.5.2), and a translator passes NAT64
    on to IPv4: a network of either kind may hold that.
    """
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return (ip.ipv4_mapped,)
        if ip in NAT64:
            return ip, ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return (ip,)


def _is_public(ip: Address) -> bool:
    """Of the public Internet. Multicast is not, though Python counts it as global; no host listens to TCP there."""
    if ip.is_multicast:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global
    if ip.sixtofour is not None:  # a tunnel to that IPv4 address (RFC 3056); Pythons differ in what they call the rest
        return ip.sixtofour.is_global
    return ip in NAT64 or (ip in GLOBAL_UNICAST and ip.is_global)
