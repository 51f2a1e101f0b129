"""All that is said before TLS begins, each to whom it concerns, in the one order that works."""

from __future__ import annotations

import socket
from collections.abc import Callable

from ocsp_staple_exporter.dialogue import Conversation, Dialogue, Wire
from ocsp_staple_exporter.model import Endpoint, Phase, Proxy, ProxyScheme
from ocsp_staple_exporter.probe.carrier import Carrier
from ocsp_staple_exporter.probe.failing import blaming
from ocsp_staple_exporter.probe.routing import Route
from ocsp_staple_exporter.probe.stopwatch import Stopwatch
from ocsp_staple_exporter.proxies import End, http_connect, introduction, socks5

_ASKING = {
    ProxyScheme.HTTP: http_connect,
    ProxyScheme.SOCKS5: socks5,
    ProxyScheme.SOCKS5H: socks5,
}


async def approach(
    carrier: Carrier, connection: socket.socket, endpoint: Endpoint, route: Route, stopwatch: Stopwatch
) -> bytes:
    """Go through the proxy, then say who comes. Gives what the host has said by then. Raises PeerError."""
    module = endpoint.module
    unread = b""
    if module.proxy is not None:
        stopwatch.begin(Phase.PROXY)
        with blaming(module.proxy):
            unread = await _pass(carrier, module.proxy, route.host, endpoint.port)
    if module.proxy_protocol is not None:
        ends = None if module.proxy is not None else _ends(connection)
        await carrier.carry(Conversation(_saying(introduction(module.proxy_protocol, ends))))
    return unread


async def _pass(carrier: Carrier, proxy: Proxy, host: str, port: int) -> bytes:
    conversation = Conversation(_ASKING[proxy.scheme](host, port, proxy.credentials))
    await carrier.carry(conversation)
    return conversation.unread


def _ends(connection: socket.socket) -> tuple[End, End]:
    return End(*connection.getsockname()[:2]), End(*connection.getpeername()[:2])


def _saying(words: bytes) -> Callable[[Wire], Dialogue]:
    """A dialogue to which nobody answers."""

    def dialogue(wire: Wire) -> Dialogue:
        wire.say(words)
        yield from ()

    return dialogue
