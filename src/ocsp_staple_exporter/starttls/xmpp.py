"""XMPP, from client to server and from server to server (RFC 6120 §5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from ocsp_staple_exporter.dialogue import Dialogue, DialogueError, Reading, Wire
from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.starttls.answers import (
    LONGEST_QUOTATION,
    Names,
    expect_text,
    not_offered,
    refused,
    turned_away,
    unexpected,
)

STREAMS = "http://etherx.jabber.org/streams"
TLS = "urn:ietf:params:xml:ns:xmpp-tls"

STARTTLS = f"<starttls xmlns='{TLS}'/>".encode()
END = b"</stream:stream>"

STREAM, FEATURES, ERROR = (f"{STREAMS} {name}" for name in ("stream", "features", "error"))
OFFER, PROCEED, FAILURE = (f"{TLS} {name}" for name in ("starttls", "proceed", "failure"))
"""Namespace and name, as expat joins them."""


def xmpp(wire: Wire, names: Names) -> Dialogue:
    """RFC 6120 §5.4: a stream, its features, <starttls/>, <proceed/>; the next byte is TLS. The client speaks first."""
    return _negotiate(wire, "jabber:client", names)


def xmpp_server(wire: Wire, names: Names) -> Dialogue:
    """The same in the content namespace of servers (RFC 6120 §4.8.3); `from` is left out, as we are no server."""
    return _negotiate(wire, "jabber:server", names)


def _negotiate(wire: Wire, namespace: str, names: Names) -> Dialogue:
    header = (
        f"<?xml version='1.0'?><stream:stream xmlns='{namespace}' xmlns:stream='{STREAMS}' "
        f"to={quoteattr(names.server)} version='1.0'>"
    )
    wire.say(header.encode())
    stream = _Stream(wire)
    name, inside = yield from stream.child()
    if name != FEATURES:
        raise unexpected("list of a stream's features", _local(name))
    if OFFER not in inside:
        wire.say(END)
        raise not_offered(f"starttls is not among the features {_listed(inside)}")
    wire.say(STARTTLS)
    name, _ = yield from stream.child()
    if name == FAILURE:
        raise refused(b"failure")
    if name != PROCEED:
        raise unexpected("answer to starttls", _local(name))


class _Stream:
    """What the server says, element by element.

    Expat is given the bytes up to each `>` in turn: an element ends only there, so nothing that follows one
    has been taken when its end is seen. That is how bytes before TLS are found.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._parser = parser = expat.ParserCreate("utf-8", namespace_separator=" ")  # RFC 6120 §11.6
        parser.buffer_text = True
        if hasattr(parser, "SetReparseDeferralEnabled"):
            # Since 2.6 expat waits for more where a token came in parts, as one with a `>` in an attribute does here.
            # What that guards against is bounded: a dialogue takes few bytes.
            parser.SetReparseDeferralEnabled(False)  # noqa: FBT003 - expat's signature
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        self._open: list[str] = []
        self._inside: dict[str, str] = {}
        self._ended: str | None = None

    def child(self) -> Reading[tuple[str, Mapping[str, str]]]:
        """The next child of the stream, and the elements inside it with their texts. Raises where the stream ends."""
        self._inside, self._ended = {}, None
        yield from expect_text(self._wire, "stream of XMPP")
        while self._ended is None:
            self._parse((yield from self._wire.through(b">")))
        if self._ended == ERROR:
            raise turned_away(*(text.encode() or _local(name) for name, text in self._inside.items()))
        if self._ended == STREAM:
            raise turned_away(END)
        return self._ended, self._inside

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.Parse(data, False)  # noqa: FBT003 - expat's signature
        except expat.ExpatError as error:
            detail = f"{printable(data, LONGEST_QUOTATION)} is no XML of a stream: {expat.ErrorString(error.code)}"
            raise DialogueError(ProbeFailure.STARTTLS_UNEXPECTED, detail) from error

    def _start(self, name: str, _attributes: Mapping[str, str]) -> None:
        if not self._open and name != STREAM:
            raise unexpected("stream of XMPP", _local(name))
        if len(self._open) >= 2:
            self._inside[name] = ""
        self._open.append(name)

    def _text(self, text: str) -> None:
        if len(self._open) >= 3:
            self._inside[self._open[-1]] += text

    def _end(self, name: str) -> None:
        self._open.pop()
        if len(self._open) <= 1:
            self._ended = name


def _refuse_doctype(*_: object) -> NoReturn:
    """RFC 6120 §11.1: a stream has no document type, and so no entities."""
    raise unexpected("stream of XMPP", b"<!DOCTYPE")


def _local(name: str) -> bytes:
    return name.rpartition(" ")[2].encode("utf-8", "replace")


def _listed(features: Mapping[str, str]) -> str:
    names = b", ".join(_local(name) for name in features)
    return f'"{printable(names, LONGEST_QUOTATION)}"'
