"""A server's first flight before TLS 1.3: all in the clear, all that we came for is in it.

S: ServerHello Certificate [CertificateStatus] [ServerKeyExchange] [CertificateRequest] ServerHelloDone

RFC 5246 §7.3, RFC 4346 §7.3 and RFC 2246 §7.3 draw the same; the versions differ in how
ServerKeyExchange is signed. The suites of static RSA send none (RFC 5246 §7.4.3).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace

from ocsp_staple_exporter.model import HandshakeError, KeyType, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import older_messages
from ocsp_staple_exporter.tls.clienthello import Offer
from ocsp_staple_exporter.tls.finite_field import FiniteField
from ocsp_staple_exporter.tls.groups import GROUPS, Group
from ocsp_staple_exporter.tls.leafkey import LeafKey, leaf_key
from ocsp_staple_exporter.tls.messages import Extension, ServerCertificate, ServerHello, check_extensions, illegal
from ocsp_staple_exporter.tls.older_messages import ServerKeyExchange
from ocsp_staple_exporter.tls.signatures import SignatureScheme, older_scheme, tls12_scheme, verify_signature
from ocsp_staple_exporter.tls.suites import CipherSuite, KeyExchange
from ocsp_staple_exporter.tls.wire import HandshakeType, Message

SERVER_HELLO_EXTENSIONS = frozenset(
    {
        Extension.SERVER_NAME,
        Extension.STATUS_REQUEST,
        Extension.STATUS_REQUEST_V2,
        Extension.EC_POINT_FORMATS,
        Extension.EXTENDED_MASTER_SECRET,
        Extension.ENCRYPT_THEN_MAC,
        Extension.RENEGOTIATION_INFO,
        # RFC 7919 §4 forbids it here, but some servers send it and OpenSSL's client lets it pass.
        Extension.SUPPORTED_GROUPS,
    }
)

ACKNOWLEDGEMENTS = (
    Extension.STATUS_REQUEST,  # RFC 6066 §8
    Extension.STATUS_REQUEST_V2,  # RFC 6961 §2.2
    Extension.EXTENDED_MASTER_SECRET,  # RFC 7627 §5.1
    Extension.ENCRYPT_THEN_MAC,  # RFC 7366 §2
)
"""The extensions of a ServerHello that are empty."""

DOWNGRADE_FROM_TLS_1_3 = b"DOWNGRD\x01"
DOWNGRADE_TO_TLS_1_1 = b"DOWNGRD\x00"
"""How the random ends of a server that could have chosen a later version (RFC 8446 §4.1.3)."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the hellos settled."""

    version: TLSVersion
    offer: Offer
    suite: CipherSuite
    hello: ServerHello

    @property
    def randoms(self) -> bytes:
        """The client's, then the server's."""
        return self.offer.random + self.hello.random


@dataclass(frozen=True, slots=True)
class Exchange:
    """The server's half of an ephemeral key exchange, signed by the leaf's key."""

    group: Group | FiniteField
    scheme: SignatureScheme
    public: bytes


@dataclass(frozen=True, slots=True)
class Flight:
    """What a server shows up to its ServerHelloDone."""

    certificate: ServerCertificate
    key: LeafKey
    exchange: Exchange | None
    """None with the suites of static RSA."""

    certificate_requested: bool
    raw: bytes
    """Its messages after ServerHello, for the transcript."""


def agree(version: TLSVersion, offer: Offer, hello: ServerHello) -> Agreed:
    """RFC 5246 §7.4.1.3, and RFC 8446 §4.1.3 for a client that would have had a later version."""
    if hello.random.endswith(tuple(_sentinels(version, offer))):
        detail = f"the server was told that the client knows nothing later than TLS {version.value}"
        raise HandshakeError(ProbeFailure.DOWNGRADE_DETECTED, detail)
    check_extensions(hello.extensions, SERVER_HELLO_EXTENSIONS, "ServerHello")
    if hello.extensions.get(Extension.RENEGOTIATION_INFO, b"\x00") != b"\x00":  # RFC 5746 §3.4
        raise illegal("renegotiation_info is not that of a first handshake")
    for empty in ACKNOWLEDGEMENTS:
        if hello.extensions.get(empty):
            raise HandshakeError(ProbeFailure.MALFORMED_MESSAGE, f"{empty.name.lower()} of ServerHello is not empty")
    suite = offer.choice.suites.get(hello.cipher_suite)
    if suite is None or version not in suite.versions:
        detail = f"the server chose cipher suite {hello.cipher_suite:#06x}, which was not offered"
        raise illegal(f"{detail} for TLS {version.value}")
    return Agreed(version, offer, suite, hello)


