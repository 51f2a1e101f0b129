"""Cipher suites: only those with an AEAD and forward secrecy (RFC 8446 §B.4, RFC 5289 §3.2, RFC 7905 §2)."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from ocsp_staple_exporter.model import TLSVersion


class AEAD(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...


class Authentication(enum.Enum):
    """The part of a suite's name that says which kind of leaf key it asks for, before TLS 1.3."""

    RSA = "rsa"
    ECDSA = "ecdsa"
    """Also EdDSA: RFC 8422 §5.10 puts both under the ECDHE_ECDSA suites."""


@dataclass(frozen=True, slots=True)
class CipherSuite:
    """A suite: its number, its IANA name and its algorithms."""

    code: int
    name: str
    version: TLSVersion
    hash_name: str
    aead: Callable[[bytes], AEAD]
    key_length: int
    iv_length: int
    """Bytes of the write IV: all of the nonce, or the 4 implicit bytes of TLS 1.2's GCM (RFC 5288 §3)."""

    authentication: Authentication | None
    """TLS 1.2 ties the leaf's key to the suite; TLS 1.3 does not."""


_V12, _V13 = TLSVersion.TLS_1_2, TLSVersion.TLS_1_3

CIPHER_SUITES = {
    suite.code: suite
    for suite in (
        CipherSuite(0x1301, "TLS_AES_128_GCM_SHA256", _V13, "sha256", AESGCM, 16, 12, None),
        CipherSuite(0x1302, "TLS_AES_256_GCM_SHA384", _V13, "sha384", AESGCM, 32, 12, None),
        CipherSuite(0x1303, "TLS_CHACHA20_POLY1305_SHA256", _V13, "sha256", ChaCha20Poly1305, 32, 12, None),
        CipherSuite(
            0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", _V12, "sha256", AESGCM, 16, 4, Authentication.ECDSA
        ),
        CipherSuite(0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", _V12, "sha256", AESGCM, 16, 4, Authentication.RSA),
        CipherSuite(
            0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", _V12, "sha384", AESGCM, 32, 4, Authentication.ECDSA
        ),
        CipherSuite(0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", _V12, "sha384", AESGCM, 32, 4, Authentication.RSA),
        CipherSuite(
            0xCCA9,
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            _V12,
            "sha256",
            ChaCha20Poly1305,
            32,
            12,
            Authentication.ECDSA,
        ),
        CipherSuite(
            0xCCA8,
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            _V12,
            "sha256",
            ChaCha20Poly1305,
            32,
            12,
            Authentication.RSA,
        ),
    )
}
"""What the ClientHello offers, in our order of preference."""
