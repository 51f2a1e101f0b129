"""The ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2) and what one connection offered in it.

One hello offers every version that is allowed. It always asks for staples (status_request) and
never offers a session, a ticket or a PSK: a resumed handshake carries no staple. It offers no
ALPN, because a server that knows none of the offered protocols must refuse the handshake
(RFC 7301 §3.2), and none refuses a client without the extension before it has sent its staple.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from ocsp_staple_exporter.model import KeyType, TLSVersion
from ocsp_staple_exporter.tls.groups import GROUPS, X25519, EphemeralKey, Group
from ocsp_staple_exporter.tls.messages import STATUS_TYPE_OCSP, Extension
from ocsp_staple_exporter.tls.signatures import SIGNATURE_SCHEMES, Schemes, SignatureScheme
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES, Authentication, CipherSuite
from ocsp_staple_exporter.tls.wire import HandshakeType, extension, handshake_message, vector

VERSION_NUMBERS = {TLSVersion.TLS_1_3: 0x0304, TLSVersion.TLS_1_2: 0x0303}
"""ProtocolVersion, the newest first (RFC 8446 §4.2.1)."""

EVERY_VERSION = frozenset(VERSION_NUMBERS)

HOST_NAME = 0
"""NameType (RFC 6066 §3)."""

RANDOM_LENGTH = SESSION_ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class OfferedTerms:
    """What is the same in every ClientHello that lets the server choose from the same."""

    versions: frozenset[TLSVersion]
    suites: Mapping[int, CipherSuite]
    schemes: Schemes
    fields: bytes
    """The suites and the null compression method."""

    extensions: bytes


@dataclass(frozen=True, slots=True)
class Offer:
    """What the client offered, as far as the server's answer is measured by it."""

    server_name: str | None
    terms: OfferedTerms
    random: bytes
    session_id: bytes
    """Of TLS 1.3's middlebox compatibility (RFC 8446 §D.4); empty when only TLS 1.2 is offered."""

    group: Group
    """The group of `key`."""

    key: EphemeralKey
    cookie: bytes | None = None

    def client_hello(self) -> bytes:
        """The message, header included."""
        extensions = self._server_name_extension() + self.terms.extensions
        if TLSVersion.TLS_1_3 in self.terms.versions:
            extensions += self._key_share_extension()
        if self.cookie is not None:
            extensions += extension(Extension.COOKIE, vector(2, self.cookie))
        fields = b"\x03\x03" + self.random + vector(1, self.session_id) + self.terms.fields
        return handshake_message(HandshakeType.CLIENT_HELLO, fields + vector(2, extensions))

    def retry(self, group: Group | None, cookie: bytes | None) -> Offer:
        """The second offer, after a HelloRetryRequest (RFC 8446 §4.1.2); None for `group` keeps the key share."""
        if group is None:
            return replace(self, cookie=cookie)
        return replace(self, group=group, key=group.generate(), cookie=cookie)

    def _server_name_extension(self) -> bytes:
        if self.server_name is None:
            return b""
        host_name = self.server_name.rstrip(".").encode("ascii")
        return extension(Extension.SERVER_NAME, vector(2, bytes([HOST_NAME]) + vector(2, host_name)))

    def _key_share_extension(self) -> bytes:
        entry = self.group.code.to_bytes(2) + vector(2, self.key.public)
        return extension(Extension.KEY_SHARE, vector(2, entry))


def make_offer(server_name: str | None, versions: frozenset[TLSVersion], key_type: KeyType | None = None) -> Offer:
    """A new offer with fresh randomness; `server_name` is an ASCII DNS name, None sends none."""
    random = os.urandom(RANDOM_LENGTH + SESSION_ID_LENGTH)
    session_id = random[RANDOM_LENGTH:] if TLSVersion.TLS_1_3 in versions else b""
    terms = _prepare(versions, key_type)
    return Offer(server_name, terms, random[:RANDOM_LENGTH], session_id, X25519, X25519.generate())


@lru_cache(maxsize=128)
def _prepare(versions: frozenset[TLSVersion], key_type: KeyType | None) -> OfferedTerms:
    schemes = _schemes(key_type)
    suites = _suites(versions, {scheme.authentication for scheme in schemes.values()})
    extensions = (
        extension(Extension.SUPPORTED_GROUPS, vector(2, _numbers(GROUPS)))
        + extension(Extension.SIGNATURE_ALGORITHMS, vector(2, _numbers(schemes)))
        # RFC 6066 §8: empty responder_id_list and request_extensions.
        + extension(Extension.STATUS_REQUEST, bytes([STATUS_TYPE_OCSP]) + vector(2, b"") + vector(2, b""))
    )
    if key_type is not None:
        # RFC 8446 §4.2.3: the rest of the chain may be signed with any.
        extensions += extension(Extension.SIGNATURE_ALGORITHMS_CERT, vector(2, _numbers(SIGNATURE_SCHEMES)))
    if TLSVersion.TLS_1_2 in versions:
        extensions += (
            extension(Extension.EC_POINT_FORMATS, vector(1, b"\x00"))  # uncompressed: RFC 8422 §5.1.2
            + extension(Extension.EXTENDED_MASTER_SECRET, b"")  # RFC 7627 §5.1
            + extension(Extension.RENEGOTIATION_INFO, vector(1, b""))  # RFC 5746 §3.4
        )
    if TLSVersion.TLS_1_3 in versions:
        numbers = _numbers(number for version, number in VERSION_NUMBERS.items() if version in versions)
        extensions += extension(Extension.SUPPORTED_VERSIONS, vector(1, numbers))
    return OfferedTerms(versions, suites, schemes, vector(2, _numbers(suites)) + vector(1, b"\x00"), extensions)


def _schemes(key_type: KeyType | None) -> dict[int, SignatureScheme]:
    return {code: scheme for code, scheme in SIGNATURE_SCHEMES.items() if key_type in (None, scheme.key_type)}


def _suites(versions: frozenset[TLSVersion], authentications: set[Authentication]) -> dict[int, CipherSuite]:
    """TLS 1.3 ties no key to a suite."""
    return {
        code: suite
        for code, suite in CIPHER_SUITES.items()
        if suite.version in versions and (suite.authentication is None or suite.authentication in authentications)
    }


def _numbers(codes: Iterable[int]) -> bytes:
    return b"".join(code.to_bytes(2) for code in codes)
