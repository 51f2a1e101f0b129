"""The header of the PROXY protocol (HAProxy's proxy-protocol.txt), by which a load balancer tells whom it speaks for.

A server that expects it drops whoever does not send it. A probe speaks for itself, so it tells the
two ends of its own connection. That is the command PROXY of version 2, and not LOCAL, which also fits a
health check: the server then treats the probe as it treats a visitor, in its log and in its access rules.
Only where the connection goes through a proxy, whose address we do not know, are both versions
silent about addresses: UNKNOWN, and LOCAL (§2.1, §2.2).
"""

from __future__ import annotations

import ipaddress
from typing import Final, NamedTuple

from ocsp_staple_exporter.model import ProxyProtocol

SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
LOCAL: Final = 0x20
PROXY: Final = 0x21
"""Version 2 in the high bits, the command in the low ones (§2.2)."""

UNSPECIFIED: Final = 0x00
TCP: Final = {4: 0x11, 6: 0x21}
"""Address family and transport, by IP version."""


class End(NamedTuple):
    """One end of a connection; `ip` may have a zone."""

    ip: str
    port: int


def introduction(version: ProxyProtocol, ends: tuple[End, End] | None) -> bytes:
    """The header for a connection between `ends`, ours and the server's, both of one family; None: not known."""
    if version is ProxyProtocol.V1:
        return b"PROXY UNKNOWN\r\n" if ends is None else _text(*ends)
    if ends is None:
        return SIGNATURE + bytes([LOCAL, UNSPECIFIED]) + bytes(2)
    return SIGNATURE + _binary(*ends)


def _text(source: End, destination: End) -> bytes:
    """§2.1: at most 107 octets."""
    sender, receiver = _address(source), _address(destination)
    return f"PROXY TCP{sender.version} {sender} {receiver} {source.port} {destination.port}\r\n".encode("ascii")


def _binary(source: End, destination: End) -> bytes:
    """§2.2."""
    sender, receiver = _address(source), _address(destination)
    ports = source.port.to_bytes(2, "big") + destination.port.to_bytes(2, "big")
    addresses = sender.packed + receiver.packed + ports
    return bytes([PROXY, TCP[sender.version]]) + len(addresses).to_bytes(2, "big") + addresses


def _address(end: End) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Without its zone, which means something on one machine only (RFC 4007 §11.2)."""
    return ipaddress.ip_address(end.ip.partition("%")[0])
