"""The messages that TLS 1.3 no longer has (RFC 5246 §7.4, RFC 4346 §7.4, RFC 8422 §5.4, RFC 6066 §8, RFC 6961 §2.2)."""

from __future__ import annotations

from dataclasses import dataclass

from ocsp_staple_exporter.model import TLSVersion
from ocsp_staple_exporter.tls.finite_field import FiniteField
from ocsp_staple_exporter.tls.messages import (
    STATUS_TYPE_OCSP_MULTI,
    ServerCertificate,
    illegal,
    read_staple,
    some_certificate,
    take_certificate,
)
from ocsp_staple_exporter.tls.suites import KeyExchange
from ocsp_staple_exporter.tls.wire import HEADER_LENGTH, HandshakeType, Message, Reader

NAMED_CURVE = 3
"""ECCurveType (RFC 8422 §5.4)."""


@dataclass(frozen=True, slots=True)
class ServerKeyExchange:
    """The server's ephemeral key and the signature over it (RFC 8422 §5.4, RFC 5246 §7.4.3)."""

    group: int | FiniteField
    """NamedCurve, or a prime and its generator."""

    public: bytes
    params: bytes
    """ServerECDHParams or ServerDHParams, which is what is signed."""

    scheme: int | None
    """None before TLS 1.2, where the kind of key decides."""

    signature: bytes


def parse_certificate(message: Message) -> ServerCertificate:
    """RFC 5246 §7.4.2; staples come in a message of their own."""
    reader = message.open(HandshakeType.CERTIFICATE)
    entries = reader.inner(3)
    reader.finish()
    chain: list[bytes] = []
    while entries:
        take_certificate(entries, chain)
    return some_certificate(chain, [None] * len(chain))


def parse_certificate_status(message: Message, certificates: int, *, multi: bool) -> tuple[bytes | None, ...]:
    """The staple of each of so many certificates; only the leaf's unless the server took up `multi` (RFC 6961)."""
    reader = message.open(HandshakeType.CERTIFICATE_STATUS)
    status_type = message.raw[HEADER_LENGTH : HEADER_LENGTH + 1]
    if multi and status_type == bytes([STATUS_TYPE_OCSP_MULTI]):
        staples = _read_staples(reader, certificates)
    else:
        staples = [read_staple(reader)]
    return (*staples, *[None] * (certificates - len(staples)))


def _read_staples(reader: Reader, certificates: int) -> list[bytes | None]:
    """OCSPResponseList (RFC 6961 §2.2): an empty one stands for none."""
    reader.uint(1)
    entries = reader.inner(3, least=1)
    reader.finish()
    staples: list[bytes | None] = []
    while entries:
        staple = entries.vector(3) or None
        if len(staples) == certificates:
            raise illegal(f"more staples than the {certificates} certificates")
        staples.append(staple)
    return staples


def parse_server_key_exchange(
    message: Message, key_exchange: KeyExchange | None, version: TLSVersion
) -> ServerKeyExchange:
    """Of an ECDHE or DHE suite; the others send none."""
    reader = message.open(HandshakeType.SERVER_KEY_EXCHANGE)
    group: int | FiniteField
    if key_exchange is KeyExchange.DHE:
        prime, generator = reader.vector(2, least=1), reader.vector(2, least=1)
        group, public = FiniteField(int.from_bytes(prime), int.from_bytes(generator)), reader.vector(2, least=1)
    else:
        curve_type, group, public = reader.uint(1), reader.uint(2), reader.vector(1, least=1)
        if curve_type != NAMED_CURVE:
            raise illegal(f"ServerKeyExchange uses curve type {curve_type}, not a named curve")
    params = reader.taken(HEADER_LENGTH)
    scheme = reader.uint(2) if version is TLSVersion.TLS_1_2 else None
    signature = reader.vector(2)
    reader.finish()
    return ServerKeyExchange(group, public, params, scheme, signature)


def parse_certificate_request(message: Message, version: TLSVersion) -> None:
    """RFC 5246 §7.4.4, RFC 4346 §7.4.4."""
    reader = message.open(HandshakeType.CERTIFICATE_REQUEST)
    reader.vector(1, least=1)  # certificate_types
    if version is TLSVersion.TLS_1_2:
        reader.vector(2, least=2)  # supported_signature_algorithms
    reader.vector(2)  # certificate_authorities
    reader.finish()


def parse_server_hello_done(message: Message) -> None:
    """RFC 5246 §7.4.5."""
    message.open(HandshakeType.SERVER_HELLO_DONE).finish()
