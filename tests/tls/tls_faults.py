"""A lab server some of whose steps are replaced, and what the client says to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake, Terms
from ocsp_staple_exporter.model import Handshake, HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.groups import SECP256R1
from tests.tls.tls_lab import converse, credential

V12, V13 = TLSVersion.TLS_1_2, TLSVersion.TLS_1_3
SHOWN = credential("p256")

Overrides = dict[str, Any]


def read(
    version: TLSVersion | None,
    overrides: Overrides,
    terms: Terms = Terms(),  # noqa: B008
    shown: Credential = SHOWN,
) -> Handshake:
    """A handshake with a server some of whose steps are replaced."""
    tls13: type[TLS13Flights] = type("OtherTLS13", (TLS13Flights,), overrides)
    tls12: type[TLS12Flights] = type("OtherTLS12", (TLS12Flights,), overrides)
    versions = frozenset(TLSVersion) if version is None else frozenset({version})
    server = ServerHandshake(lambda _: shown, terms, tls13=tls13, tls12=tls12)
    return converse(ClientHandshake("leaf.test", versions), server)


def reason(version: TLSVersion | None, overrides: Overrides, **others: Any) -> ProbeFailure:
    with pytest.raises(HandshakeError) as caught:
        read(version, overrides, **others)
    return caught.value.reason


def edited(step: str, old: bytes, new: bytes, flights: type = TLS13Flights) -> Overrides:
    """The step as it is, with one stretch of its message replaced."""
    original = getattr(flights, step)

    def edit(self: object, *arguments: object) -> bytes:
        body: bytes = original(self, *arguments)
        assert old in body
        return body.replace(old, new, 1)

    return {step: edit}


def appended(step: str, more: bytes, flights: type) -> Overrides:
    original = getattr(flights, step)
    return {step: lambda self, *arguments: original(self, *arguments) + more}


def constant(step: str, body: bytes) -> Overrides:
    return {step: lambda _self, *_arguments: body}


RETRY = Terms(groups=(SECP256R1,))


def connect(version: TLSVersion, terms: Terms) -> tuple[ClientHandshake, ServerHandshake]:
    client = ClientHandshake("leaf.test", frozenset({version}))
    return client, ServerHandshake(lambda _: SHOWN, terms)


def failure(*parts: bytes) -> HandshakeError:
    """What a client says that reads these bytes and then the end of the connection."""
    client = ClientHandshake("leaf.test")
    with pytest.raises(HandshakeError) as caught:
        read_to_the_end(client, parts)
    return caught.value


def read_to_the_end(client: ClientHandshake, parts: Iterable[bytes]) -> None:
    for part in parts:
        client.receive(part)
    client.receive_eof()
