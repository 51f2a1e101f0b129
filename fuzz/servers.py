"""Lab servers that send what an input of the handshake's fuzzer says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import count

from fuzz.corpus import NOW
from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.keys import KeyType, generate_key
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.lab.tls_flights import Flights
from ocsp_staple_exporter.lab.tls_flights12 import TLS12Flights
from ocsp_staple_exporter.lab.tls_flights13 import TLS13Flights
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake, Terms
from ocsp_staple_exporter.model import TLSVersion
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.groups import SECP256R1
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES, KeyExchange
from ocsp_staple_exporter.tls.wire import HandshakeType

RAW, IN_FLIGHT, IN_MESSAGE = range(3)
"""What is done with an input's bytes: sent as they are, put into a flight, put into a message."""

VERSIONS = (TLSVersion.TLS_1_3, TLSVersion.TLS_1_2, TLSVersion.TLS_1_1, TLSVersion.TLS_1_0)
"""By the bits 1 and 8 of an input's options."""

KINDS = (
    None,
    tuple(suite for suite in CIPHER_SUITES.values() if suite.key_exchange is KeyExchange.DHE),
    tuple(suite for suite in CIPHER_SUITES.values() if suite.key_exchange is KeyExchange.RSA),
    tuple(suite for suite in CIPHER_SUITES.values() if "_ECDHE_RSA_" in suite.name and suite.sealing is None),
)
"""The suites of a server of TLS 1.2 or older, by the bits 16 and 32."""

SEEDED_OPTIONS = (*range(8), 8, 9, 12, 13, 14, 15, 17, 25, 33, 40, 41, 49, 65, 73)

WHOLE = 0xFFFF
"""A length that is never reached: what is put in replaces all from there."""

HEADER = 7
SERVER_NAME = "leaf.example"
RETRY = Terms(groups=(SECP256R1,), cookie=b"cookie", request_client_certificate=True)


@dataclass(frozen=True, slots=True)
class Input:
    """What the server is like, and what is put where."""

    kind: int
    options: int
    number: int
    """Of the message or of the flight."""

    position: int = 0
    length: int = 0
    put: bytes = b""

    @classmethod
    def decode(cls, data: bytes) -> Input:
        """Every input means something."""
        header, put = data[:HEADER].ljust(HEADER, b"\x00"), data[HEADER:]
        return cls(header[0] % 3, header[1], header[2], int.from_bytes(header[3:5]), int.from_bytes(header[5:]), put)

    def encode(self) -> bytes:
        header = bytes([self.kind, self.options, self.number])
        return header + self.position.to_bytes(2) + self.length.to_bytes(2) + self.put

    @property
    def version(self) -> TLSVersion:
        return VERSIONS[(self.options & 1) | (self.options & 8) >> 2]

    @property
    def terms(self) -> Terms:
        terms = replace(RETRY if self.options & 2 else Terms(), status_request_v2=bool(self.options & 64))
        kind = KINDS[self.options >> 4 & 3]
        return terms if kind is None else replace(terms, cipher_suites=kind)

    @property
    def credential(self) -> Credential:
        """The suites of one kind are all of RSA."""
        return _credential("rsa" if self.options & (4 | 16 | 32) else "ecdsa")

    def edit(self, original: bytes) -> bytes:
        return original[: self.position] + self.put + original[self.position + self.length :]


@cache
def _credential(key_type: KeyType) -> Credential:
    """A leaf, its issuer and a good staple."""
    issuer = Authority.root(now=NOW).issue_authority()
    leaf = issuer.issue_leaf(SERVER_NAME, key=generate_key(key_type))
    return Credential(leaf.chain, leaf.key, staple(leaf, issuer, now=NOW), issuer_staples=(b"of the issuer",))


def client_of(read: Input) -> ClientHandshake:
    return ClientHandshake(SERVER_NAME, frozenset({read.version}))


Sent = list[tuple[HandshakeType, bytes]]


def server_of(read: Input, sent: Sent | None = None) -> ServerHandshake:
    """One that sends its message of that number as the input has it, and stands by that ever after.

    Its messages are appended to `sent`, each as its type and its body.
    """
    numbers = count()

    def send(self: Flights, message_type: HandshakeType, body: bytes) -> None:
        if read.kind == IN_MESSAGE and next(numbers) == read.number:
            body = read.edit(body)
        if sent is not None:
            sent.append((message_type, body))
        Flights.send(self, message_type, body)

    tls13: type[TLS13Flights] = type("EditedTLS13", (TLS13Flights,), {"send": send})
    tls12: type[TLS12Flights] = type("EditedTLS12", (TLS12Flights,), {"send": send})
    return ServerHandshake(lambda _: read.credential, read.terms, tls13=tls13, tls12=tls12)


def seeds() -> Iterator[tuple[str, bytes]]:
    """File names and inputs: genuine messages, whole and cut short, and servers that speak no TLS."""
    for options in SEEDED_OPTIONS:
        for number, (_, body) in enumerate(genuine_messages(options)):
            yield f"genuine-{options}-{number}", Input(IN_MESSAGE, options, number, 0, WHOLE, body).encode()
            yield f"cut-{options}-{number}", Input(IN_MESSAGE, options, number, 4, WHOLE).encode()
        yield f"flight-{options}", Input(IN_FLIGHT, options, 0, 60, 2, b"\x00\x17").encode()
    for name, first in {
        "alert": b"\x15\x03\x01\x00\x02\x02\x28",
        "http": b"HTTP/1.1 400 Bad Request\r\n",
        "smtp": b"220 mail.test ESMTP\r\n",
        "hello": b"\x16\x03\x03\x00\x2e\x02\x00\x00\x2a\x03\x03" + bytes(32) + b"\x00\x13\x01\x00\x00\x02\x00\x2b",
    }.items():
        yield name, Input(RAW, 0, 0, put=first).encode()


def leaf_of(options: int) -> bytes:
    """The certificate (DER) of such a server."""
    return Input(RAW, options, 0).credential.chain[0]


def genuine_messages(options: int) -> Sent:
    """All that such a server sends."""
    sent: Sent = []
    genuine = Input(RAW, options, 0)
    client, server = client_of(genuine), server_of(genuine, sent)
    to_server = client.receive(b"")
    while client.handshake is None:
        to_server = client.receive(server.receive(to_server))
    return sent
