"""The ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2) and what one connection offered in it.

One hello offers every version that is allowed. It always asks for staples (status_request, and
before TLS 1.3 status_request_v2 for those of the whole chain) and never offers a session, a ticket
or a PSK: a resumed handshake carries no staple. It offers no ALPN, because a server that knows none
of the offered protocols must refuse the handshake (RFC 7301 §3.2), and none refuses a client
without the extension before it has sent its staple.

What the server may choose from is the same for many hellos: its bytes are made once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from ocsp_staple_exporter.model import KeyType, TLSVersion
from ocsp_staple_exporter.tls.groups import GROUPS, X25519, EphemeralKey, Group
from ocsp_staple_exporter.tls.messages import STATUS_TYPE_OCSP, STATUS_TYPE_OCSP_MULTI, Extension
from ocsp_staple_exporter.tls.signatures import SIGNATURE_SCHEMES, Schemes
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES, CipherSuite
from ocsp_staple_exporter.tls.wire import HEADER_LENGTH, HandshakeType, extension, handshake_message, vector

VERSION_NUMBERS = {
    TLSVersion.TLS_1_3: 0x0304,
    TLSVersion.TLS_1_2: 0x0303,
    TLSVersion.TLS_1_1: 0x0302,
    TLSVersion.TLS_1_0: 0x0301,
}
"""ProtocolVersion, the newest first (RFC 8446 §4.2.1)."""

EVERY_VERSION = frozenset(VERSION_NUMBERS)
CURVES = tuple(GROUPS.values())

SIGNATURE_ALGORITHMS_KNOWN = frozenset({TLSVersion.TLS_1_2, TLSVersion.TLS_1_3})

HOST_NAME = 0
"""NameType (RFC 6066 §3)."""

RANDOM_LENGTH = SESSION_ID_LENGTH = 32

HANDSHAKES_PER_KEY = 32
"""How many hellos in a row carry the same key share.

To make one is a sixth of a handshake's cost. A new one each time would keep what is said later secret
from whoever learns an old one; we say nothing later, and nothing secret. What makes an answer an answer to
this hello is its random, which is always new: CertificateVerify and Finished cover it (RFC 8446 §4.4).
"""

TRAPPED_LENGTHS = range(0x100, 0x200)
"""Bytes of a ClientHello, header included, that some servers never answer (RFC 7685 §1): it is padded to 512."""

SERVER_NAMES_REMEMBERED = 16_384


@dataclass(frozen=True, slots=True)
class Choice:
    """What the server may choose from."""

    versions: frozenset[TLSVersion]
    suites: Mapping[int, CipherSuite]
    schemes: Schemes
    groups: Mapping[int, Group]
    legacy_version: bytes
    """The newest, but no newer than TLS 1.2 (RFC 8446 §4.1.2)."""

    fields: bytes
    """The suites and the null compression method."""

    extensions: bytes
    """All that do not change from one hello to the next."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the client offered, as far as the server's answer is measured by it."""

    server_name: str | None
    choice: Choice
    random: bytes
    session_id: bytes
    """Of TLS 1.3's middlebox compatibility (RFC 8446 §D.4); empty where TLS 1.3 is not offered."""

    group: Group
    """The group of `key`."""

    key: EphemeralKey
    cookie: bytes | None = None

    def client_hello(self) -> bytes:
        """The message, header included."""
        fields = self.choice.legacy_version + self.random + vector(1, self.session_id) + self.choice.fields
        extensions = _server_name(self.server_name) + self.choice.extensions
        if TLSVersion.TLS_1_3 in self.choice.versions:
            extensions += self._key_share_extension()
        if self.cookie is not None:
            extensions += extension(Extension.COOKIE, vector(2, self.cookie))
        extensions += _padding(HEADER_LENGTH + len(fields) + 2 + len(extensions))
        return handshake_message(HandshakeType.CLIENT_HELLO, fields + vector(2, extensions))

    def retry(self, group: Group | None, cookie: bytes | None) -> Offer:
        """The second offer, after a HelloRetryRequest (RFC 8446 §4.1.2); None for `group` keeps the key share."""
        if group is None:
            return replace(self, cookie=cookie)
        return replace(self, group=group, key=group.generate(), cookie=cookie)

    def _key_share_extension(self) -> bytes:
        entry = self.group.code.to_bytes(2) + vector(2, self.key.public)
        return extension(Extension.KEY_SHARE, vector(2, entry))


class _Reused:
    """A key of X25519 for HANDSHAKES_PER_KEY hellos, then another."""

    def __init__(self) -> None:
        self._key = X25519.generate()
        self._left = HANDSHAKES_PER_KEY

    def __call__(self) -> EphemeralKey:
        if not self._left:
            self._key, self._left = X25519.generate(), HANDSHAKES_PER_KEY
        self._left -= 1
        return self._key


_own_key = _Reused()


