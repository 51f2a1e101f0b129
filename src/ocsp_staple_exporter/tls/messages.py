"""What a server's handshake messages say (RFC 8446 §4, RFC 6066 §8); those that TLS 1.3 has not: older_messages.py.

Each function takes one message and returns its content as a value, or raises: UNEXPECTED_MESSAGE
for another message than the one due, MALFORMED_MESSAGE for one that does not parse,
ILLEGAL_PARAMETER for an answer to what was not asked. Nothing here keeps state.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ocsp_staple_exporter.model import HandshakeError, ProbeFailure
from ocsp_staple_exporter.remember import remember
from ocsp_staple_exporter.tls.wire import HandshakeType, Message, Reader

STATUS_TYPE_OCSP = 1
STATUS_TYPE_OCSP_MULTI = 2
"""CertificateStatusType (RFC 6066 §8, RFC 6961 §2.2)."""

LONGEST_CHAIN = 100
"""Certificates of one server; OpenSSL follows a chain no further, Java reads 10 of them."""

LONGEST_COOKIE = 4096
"""Bytes of a cookie that are sent back: with them a ClientHello still fits the smallest send buffer."""

HELLO_RETRY_REQUEST = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random of a ServerHello that is a HelloRetryRequest: SHA-256 of that name (RFC 8446 §4.1.3)."""


class Extension(enum.IntEnum):
    """ExtensionType, as far as this client offers it."""

    SERVER_NAME = 0
    STATUS_REQUEST = 5
    SUPPORTED_GROUPS = 10
    EC_POINT_FORMATS = 11
    SIGNATURE_ALGORITHMS = 13
    STATUS_REQUEST_V2 = 17
    PADDING = 21
    ENCRYPT_THEN_MAC = 22
    EXTENDED_MASTER_SECRET = 23
    SUPPORTED_VERSIONS = 43
    COOKIE = 44
    SIGNATURE_ALGORITHMS_CERT = 50
    KEY_SHARE = 51
    RENEGOTIATION_INFO = 0xFF01


CERTIFICATES_REMEMBERED = 16_384
"""Certificate messages kept as read, some 4 kB each: a server sends the same one until its staple is renewed."""

Extensions = dict[int, bytes]


