"""All that is said before TLS begins, each to whom it concerns, in the one order that works."""

from __future__ import annotations

import socket
from collections.abc import Callable

from ocsp_staple_exporter.dialogue import Conversation, Dialogue, DialogueError, Wire
from ocsp_staple_exporter.model import Endpoint, Phase, Proxy, ProxyScheme
from ocsp_staple_exporter.probe.carrier import Carrier
from ocsp_staple_exporter.probe.connecting import both_ends, local_ip
from ocsp_staple_exporter.probe.failing import blaming
from ocsp_staple_exporter.probe.routing import Route
from ocsp_staple_exporter.probe.stopwatch import Stopwatch
from ocsp_staple_exporter.proxies import http_connect, introduction, socks5
from ocsp_staple_exporter.starttls import Names, conversation_of

_ASKING = {
    ProxyScheme.HTTP: http_connect,
    ProxyScheme.SOCKS5: socks5,
    ProxyScheme.SOCKS5H: socks5,
}


async def approach(
    carrier: Carrier, connection: socket.socket, endpoint: Endpoint, route: Route, stopwatch: Stopwatch
) -> bytes:
    """Go through the proxy, say who comes, ask for TLS. Gives what the host has said by then. Raises PeerError."""
    module = endpoint.module
    unread = b""
    if module.proxy is not None:
        stopwatch.begin(Phase.PROXY)
        with blaming(module.proxy):
            unread = await _pass(carrier, module.proxy, route.host, endpoint.port)
    if module.proxy_protocol is not None:
        ends = None if module.proxy is not None else both_ends(connection)
        await carrier.carry(Conversation(_saying(introduction(module.proxy_protocol, ends))))
    if module.starttls is None:
        return unread
    stopwatch.begin(Phase.STARTTLS)
    await _agree_on_tls(carrier, conversation_of(module.starttls, _names(endpoint, connection)), unread)
    return b""


async def _pass(carrier: Carrier, proxy: Proxy, host: str, port: int) -> bytes:
    conversation = Conversation(_ASKING[proxy.scheme](host, port, proxy.credentials))
    await carrier.carry(conversation)
    return conversation.unread


async def _agree_on_tls(carrier: Carrier, conversation: Conversation, already: bytes) -> None:
    try:
        await carrier.carry(conversation, already)
    except DialogueError:
        carrier.say_last_words(conversation.parting_words)
        raise


def _names(endpoint: Endpoint, connection: socket.socket) -> Names:
    """We go by the address that we come from, as RFC 5321 §4.1.3 has it for a client without a name."""
    ours = local_ip(connection)
    literal = f"[IPv6:{ours}]" if ":" in ours else f"[{ours}]"
    return Names(client=literal, server=endpoint.reference_identifier)


def _saying(words: bytes) -> Callable[[Wire], Dialogue]:
    """A dialogue to which nobody answers."""

    def dialogue(wire: Wire) -> Dialogue:
        wire.say(words)
        yield from ()

    return dialogue
