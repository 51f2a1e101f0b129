"""What a ClientHello offers, and what a lab server takes of it (RFC 8446 §4.1.1, RFC 5246 §7.4.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from ocsp_staple_exporter.lab.tls_terms import Credential, RefusedError, Terms
from ocsp_staple_exporter.model import HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls.alerts import Alert
from ocsp_staple_exporter.tls.clienthello import VERSION_NUMBERS
from ocsp_staple_exporter.tls.groups import Group
from ocsp_staple_exporter.tls.messages import Extension, Extensions
from ocsp_staple_exporter.tls.signatures import SIGNATURE_SCHEMES, SignatureScheme
from ocsp_staple_exporter.tls.suites import CipherSuite
from ocsp_staple_exporter.tls.wire import HandshakeType, Message, Reader

RENEGOTIATION_SCSV = 0x00FF
"""The suite that stands for an empty renegotiation_info (RFC 5746 §3.3)."""


@dataclass(frozen=True, slots=True)
class ClientHello:
    """RFC 8446 §4.1.2, RFC 5246 §7.4.1.2."""

    legacy_version: int
    random: bytes
    session_id: bytes
    cipher_suites: tuple[int, ...]
    extensions: Extensions
    raw: bytes

    @property
    def server_name(self) -> str | None:
        """RFC 6066 §3; the list has one entry of one type."""
        if Extension.SERVER_NAME not in self.extensions:
            return None
        names = self._extension(Extension.SERVER_NAME).inner(2)
        names.uint(1)
        return names.vector(2).decode("ascii", "replace")

    @property
    def wants_staple(self) -> bool:
        return Extension.STATUS_REQUEST in self.extensions

    @property
    def wants_every_staple(self) -> bool:
        """RFC 6961 §2.2; what kinds the list names is not looked at."""
        return Extension.STATUS_REQUEST_V2 in self.extensions

    @property
    def secure_renegotiation(self) -> bool:
        return Extension.RENEGOTIATION_INFO in self.extensions or RENEGOTIATION_SCSV in self.cipher_suites

    @property
    def groups(self) -> tuple[int, ...]:
        return self._numbers(Extension.SUPPORTED_GROUPS, 2)

    @property
    def signature_schemes(self) -> tuple[int, ...]:
        return self._numbers(Extension.SIGNATURE_ALGORITHMS, 2)

    @property
    def versions(self) -> tuple[int, ...]:
        """RFC 8446 §4.2.1: without the extension they are all up to legacy_version."""
        older = tuple(number for number in VERSION_NUMBERS.values() if number <= min(self.legacy_version, 0x0303))
        return self._numbers(Extension.SUPPORTED_VERSIONS, 1) or older

    @property
    def key_shares(self) -> dict[int, bytes]:
        """RFC 8446 §4.2.8."""
        if Extension.KEY_SHARE not in self.extensions:
            return {}
        shares, entries = {}, self._extension(Extension.KEY_SHARE).inner(2)
        while entries:
            group = entries.uint(2)
            shares[group] = entries.vector(2)
        return shares

    def _extension(self, extension_type: Extension) -> Reader:
        return Reader(self.extensions[extension_type], 0, extension_type.name.lower())

    def _numbers(self, extension_type: Extension, width: int) -> tuple[int, ...]:
        if extension_type not in self.extensions:
            return ()
        return _read_numbers(self._extension(extension_type).inner(width))


def parse_client_hello(message: Message) -> ClientHello:
    reader = message.open(HandshakeType.CLIENT_HELLO)
    legacy_version, random, session_id = reader.uint(2), reader.take(32), reader.vector(1)
    cipher_suites = _read_numbers(reader.inner(2, least=2))
    reader.vector(1, least=1)  # compression methods
    extensions: Extensions = {}
    entries = reader.inner(2) if reader else reader
    while entries:
        extension_type = entries.uint(2)
        extensions[extension_type] = entries.vector(2)
    reader.finish()
    return ClientHello(legacy_version, random, session_id, cipher_suites, extensions, message.raw)


def _read_numbers(reader: Reader) -> tuple[int, ...]:
    numbers = []
    while reader:
        numbers.append(reader.uint(2))
    return tuple(numbers)


def select_version(hello: ClientHello, terms: Terms) -> TLSVersion:
    """The newest that both know."""
    offered = hello.versions
    for version, number in VERSION_NUMBERS.items():
        if version in terms.versions and number in offered:
            return version
    raise HandshakeError(ProbeFailure.UNSUPPORTED_VERSION, "the client offers no version that is left")


def select_cipher_suite(hello: ClientHello, terms: Terms, fits: Callable[[CipherSuite], bool]) -> CipherSuite:
    for suite in terms.cipher_suites:
        if suite.code in hello.cipher_suites and fits(suite):
            return suite
    raise RefusedError(Alert.HANDSHAKE_FAILURE)


def select_group(hello: ClientHello, terms: Terms) -> Group:
    offered = hello.groups
    for group in terms.groups:
        if group.code in offered:
            return group
    raise RefusedError(Alert.HANDSHAKE_FAILURE)


def select_scheme(hello: ClientHello, credential: Credential, version: TLSVersion) -> SignatureScheme:
    """The first that the client offers and the key can use."""
    for code in hello.signature_schemes:
        scheme = SIGNATURE_SCHEMES.get(code)
        if scheme is not None and _fits(scheme, credential, version):
            return scheme
    raise RefusedError(Alert.HANDSHAKE_FAILURE)


def _fits(scheme: SignatureScheme, credential: Credential, version: TLSVersion) -> bool:
    key = credential.key
    if credential.key_type is not scheme.key_type or scheme.pss_keys is not credential.pss_only:
        return False
    if version is TLSVersion.TLS_1_2:
        return scheme.tls12
    on_curve = not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name == scheme.curve
    return scheme.tls13 and on_curve
