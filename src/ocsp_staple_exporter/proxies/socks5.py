"""SOCKS5 (RFC 1928) with user and password (RFC 1929)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Final

from ocsp_staple_exporter.dialogue import Dialogue, DialogueError, Wire
from ocsp_staple_exporter.model import Credentials, ProbeFailure
from ocsp_staple_exporter.proxies.quoting import Quotes

VERSION: Final = 5
CONNECT: Final = 1

NO_AUTHENTICATION: Final = 0
USER_AND_PASSWORD: Final = 2
NONE_IS_ACCEPTABLE: Final = 0xFF

SUBNEGOTIATION_VERSION: Final = 1
"""RFC 1929 §2."""

IPV4: Final = 1
NAME: Final = 3
IPV6: Final = 4
PORT_LENGTH: Final = 2

_REPLIES = {
    1: (ProbeFailure.PROXY_CONNECT_FAILED, "general failure"),
    2: (ProbeFailure.PROXY_REFUSED, "not allowed by its rules"),
    3: (ProbeFailure.PROXY_CONNECT_FAILED, "network unreachable"),
    4: (ProbeFailure.PROXY_CONNECT_FAILED, "host unreachable"),
    5: (ProbeFailure.PROXY_CONNECT_FAILED, "connection refused"),
    6: (ProbeFailure.PROXY_CONNECT_FAILED, "time to live expired"),
    7: (ProbeFailure.PROXY_REFUSED, "command not supported"),
    8: (ProbeFailure.PROXY_REFUSED, "type of address not supported"),
}
"""REP (RFC 1928 §6)."""


def socks5(host: str, port: int, credentials: Credentials | None) -> Callable[[Wire], Dialogue]:
    """Ask for a connection to `host`: an IP literal without a zone, or a DNS name in ASCII, which the proxy resolves.

    Raises PROXY_AUTHENTICATION, PROXY_REFUSED, PROXY_CONNECT_FAILED, PROXY_MALFORMED.
    """
    quotes = Quotes(credentials)

    def dialogue(wire: Wire) -> Dialogue:
        methods = bytes([NO_AUTHENTICATION, USER_AND_PASSWORD] if credentials else [NO_AUTHENTICATION])
        wire.say(bytes([VERSION, len(methods)]) + methods)
        yield from _authenticate(wire, methods, quotes)
        wire.say(bytes([VERSION, CONNECT, 0]) + _address(host) + port.to_bytes(PORT_LENGTH, "big"))
        yield from _reply(wire, quotes)

    return dialogue


def _authenticate(wire: Wire, methods: bytes, quotes: Quotes) -> Dialogue:
    """RFC 1928 §3: the proxy chooses one of the methods."""
    yield from _version(wire, quotes)
    (method,) = yield from wire.take(1)
    credentials = quotes.credentials
    if method == NONE_IS_ACCEPTABLE:
        wants = "neither with nor without a user and password" if credentials else "not without authentication"
        raise DialogueError(ProbeFailure.PROXY_AUTHENTICATION, f"it lets us in {wants}")
    if method not in methods:
        raise _malformed(f"it chose the authentication {method}, which was not offered")
    if method == USER_AND_PASSWORD and credentials:
        yield from _log_in(wire, credentials)


def _log_in(wire: Wire, credentials: Credentials) -> Dialogue:
    """RFC 1929 §2. Its version is not looked at: some proxies answer with 5."""
    user, password = credentials.user.encode(), credentials.password.encode()
    wire.say(bytes([SUBNEGOTIATION_VERSION, len(user)]) + user + bytes([len(password)]) + password)
    _, status = yield from wire.take(2)
    if status:
        raise DialogueError(ProbeFailure.PROXY_AUTHENTICATION, f"it does not take the user and password ({status})")


def _reply(wire: Wire, quotes: Quotes) -> Dialogue:
    """RFC 1928 §6. A refusal is told by its second octet, and some proxies send no more than that."""
    yield from _version(wire, quotes)
    (reply,) = yield from wire.take(1)
    if reply:
        failure, meaning = _REPLIES.get(reply, (ProbeFailure.PROXY_REFUSED, "unassigned"))
        raise DialogueError(failure, f"it says {meaning} (reply {reply})")
    _, kind = yield from wire.take(2)
    length = {IPV4: 4, IPV6: 16}.get(kind)
    if kind == NAME:
        (length,) = yield from wire.take(1)
    if length is None:
        raise _malformed(f"its reply has an address of the unknown type {kind}")
    yield from wire.take(length + PORT_LENGTH)


def _version(wire: Wire, quotes: Quotes) -> Dialogue:
    (version,) = yield from wire.take(1)
    if version != VERSION:
        raise _malformed(f'its answer "{quotes.of(bytes([version]) + wire.unread, 80)}" is no SOCKS5')


def _address(host: str) -> bytes:
    """ATYP and DST.ADDR (RFC 1928 §5); a DNS name has at most 253 octets."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        name = host.encode("ascii")
        return bytes([NAME, len(name)]) + name
    return bytes([IPV4 if ip.version == 4 else IPV6]) + ip.packed


def _malformed(detail: str) -> DialogueError:
    return DialogueError(ProbeFailure.PROXY_MALFORMED, detail)