@dataclass(frozen=True, slots=True)
class ServerHello:
    """RFC 8446 §4.1.3, RFC 5246 §7.4.1.3; also a HelloRetryRequest."""

    legacy_version: int
    random: bytes
    session_id: bytes
    cipher_suite: int
    extensions: Extensions
    raw: bytes
    """The message, for the transcript."""

    @property
    def is_hello_retry_request(self) -> bool:
        return self.random == HELLO_RETRY_REQUEST


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A chain as sent and the staple of each certificate."""

    chain: tuple[bytes, ...]
    staples: tuple[bytes | None, ...]


def parse_server_hello(message: Message) -> ServerHello:
    reader = message.open(HandshakeType.SERVER_HELLO)
    legacy_version, random, session_id = reader.uint(2), reader.take(32), reader.vector(1)
    cipher_suite, compression = reader.uint(2), reader.uint(1)
    # RFC 5246 §7.4.1.3: a server without extensions leaves out the field itself.
    extensions = _parse_extensions(reader) if reader else {}
    reader.finish()
    if compression != 0:
        raise illegal(f"the server chose compression method {compression}")
    return ServerHello(legacy_version, random, session_id, cipher_suite, extensions, message.raw)


def _parse_extensions(outer: Reader) -> Extensions:
    reader = outer.inner(2)
    extensions: Extensions = {}
    while reader:
        extension_type = reader.uint(2)
        if extension_type in extensions:
            raise illegal(f"extension {extension_type} came twice")
        extensions[extension_type] = reader.vector(2)
    return extensions


def check_extensions(extensions: Extensions, allowed: AbstractSet[int], where: str) -> None:
    """RFC 8446 §4.2, RFC 5246 §7.4.1.4: only what was asked for, and each only where it belongs."""
    if not extensions.keys() <= allowed:
        unasked = min(extensions.keys() - allowed)
        raise illegal(f"{where} has extension {unasked}, which was not asked for there")


def parse_key_share(content: bytes) -> tuple[int, bytes]:
    """Group and public value of a KeyShareServerHello (RFC 8446 §4.2.8)."""
    reader = Reader(content, 0, "key_share")
    group, public = reader.uint(2), reader.vector(2, least=1)
    reader.finish()
    return group, public


def parse_uint16(content: bytes, what: str) -> int:
    """supported_versions of a ServerHello, key_share of a HelloRetryRequest (RFC 8446 §4.2.1, §4.2.8)."""
    reader = Reader(content, 0, what)
    number = reader.uint(2)
    reader.finish()
    return number


def parse_cookie(content: bytes) -> bytes:
    """RFC 8446 §4.2.2."""
    reader = Reader(content, 0, "cookie")
    cookie = reader.vector(2, least=1)
    reader.finish()
    if len(cookie) > LONGEST_COOKIE:
        raise illegal(f"a cookie of {len(cookie)} bytes; {LONGEST_COOKIE} is the most that is echoed")
    return cookie


def parse_encrypted_extensions(message: Message) -> Extensions:
    """RFC 8446 §4.3.1."""
    reader = message.open(HandshakeType.ENCRYPTED_EXTENSIONS)
    extensions = _parse_extensions(reader)
    reader.finish()
    return extensions


def parse_tls13_certificate_request(message: Message) -> None:
    """RFC 8446 §4.3.2: during the handshake its context is empty, and it names signature algorithms."""
    reader = message.open(HandshakeType.CERTIFICATE_REQUEST)
    context, extensions = reader.vector(1), _parse_extensions(reader)
    reader.finish()
    if context:
        raise illegal("CertificateRequest has a context during the handshake")
    if Extension.SIGNATURE_ALGORITHMS not in extensions:
        raise illegal("CertificateRequest names no signature algorithms")


def parse_tls13_certificate(message: Message) -> ServerCertificate:
    """RFC 8446 §4.4.2: a list of certificates, each with extensions of its own."""
    message.open(HandshakeType.CERTIFICATE)
    return _tls13_certificate(message.raw)


@remember(CERTIFICATES_REMEMBERED)
def _tls13_certificate(raw: bytes) -> ServerCertificate:
    reader = Message(HandshakeType.CERTIFICATE, raw).open(HandshakeType.CERTIFICATE)
    if reader.vector(1):
        raise illegal("Certificate has a context though nobody requested it")
    entries = reader.inner(3)
    reader.finish()
    chain: list[bytes] = []
    staples: list[bytes | None] = []
    while entries:
        take_certificate(entries, chain)
        extensions = _parse_extensions(entries)
        check_extensions(extensions, {Extension.STATUS_REQUEST}, "a CertificateEntry")
        status = extensions.get(Extension.STATUS_REQUEST)
        staples.append(None if status is None else read_staple(Reader(status, 0, "status_request")))
    return some_certificate(chain, staples)


def take_certificate(entries: Reader, chain: list[bytes]) -> None:
    """Put one more into the chain; raises TOO_MUCH_DATA for one too many."""
    if len(chain) == LONGEST_CHAIN:
        detail = f"more than {LONGEST_CHAIN} certificates in the server's Certificate message"
        raise HandshakeError(ProbeFailure.TOO_MUCH_DATA, detail)
    chain.append(entries.vector(3, least=1))


def some_certificate(chain: Sequence[bytes], staples: Sequence[bytes | None]) -> ServerCertificate:
    """Raises NO_CERTIFICATE for an empty chain."""
    if not chain:
        raise HandshakeError(ProbeFailure.NO_CERTIFICATE, "the server's Certificate message is empty")
    return ServerCertificate(tuple(chain), tuple(staples))


def read_staple(reader: Reader) -> bytes:
    """CertificateStatus of type ocsp. RFC 6066 §8 allows no empty response; it is read as b"", for the judge."""
    status_type = reader.uint(1)
    if status_type != STATUS_TYPE_OCSP:
        detail = f"certificate status of type {status_type}, not ocsp"
        raise HandshakeError(ProbeFailure.UNEXPECTED_STATUS_TYPE, detail)
    staple = reader.vector(3)
    reader.finish()
    return staple


def parse_certificate_verify(message: Message) -> tuple[int, bytes]:
    """Scheme and signature (RFC 8446 §4.4.3)."""
    reader = message.open(HandshakeType.CERTIFICATE_VERIFY)
    scheme, signature = reader.uint(2), reader.vector(2)
    reader.finish()
    return scheme, signature


def parse_finished(message: Message, length: int) -> bytes:
    """The verify_data, of so many bytes (RFC 8446 §4.4.4, RFC 5246 §7.4.9)."""
    reader = message.open(HandshakeType.FINISHED)
    verify_data = reader.take(length)
    reader.finish()
    return verify_data


def illegal(detail: str) -> HandshakeError:
    return HandshakeError(ProbeFailure.ILLEGAL_PARAMETER, detail)