def make_offer(
    server_name: str | None,
    versions: frozenset[TLSVersion],
    key_type: KeyType | None = None,
    groups: tuple[Group, ...] = CURVES,
) -> Offer:
    """A new offer with fresh randomness; `server_name` is an ASCII DNS name, None sends none."""
    random = os.urandom(RANDOM_LENGTH + SESSION_ID_LENGTH)
    session_id = random[RANDOM_LENGTH:] if TLSVersion.TLS_1_3 in versions else b""
    choice = _choice(versions, key_type, groups)
    return Offer(server_name, choice, random[:RANDOM_LENGTH], session_id, X25519, _own_key())


@lru_cache(maxsize=SERVER_NAMES_REMEMBERED)
def _server_name(server_name: str | None) -> bytes:
    """RFC 6066 §3."""
    if server_name is None:
        return b""
    host_name = server_name.rstrip(".").encode("ascii")
    return extension(Extension.SERVER_NAME, vector(2, bytes([HOST_NAME]) + vector(2, host_name)))


def _padding(length: int) -> bytes:
    """RFC 7685: what takes a message of this length out of the trap."""
    if length not in TRAPPED_LENGTHS:
        return b""
    # Its content is never empty: some servers choke on a last extension without any.
    return extension(Extension.PADDING, bytes(max(TRAPPED_LENGTHS.stop - length - 4, 1)))


@lru_cache(maxsize=128)
def _choice(versions: frozenset[TLSVersion], key_type: KeyType | None, groups: tuple[Group, ...]) -> Choice:
    schemes = {
        code: scheme
        for code, scheme in SIGNATURE_SCHEMES.items()
        if scheme.suits(versions) and key_type in (None, scheme.key_type)
    }
    authentications = {scheme.authentication for scheme in schemes.values()}
    suites = {
        code: suite
        for code, suite in CIPHER_SUITES.items()
        if suite.versions & versions and (suite.authentication is None or suite.authentication in authentications)
    }
    extensions = extension(Extension.SUPPORTED_GROUPS, vector(2, _numbers(group.code for group in groups)))
    extensions += _signature_algorithms(versions, schemes, key_type)
    extensions += extension(Extension.STATUS_REQUEST, bytes([STATUS_TYPE_OCSP]) + _ANY_RESPONDER)
    if versions != {TLSVersion.TLS_1_3}:
        extensions += _FOR_OLDER_VERSIONS
    if TLSVersion.TLS_1_3 in versions:
        numbers = _numbers(number for version, number in VERSION_NUMBERS.items() if version in versions)
        extensions += extension(Extension.SUPPORTED_VERSIONS, vector(1, numbers))
    return Choice(
        versions,
        suites,
        schemes,
        {group.code: group for group in groups},
        legacy_version=min(max(VERSION_NUMBERS[version] for version in versions), 0x0303).to_bytes(2),
        fields=vector(2, _numbers(suites)) + vector(1, b"\x00"),
        extensions=extensions,
    )


def _signature_algorithms(versions: frozenset[TLSVersion], schemes: Schemes, key_type: KeyType | None) -> bytes:
    if not versions & SIGNATURE_ALGORITHMS_KNOWN:
        return b""  # RFC 5246 §7.4.1.4.1
    extensions = extension(Extension.SIGNATURE_ALGORITHMS, vector(2, _numbers(schemes)))
    if key_type is not None:
        # RFC 8446 §4.2.3: the rest of the chain may be signed with any.
        extensions += extension(Extension.SIGNATURE_ALGORITHMS_CERT, vector(2, _numbers(SIGNATURE_SCHEMES)))
    return extensions


def _numbers(codes: Iterable[int]) -> bytes:
    return b"".join(code.to_bytes(2) for code in codes)


_ANY_RESPONDER = vector(2, b"") + vector(2, b"")
"""OCSPStatusRequest (RFC 6066 §8): empty responder_id_list and request_extensions."""

_FOR_OLDER_VERSIONS = (
    # RFC 6961 §2.2: the staples of the whole chain, or the leaf's.
    extension(
        Extension.STATUS_REQUEST_V2,
        vector(
            2,
            bytes([STATUS_TYPE_OCSP_MULTI])
            + vector(2, _ANY_RESPONDER)
            + bytes([STATUS_TYPE_OCSP])
            + vector(2, _ANY_RESPONDER),
        ),
    )
    + extension(Extension.EC_POINT_FORMATS, vector(1, b"\x00"))  # uncompressed: RFC 8422 §5.1.2
    + extension(Extension.EXTENDED_MASTER_SECRET, b"")  # RFC 7627 §5.1
    + extension(Extension.ENCRYPT_THEN_MAC, b"")  # RFC 7366 §2: some servers refuse CBC without it
    + extension(Extension.RENEGOTIATION_INFO, vector(1, b""))  # RFC 5746 §3.4
)