def _sentinels(version: TLSVersion, offer: Offer) -> Iterable[bytes]:
    """What no honest server says to a client that offered this."""
    if TLSVersion.TLS_1_3 in offer.choice.versions:
        yield from (DOWNGRADE_FROM_TLS_1_3, DOWNGRADE_TO_TLS_1_1)
    elif TLSVersion.TLS_1_2 in offer.choice.versions and version is not TLSVersion.TLS_1_2:
        yield DOWNGRADE_TO_TLS_1_1


def read_flight(agreed: Agreed) -> Generator[None, Message, Flight]:
    """Everything after ServerHello, the signature verified."""
    raw = bytearray()

    message = yield
    if message.type in (HandshakeType.CHANGE_CIPHER_SPEC, HandshakeType.NEW_SESSION_TICKET):
        raise HandshakeError(ProbeFailure.UNEXPECTED_MESSAGE, "the server resumes a session that was never offered")
    certificate = older_messages.parse_certificate(message)
    key = leaf_key(certificate.chain[0])
    raw += message.raw

    message = yield
    extensions = agreed.hello.extensions
    if message.type == HandshakeType.CERTIFICATE_STATUS and acknowledges_status(agreed.hello):
        multi = Extension.STATUS_REQUEST_V2 in extensions
        staples = older_messages.parse_certificate_status(message, len(certificate.chain), multi=multi)
        certificate = replace(certificate, staples=staples)
        raw += message.raw
        message = yield

    exchange = None
    if agreed.suite.key_exchange in (KeyExchange.ECDHE, KeyExchange.DHE):
        exchange = _verified_exchange(agreed, message, key)
        raw += message.raw
        message = yield
    elif key.key_type is not KeyType.RSA or key.pss_only:
        raise illegal("the leaf's key cannot decrypt, as the cipher suite would have it")

    requested = message.type == HandshakeType.CERTIFICATE_REQUEST
    if requested:
        older_messages.parse_certificate_request(message, agreed.version)
        raw += message.raw
        message = yield

    older_messages.parse_server_hello_done(message)
    raw += message.raw
    return Flight(certificate, key, exchange, requested, bytes(raw))


def acknowledges_status(hello: ServerHello) -> bool:
    """RFC 6066 §8, RFC 6961 §2.2: the server knows the extension; it may still have no staple."""
    return not hello.extensions.keys().isdisjoint({Extension.STATUS_REQUEST, Extension.STATUS_REQUEST_V2})


def _verified_exchange(agreed: Agreed, message: Message, key: LeafKey) -> Exchange:
    """RFC 8422 §5.4: the leaf's key signs both randoms and the server's ephemeral key."""
    exchange = older_messages.parse_server_key_exchange(message, agreed.suite.key_exchange, agreed.version)
    group = exchange.group if isinstance(exchange.group, FiniteField) else GROUPS.get(exchange.group)
    if group is None:
        raise illegal(f"the server's key is of group {exchange.group:#06x}, which was not offered")
    scheme = _scheme(agreed, exchange, key)
    verify_signature(scheme, key, exchange.signature, agreed.randoms + exchange.params)
    return Exchange(group, scheme, exchange.public)


def _scheme(agreed: Agreed, exchange: ServerKeyExchange, key: LeafKey) -> SignatureScheme:
    authentication = agreed.suite.authentication
    if exchange.scheme is None:
        return older_scheme(key, authentication)
    return tls12_scheme(exchange.scheme, key, agreed.offer.choice.schemes, authentication)
