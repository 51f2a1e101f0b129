"""Which server it is, from its answer to one ordinary HTTPS request.

This is a second connection, apart from the probe: it is made only to tell the right fix, and
nothing that it brings changes a verdict. Nobody vouches for the answer: certificates are not
verified here, and a proxy may pass on what the server behind it said.
"""

from __future__ import annotations

import asyncio
import functools
import re
import ssl
from dataclasses import dataclass
from datetime import timedelta

from ocsp_staple_exporter import __version__
from ocsp_staple_exporter.diagnosis import Software
from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Endpoint

PATIENCE = timedelta(seconds=3)
"""For the whole request: it is worth no more."""

HTTPS = 443

LARGEST_HEAD = 16_384
"""Bytes; no server that we know of sends more without being asked for it."""

OTHER_PROTOCOLS = frozenset(
    {
        465,  # submissions
        563,  # nntps
        636,  # ldaps
        853,  # domain-s
        989,  # ftps-data
        990,  # ftps
        992,  # telnets
        993,  # imaps
        995,  # pop3s
        2083,  # radsec
        3269,  # msft-gc-ssl
        3389,  # ms-wbt-server
        5061,  # sips
        5223,  # hpvirtgrp, XMPP in practice
        5269,  # xmpp-server
        5349,  # stuns
        5432,  # postgresql
        5671,  # amqps
        5684,  # coaps
        6514,  # syslog-tls
        6697,  # ircs-u
        8883,  # secure-mqtt
        9093,  # Kafka in practice
    }
)
"""Ports on which TLS carries something else (IANA's registry): an HTTP request would only be logged as garbage."""

_PRODUCTS = (
    (r"nginx|openresty|tengine|angie|freenginx", Software.NGINX),
    (r"apache[ -]?(?:tomcat|coyote)|jetty|undertow|wildfly|jboss|glassfish|payara|tomee|grizzly|netty", Software.JAVA),
    (r"apache|httpd", Software.APACHE),
    (r"haproxy", Software.HAPROXY),
    (r"caddy", Software.CADDY),
    (r"envoy|istio-envoy", Software.ENVOY),
    (r"lighttpd", Software.LIGHTTPD),
    (r"hitch", Software.HITCH),
    (r"stunnel", Software.STUNNEL),
    (r"microsoft-(?:iis|httpapi)", Software.IIS),
)
"""How the header begins, in any case, in the order in which they are tried."""


_INTERIM = re.compile(rb"HTTP/1\.[01] 1\d\d[ \r]")
_FINAL = re.compile(rb"HTTP/1\.[01] [2-5]\d\d[ \r]")
_SERVER_FIELD = re.compile(rb"^Server:[ \t]*([^\r\n]*?)[ \t]*\r$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What is known of the server's kind."""

    software: Software | None = None
    header: str | None = None
    """What its Server header says; safe to show. None: not asked, or no answer."""


def software_of(header: str) -> Software | None:
    """The kind of server that calls itself so (`Server`, RFC 9110 §10.2.4)."""
    for pattern, software in _PRODUCTS:
        if re.match(rf"(?:{pattern})\b", header, re.IGNORECASE):
            return software
    return None


async def ask(endpoint: Endpoint, address: str) -> Server:
    """One `HEAD /` to the address that was probed; never raises for what a server does."""
    if endpoint.port in OTHER_PROTOCOLS or endpoint.module.starttls is not None:
        return Server()
    header = await _server_header(endpoint, address)
    if header is None:
        return Server()
    shown = printable(header)
    return Server(software=software_of(shown), header=shown)


async def _server_header(endpoint: Endpoint, address: str) -> bytes | None:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            head = await _exchange(endpoint, address)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    found = _SERVER_FIELD.search(head) if _FINAL.match(head) else None
    return found[1] if found else None


async def _exchange(endpoint: Endpoint, address: str) -> bytes:
    """The status line and the fields of the first answer that is not an interim one (RFC 9110 §15.2)."""
    reader, writer = await asyncio.open_connection(
        address,
        endpoint.port,
        limit=LARGEST_HEAD,
        ssl=_trusting_context(),
        server_hostname=endpoint.server_name or "",  # none sent where it is empty
        local_addr=(source, 0) if (source := endpoint.module.source_address) else None,
    )
    try:
        writer.write(_request(endpoint, address))
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if not _INTERIM.match(head):
                return head
    finally:
        writer.transport.abort()


def _request(endpoint: Endpoint, address: str) -> bytes:
    ip = address.partition("%")[0]  # a zone is nobody else's business (RFC 4007 §11.2)
    host = endpoint.server_name or (f"[{ip}]" if ":" in ip else ip)
    authority = host if endpoint.port == HTTPS else f"{host}:{endpoint.port}"
    lines = (
        "HEAD / HTTP/1.1",
        f"Host: {authority}",
        f"User-Agent: ocsp-staple-exporter/{__version__}",
        "Accept: */*",
        "Connection: close",
        "\r\n",
    )
    return "\r\n".join(lines).encode()


@functools.cache
def _trusting_context() -> ssl.SSLContext:
    """Takes any certificate: an untrusted chain is one of the things that are looked into."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
