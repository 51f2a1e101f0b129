"""Cipher suites: those that the client completes, and those that it offers to be shown what a server staples.

Completed are the suites with an AEAD (RFC 8446 §B.4, RFC 5288, RFC 5289 §3.2, RFC 7905 §2). Of
the others (RFC 5246 §A.5, RFC 8422 §6, RFC 5289 §3.1) only the plaintext flight is read. Suites
without authentication, without encryption, with RC4 and of export strength are not offered.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from ocsp_staple_exporter.model import TLSVersion


class AEAD(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...


class KeyExchange(enum.Enum):
    """The first part of a suite's name, before TLS 1.3."""

    ECDHE = "ECDHE"
    DHE = "DHE"
    RSA = "RSA"
    """The client's secret is encrypted with the leaf's key: no signature, no forward secrecy (RFC 5246 §7.4.7.1)."""


class Authentication(enum.Enum):
    """The part of a suite's name that says which kind of leaf key it asks for, before TLS 1.3."""

    RSA = "RSA"
    ECDSA = "ECDSA"
    """Also EdDSA: RFC 8422 §5.10 puts both under the ECDHE_ECDSA suites."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """How a suite protects records and derives keys."""

    name: str
    hash_name: str
    """Of the PRF, of HKDF and of the transcript."""

    aead: Callable[[bytes], AEAD]
    key_length: int
    iv_length: int
    """Bytes of the write IV: all of the nonce, or the 4 implicit bytes of TLS 1.2's GCM (RFC 5288 §3)."""


@dataclass(frozen=True, slots=True)
class CipherSuite:
    """A suite: its number, its IANA name and its algorithms."""

    code: int
    name: str
    versions: frozenset[TLSVersion]
    sealing: Sealing | None
    """None where the suite has no AEAD: it is offered only to be seen."""

    key_exchange: KeyExchange | None = None
    authentication: Authentication | None = None
    """TLS 1.2 ties key exchange and the leaf's key to the suite; TLS 1.3 does not."""


_TLS_1_3 = frozenset({TLSVersion.TLS_1_3})
_TLS_1_2 = frozenset({TLSVersion.TLS_1_2})
_UP_TO_TLS_1_2 = frozenset({TLSVersion.TLS_1_0, TLSVersion.TLS_1_1, TLSVersion.TLS_1_2})

_AES_128_GCM = Sealing("AES_128_GCM_SHA256", "sha256", AESGCM, 16, 4)
_AES_256_GCM = Sealing("AES_256_GCM_SHA384", "sha384", AESGCM, 32, 4)
_CHACHA20 = Sealing("CHACHA20_POLY1305_SHA256", "sha256", ChaCha20Poly1305, 32, 12)

_ECDHE_ECDSA = (KeyExchange.ECDHE, Authentication.ECDSA)
_ECDHE_RSA = (KeyExchange.ECDHE, Authentication.RSA)
_DHE_RSA = (KeyExchange.DHE, Authentication.RSA)
_RSA = (KeyExchange.RSA, Authentication.RSA)

_Kind = tuple[KeyExchange, Authentication]


def _tls13(code: int, name: str, hash_name: str, aead: Callable[[bytes], AEAD], key_length: int) -> CipherSuite:
    return CipherSuite(code, f"TLS_{name}", _TLS_1_3, Sealing(name, hash_name, aead, key_length, 12))


def _sealed(code: int, kind: _Kind, sealing: Sealing) -> CipherSuite:
    return CipherSuite(code, f"TLS_{_name(kind)}_WITH_{sealing.name}", _TLS_1_2, sealing, *kind)


def _seen(cipher: str, versions: frozenset[TLSVersion], codes: dict[int, _Kind]) -> Iterator[CipherSuite]:
    for code, kind in codes.items():
        yield CipherSuite(code, f"TLS_{_name(kind)}_WITH_{cipher}", versions, None, *kind)


def _name(kind: _Kind) -> str:
    key_exchange, authentication = kind
    return "RSA" if kind == _RSA else f"{key_exchange.value}_{authentication.value}"


CIPHER_SUITES = {
    suite.code: suite
    for suite in (
        _tls13(0x1301, "AES_128_GCM_SHA256", "sha256", AESGCM, 16),
        _tls13(0x1302, "AES_256_GCM_SHA384", "sha384", AESGCM, 32),
        _tls13(0x1303, "CHACHA20_POLY1305_SHA256", "sha256", ChaCha20Poly1305, 32),
        _sealed(0xC02B, _ECDHE_ECDSA, _AES_128_GCM),
        _sealed(0xC02F, _ECDHE_RSA, _AES_128_GCM),
        _sealed(0xC02C, _ECDHE_ECDSA, _AES_256_GCM),
        _sealed(0xC030, _ECDHE_RSA, _AES_256_GCM),
        _sealed(0xCCA9, _ECDHE_ECDSA, _CHACHA20),
        _sealed(0xCCA8, _ECDHE_RSA, _CHACHA20),
        _sealed(0x009E, _DHE_RSA, _AES_128_GCM),
        _sealed(0x009F, _DHE_RSA, _AES_256_GCM),
        _sealed(0xCCAA, _DHE_RSA, _CHACHA20),
        _sealed(0x009C, _RSA, _AES_128_GCM),
        _sealed(0x009D, _RSA, _AES_256_GCM),
        *_seen("AES_128_CBC_SHA256", _TLS_1_2, {0xC023: _ECDHE_ECDSA, 0xC027: _ECDHE_RSA}),
        *_seen("AES_256_CBC_SHA384", _TLS_1_2, {0xC024: _ECDHE_ECDSA, 0xC028: _ECDHE_RSA}),
        *_seen("AES_128_CBC_SHA256", _TLS_1_2, {0x0067: _DHE_RSA, 0x003C: _RSA}),
        *_seen("AES_256_CBC_SHA256", _TLS_1_2, {0x006B: _DHE_RSA, 0x003D: _RSA}),
        *_seen("AES_128_CBC_SHA", _UP_TO_TLS_1_2, {0xC009: _ECDHE_ECDSA, 0xC013: _ECDHE_RSA}),
        *_seen("AES_256_CBC_SHA", _UP_TO_TLS_1_2, {0xC00A: _ECDHE_ECDSA, 0xC014: _ECDHE_RSA}),
        *_seen("AES_128_CBC_SHA", _UP_TO_TLS_1_2, {0x0033: _DHE_RSA, 0x002F: _RSA}),
        *_seen("AES_256_CBC_SHA", _UP_TO_TLS_1_2, {0x0039: _DHE_RSA, 0x0035: _RSA}),
        *_seen("3DES_EDE_CBC_SHA", _UP_TO_TLS_1_2, {0xC008: _ECDHE_ECDSA, 0xC012: _ECDHE_RSA}),
        *_seen("3DES_EDE_CBC_SHA", _UP_TO_TLS_1_2, {0x0016: _DHE_RSA, 0x000A: _RSA}),
    )
}
"""What the ClientHello offers, in our order of preference: what is completed comes first."""
