"""What `probe: allow:` lists: names, wildcards, addresses and networks."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from ocsp_staple_exporter.config.hosts import is_address, parse_name, split_host_port
from ocsp_staple_exporter.config.permission import Network, Permission
from ocsp_staple_exporter.config.words import quoted

IPV4_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
"""IPv4 within IPv6 (RFC 4291 §2.5.5.2); Permission compares such addresses as IPv4."""


def build_permission(allowed: Iterable[str | Network] | None, *, refuse_private: bool) -> Permission:
    """None: no list, so that everything may be asked."""
    if allowed is None:
        return Permission(refuse_private=refuse_private)
    entries = list(allowed)
    return Permission(
        names=frozenset(entry for entry in entries if isinstance(entry, str)),
        networks=tuple(dict.fromkeys(entry for entry in entries if not isinstance(entry, str))),
        refuse_private=refuse_private,
    )


def parse_allowed(text: str) -> str | Network:
    """A DNS name in ASCII and lower case, one with `*.` before it, or a network.

    Raises ValueError, whose text says what is wrong.
    """
    if "/" in text and "://" not in text:
        return _parse_network(text)
    if is_address(text):
        return _parse_address(text)
    _, port = split_host_port(text)
    if port is not None:
        raise ValueError(f"{quoted(text)} holds a port, and every port may be asked: drop it")
    if re.fullmatch(r"[0-9.]*[0-9]\.?", text):
        raise ValueError(f"{quoted(text)} is no IP address: write all four numbers, or a network as in 10.0.0.0/8")
    return _parse_wildcard(text) if "*" in text else parse_name(text)


def _parse_wildcard(text: str) -> str:
    if text == "*":
        raise ValueError('"*" would allow every name: remove the list to allow everything')
    parent = text.removeprefix("*.")
    if "*" in parent:
        raise ValueError(f'{quoted(text)}: "*" stands only at the beginning, before a dot, as in *.example.com')
    return f"*.{parse_name(parent)}"


def _parse_address(text: str) -> Network:
    literal = text.removeprefix("[").removesuffix("]")
    if literal != text and ":" not in text:
        raise ValueError(f"{quoted(text)} is no IPv6 address: drop the brackets")
    if "%" in literal:
        raise ValueError(f"{quoted(text)} has a zone: drop it, {quoted(literal.partition('%')[0])}")
    return _as_compared(ipaddress.ip_network(literal))


def _parse_network(text: str) -> Network:
    address, _, prefix = text.partition("/")
    if not is_address(address):
        raise ValueError(f"{quoted(text)} is neither a name nor a network: write example.com or 10.0.0.0/8")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{quoted(text)} is no network: write it as in 10.0.0.0/8 or 2001:db8::/32") from None
    if not prefix.isdecimal():  # a mask, which ipaddress reads too
        raise ValueError(f"{quoted(text)} has a mask: write the number of its bits, {quoted(str(network))}")
    if ipaddress.ip_address(address) != network.network_address:
        raise ValueError(
            f"{quoted(text)} has bits beyond its prefix: write {quoted(str(network))} for the network "
            f"or {quoted(address)} for the one address"
        )
    return _as_compared(network)


def _as_compared(network: Network) -> Network:
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(IPV4_MAPPED):
        address = network.network_address.ipv4_mapped
        return ipaddress.IPv4Network((int(address or 0), network.prefixlen - 96))
    return network
