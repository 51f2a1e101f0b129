"""HTTP's CONNECT: a tunnel through an HTTP proxy (RFC 9110 §9.3.6), spoken as HTTP/1.1 (RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from http import HTTPStatus
from typing import NamedTuple

from ocsp_staple_exporter.dialogue import Dialogue, DialogueError, Wire
from ocsp_staple_exporter.model import Credentials, ProbeFailure
from ocsp_staple_exporter.proxies.quoting import Quotes

MOST_FIELDS = 128
"""Header fields of one answer; proxies send fewer than 20."""

LONGEST_QUOTE = 200
"""Characters of what a proxy says of its refusal."""

LARGEST_CONTENT = 1024
"""Bytes of a refusal's content that are looked at; those that came with its head, none are waited for."""

_BEGINNING = b"HTTP/1."
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: (.*))?")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z0-9-]+)(?!\s*=)(?=\s|,|$)")

_HOST_IS_OUT_OF_REACH = frozenset(
    {
        HTTPStatus.INTERNAL_SERVER_ERROR,  # tinyproxy says so where it cannot connect
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,  # Squid and Envoy say so
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""The proxy tried, and did not reach the host."""

_WHO_ASKS = frozenset({HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, HTTPStatus.UNAUTHORIZED})
"""RFC 9110 §15.5.8; the other is what tinyproxy says to a wrong password."""


class _Answer(NamedTuple):
    """The head of an answer; a field that is sent twice is joined by a comma (RFC 9110 §5.3)."""

    status: int
    reason: bytes
    fields: Mapping[bytes, bytes]


def http_connect(host: str, port: int, credentials: Credentials | None) -> Callable[[Wire], Dialogue]:
    """Ask for a tunnel to `host`, a DNS name in ASCII or an IP literal without brackets and zone.

    Raises PROXY_AUTHENTICATION, PROXY_REFUSED, PROXY_CONNECT_FAILED, PROXY_MALFORMED.
    """
    quotes = Quotes(credentials)

    def dialogue(wire: Wire) -> Dialogue:
        wire.say(_request(host, port, credentials))
        answer = yield from _final_answer(wire, quotes)
        # A successful answer has no content, whatever its fields say (RFC 9110 §9.3.6): the tunnel begins here.
        if not 200 <= answer.status <= 299:
            raise _refusal(answer, wire.unread, quotes)

    return dialogue


def _request(host: str, port: int, credentials: Credentials | None) -> bytes:
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}", "User-Agent: ocsp-staple-exporter"]
    if credentials:
        lines.append(f"Proxy-Authorization: Basic {credentials.basic.decode('ascii')}")
    return "\r\n".join([*lines, "\r\n"]).encode("ascii")


def _final_answer(wire: Wire, quotes: Quotes) -> Generator[None, None, _Answer]:
    """Interim answers may come before (RFC 9110 §15.2); 101 agrees to something that was not asked for."""
    while True:
        answer = yield from _head(wire, quotes)
        if answer.status >= 200 or answer.status == HTTPStatus.SWITCHING_PROTOCOLS:
            return answer


def _head(wire: Wire, quotes: Quotes) -> Generator[None, None, _Answer]:
    yield from _recognise_http(wire, quotes)
    line = yield from wire.line()
    status_line = _STATUS_LINE.fullmatch(line)
    if status_line is None:
        raise _malformed(f'"{quotes.of(line, LONGEST_QUOTE)}" is no status line of HTTP/1.1')
    fields = yield from _fields(wire, quotes)
    return _Answer(int(status_line[1]), (status_line[2] or b"").strip(), fields)


def _recognise_http(wire: Wire, quotes: Quotes) -> Dialogue:
    """Tell at the first octet that differs: what speaks another protocol may never send a line."""
    while len(wire.unread) < len(_BEGINNING):
        _require_http(wire.unread, quotes)
        yield
    _require_http(wire.unread, quotes)


def _require_http(unread: bytes, quotes: Quotes) -> None:
    beginning = unread[: len(_BEGINNING)]
    if _BEGINNING.startswith(beginning):
        return
    if beginning[0] in {0x15, 0x16}:  # alert, handshake (RFC 8446 §5.1)
        raise _malformed("it answers in TLS, as a proxy with an https:// URL does")
    raise _malformed(f'its answer "{quotes.of(unread, 80)}" is no HTTP/1.1')


def _fields(wire: Wire, quotes: Quotes) -> Generator[None, None, Mapping[bytes, bytes]]:
    fields: dict[bytes, bytes] = {}
    for _ in range(MOST_FIELDS + 1):
        line = yield from wire.line()
        if not line:
            return fields
        if line[:1] in {b" ", b"\t"}:  # a folded line goes on (RFC 9112 §5.2); nothing that is read here is folded
            continue
        field = _FIELD.fullmatch(line)
        if field is None:
            raise _malformed(f'"{quotes.of(line, LONGEST_QUOTE)}" is no header field')
        name = field[1].lower()
        fields[name] = b", ".join([fields[name], field[2]]) if name in fields else field[2]
    raise _malformed(f"more than {MOST_FIELDS} header fields")


def _refusal(answer: _Answer, content: bytes, quotes: Quotes) -> DialogueError:
    said = f"it says {answer.status} {quotes.of(answer.reason, LONGEST_QUOTE)}".rstrip()
    if answer.status in _WHO_ASKS:
        return DialogueError(ProbeFailure.PROXY_AUTHENTICATION, f"{said}: {_wanted(answer, quotes)}")
    failure = ProbeFailure.PROXY_REFUSED
    if answer.status in _HOST_IS_OUT_OF_REACH:
        failure = ProbeFailure.PROXY_CONNECT_FAILED
    return DialogueError(failure, said + _explained(answer, content, quotes))


def _wanted(answer: _Answer, quotes: Quotes) -> str:
    """Basic is all that is spoken here; a scheme stands before its parameters (RFC 9110 §11.3)."""
    challenge = quotes.of(answer.fields.get(b"proxy-authenticate", b""), LONGEST_QUOTE)
    schemes = {scheme.lower(): scheme for scheme in _SCHEME.findall(challenge)}
    if schemes and "basic" not in schemes:
        return f"it asks for {', '.join(schemes.values())}, and only Basic is spoken here"
    return "it does not take the user and password" if quotes.credentials else "it asks for a user and a password"


def _explained(answer: _Answer, content: bytes, quotes: Quotes) -> str:
    """Proxy-Status (RFC 9209) and plain text that came along; pages of HTML are not for a line of text."""
    said = [answer.fields.get(b"proxy-status", b"")]
    if answer.fields.get(b"content-type", b"").lower().startswith(b"text/plain"):
        said.append(b" ".join(content[:LARGEST_CONTENT].split()))
    return "".join(f', "{quotes.of(text, LONGEST_QUOTE)}"' for text in said if text)


def _malformed(detail: str) -> DialogueError:
    return DialogueError(ProbeFailure.PROXY_MALFORMED, detail)
