"""Hosts and ports as people write them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

import idna

from ocsp_staple_exporter.config.words import quoted

LARGEST_PORT = 65535
LONGEST_NAME = 253
"""Characters of a DNS name without its last dot (RFC 1035 §2.3.4)."""

_HOST_PORT = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::(.*))?", re.DOTALL)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_NAME = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*")


@dataclass(frozen=True, slots=True)
class Host:
    """A host that can be resolved."""

    written: str
    """As in the file, in lower case; an IPv6 address in brackets."""

    resolved: str
    """A DNS name in ASCII, or an IP literal without brackets."""

    server_name: str | None
    """The name for SNI; None for an IP literal, which SNI cannot carry (RFC 6066 §3)."""


def split_host_port(text: str) -> tuple[str, int | None]:
    """Take `host[:port]` apart; raises ValueError, whose text says what is wrong."""
    if url := _URL.match(text):
        raise ValueError(f"{quoted(text)} is a URL: drop its scheme and path, {quoted(url[1])}")
    if "/" in text:
        raise ValueError(f"{quoted(text)} holds a path: drop it, {quoted(text.partition('/')[0])}")
    if _is_ipv6(text):
        raise ValueError(f"{quoted(text)} needs brackets, as an IPv6 address: {quoted(f'[{text}]')}")
    match = _HOST_PORT.fullmatch(text)
    if match is None:
        raise ValueError(f"{quoted(text)} is no host[:port]: too many colons or brackets")
    host, port = match.groups()
    return host, None if port is None else _parse_port(port)


def _parse_port(text: str) -> int:
    if re.fullmatch("[0-9]{1,5}", text) and 1 <= int(text) <= LARGEST_PORT:
        return int(text)
    raise ValueError(f"port {quoted(text)} is no whole number from 1 to {LARGEST_PORT}")


def parse_host(text: str) -> Host:
    """Read a DNS name or an IP address; raises ValueError, whose text says what is wrong."""
    if _NAME.fullmatch(text) and text.rpartition(".")[2].isalpha() and len(text) <= LONGEST_NAME:
        return Host(text, text, text)  # most are plain names: spare them the rest
    host, port = (text, None) if _is_ipv6(text) else split_host_port(text)
    if port is not None:
        raise ValueError(f'{quoted(text)} holds a port: write it as an option of its own, "port: {port}"')
    if host.startswith("[") or ":" in host:
        return _parse_ipv6(host.removeprefix("[").removesuffix("]"))
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return _parse_ipv4(host)
    name = parse_name(host)
    return Host(host.lower().removesuffix("."), name, name)


def parse_name(text: str) -> str:
    """Read a DNS name and return it in ASCII, lower case and without its last dot (RFC 1123 §2.1, RFC 5891).

    The underscore, which RFC 1123 does not know, is common and tolerated. A name that ends in a
    number is none, also where IDNA makes the number: resolvers would read full-width digits as an address.
    Raises ValueError, whose text says what is wrong.
    """
    name = text.removesuffix(".")
    if len(name) > LONGEST_NAME:  # before idna, whose time grows with the square
        raise ValueError(f"{quoted(text)} is too long: a DNS name has at most {LONGEST_NAME} characters")
    if not name.isascii():
        name = _encode(name)
    name = name.lower()
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{quoted(text)} is no host name: {_flaw(name)}")
    if _NUMBER.fullmatch(last := name.rpartition(".")[2]):
        raise ValueError(f"{quoted(text)} is no host name: it ends in a number, {quoted(last)}, as IP addresses do")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"{quoted(text)} is too long: a DNS name has at most {LONGEST_NAME} characters in ASCII")
    return name


def is_address(text: str) -> bool:
    """Whether the text is an IP literal, brackets allowed."""
    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _encode(name: str) -> str:
    if not name.isprintable():
        raise ValueError(f"{quoted(name)} holds characters that cannot be seen")
    try:
        return idna.encode(name, uts46=True).decode("ascii").removesuffix(".")
    except UnicodeError as error:
        raise ValueError(f"{quoted(name)} is no internationalised host name: {error}") from None


def _flaw(name: str) -> str:
    if not name:
        return "it is empty"
    if "*" in name:
        return "a wildcard names no host"
    if stray := re.search(r"[^a-z0-9_.-]", name):
        return f"{quoted(stray[0])} may not stand in it"
    label = next(label for label in name.split(".") if not _LABEL.fullmatch(label))
    if not label:
        return "it has an empty part between its dots"
    if len(label) > 63:  # RFC 1035 §2.3.4
        return f"its part {quoted(label)} is longer than 63 characters"
    return f"its part {quoted(label)} begins or ends with a hyphen"


def _parse_ipv4(text: str) -> Host:
    """Names do not end in a number (RFC 1123 §2.1), and resolvers would read `127.1` as an address."""
    try:
        address = str(ipaddress.IPv4Address(text))
    except ValueError:
        raise ValueError(f"{quoted(text)} is no IPv4 address, and no host name ends in a number") from None
    return Host(address, address, None)


def _parse_ipv6(text: str) -> Host:
    if not _is_ipv6(text):
        raise ValueError(f"{quoted(text)} is no IPv6 address")
    address = ipaddress.IPv6Address(text).compressed
    return Host(f"[{address}]", address, None)


def _is_ipv6(text: str) -> bool:
    """A zone, as in `fe80::1%eth0`, holds what an interface's name may hold."""
    if text.count(":") < 2:  # most texts are host:port: spare them the reading
        return False
    try:
        zone = ipaddress.IPv6Address(text).scope_id
    except ValueError:
        return False
    return zone is None or re.fullmatch(r"[\w.-]+", zone, re.ASCII) is not None
