"""Whatever a server sends: a handshake that is authentic, or one HandshakeError.

python -m fuzz.fuzz_handshake [input...]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import atheris

from fuzz.corpus import IN_FLIGHT, IN_MESSAGE, NOW, RAW, handshake_seeds
from fuzz.session import fuzz, prepare

with atheris.instrument_imports(include=["ocsp_staple_exporter.tls"]):
    from ocsp_staple_exporter.lab.ca import Authority
    from ocsp_staple_exporter.lab.keys import KeyType, generate_key
    from ocsp_staple_exporter.lab.staples import staple
    from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
    from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
    from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake, Terms
    from ocsp_staple_exporter.model import HandshakeError, TLSVersion
    from ocsp_staple_exporter.tls import ClientHandshake
    from ocsp_staple_exporter.tls.groups import SECP256R1
    from ocsp_staple_exporter.tls.wire import HandshakeType

LONGEST_DETAIL = 1200
RETRY = Terms(groups=(SECP256R1,), cookie=b"cookie", request_client_certificate=True)


@dataclass(frozen=True, slots=True)
class Input:
    """See `fuzz.corpus.edit`."""

    kind: int
    options: int
    number: int
    position: int
    length: int
    put: bytes

    @classmethod
    def of(cls, data: bytes) -> Input:
        header, put = data[:7].ljust(7, b"\x00"), data[7:]
        return cls(header[0] % 3, header[1], header[2], int.from_bytes(header[3:5]), int.from_bytes(header[5:7]), put)

    @property
    def version(self) -> TLSVersion:
        return TLSVersion.TLS_1_2 if self.options & 1 else TLSVersion.TLS_1_3

    @property
    def terms(self) -> Terms:
        return RETRY if self.options & 2 else Terms()

    @property
    def key_type(self) -> KeyType:
        return "rsa" if self.options & 4 else "ecdsa"

    def edit(self, original: bytes) -> bytes:
        return original[: self.position] + self.put + original[self.position + self.length :]


@cache
def credential(key_type: KeyType) -> Credential:
    """A leaf, its issuer and a good staple."""
    issuer = Authority.root(now=NOW).issue_authority()
    leaf = issuer.issue_leaf("leaf.example", key=generate_key(key_type))
    return Credential(leaf.chain, leaf.key, staple(leaf, issuer, now=NOW))


def shake_hands(data: bytes) -> None:
    read = Input.of(data)
    client = ClientHandshake("leaf.example", frozenset({read.version}))
    try:
        if read.kind == RAW:
            client.receive(b"")
            client.receive(read.put)
            client.receive_eof()
        else:
            converse(client, server_of(read), read)
    except HandshakeError as error:
        check_failure(client, error)
    else:
        check_handshake(client, read)


def server_of(read: Input) -> ServerHandshake:
    """One that sends its message of that number as the input has it, and stands by that ever after."""
    numbers = count()

    def send(self: Any, message_type: HandshakeType, body: bytes) -> None:
        edited = read.kind == IN_MESSAGE and next(numbers) == read.number
        super(type(self), self).send(message_type, read.edit(body) if edited else body)

    tls13: type[TLS13Flights] = type("EditedTLS13", (TLS13Flights,), {"send": send})
    tls12: type[TLS12Flights] = type("EditedTLS12", (TLS12Flights,), {"send": send})
    return ServerHandshake(lambda _: credential(read.key_type), read.terms, tls13=tls13, tls12=tls12)


def converse(client: ClientHandshake, server: ServerHandshake, read: Input) -> None:
    """Until the client is done or the server closes; one flight is edited on its way."""
    to_server = client.receive(b"")
    for flight_number in count():
        if client.handshake is not None:
            return
        to_client = reply(server, to_server)
        if read.kind == IN_FLIGHT and flight_number == read.number % 2:
            to_client = read.edit(to_client)
        if not to_client:
            break
        to_server = client.receive(to_client)
    client.receive_eof()


def reply(server: ServerHandshake, data: bytes) -> bytes:
    try:
        return server.receive(data)
    except HandshakeError:
        server.closed = True
        return server.parting_alert


def check_failure(client: ClientHandshake, error: HandshakeError) -> None:
    """It has a printable reason, and the client sticks to it."""
    assert client.handshake is None
    assert error.detail.isprintable(), error.detail
    assert len(error.detail) < LONGEST_DETAIL, error.detail
    assert isinstance(client.parting_alert, bytes)
    try:
        client.receive(b"more")
    except HandshakeError as again:
        assert again.reason is error.reason
    else:
        raise AssertionError("the client forgot its failure")


def check_handshake(client: ClientHandshake, read: Input) -> None:
    """The leaf is the one whose key signed, and nobody could have changed a flight on its way."""
    shown = client.handshake
    assert shown is not None
    genuine = credential(read.key_type)
    assert read.kind != RAW
    assert shown.tls_version is read.version
    if read.kind == IN_FLIGHT:
        assert shown.chain == genuine.chain
        assert shown.staple == genuine.staple
    client.receive(b"anything")


if __name__ == "__main__":
    fuzz(prepare("handshake", handshake_seeds()), shake_hands)
