"""Proof that the server holds the leaf's key (RFC 8446 §4.2.3 and §4.4.3, RFC 5246 §7.4.3)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.utils import CryptographyDeprecationWarning

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import HandshakeError, KeyType, ProbeFailure
from ocsp_staple_exporter.remember import remember
from ocsp_staple_exporter.tls.suites import Authentication

LEAF_KEYS_REMEMBERED = 16_384
"""Leaf keys kept as objects: reading one costs 100 us and more, keeping one about 2 KB."""

LeafKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
"""The keys that a signature scheme of ours can use."""


KEY_TYPES: Mapping[type, KeyType] = {
    rsa.RSAPublicKey: KeyType.RSA,
    ec.EllipticCurvePublicKey: KeyType.ECDSA,
    ed25519.Ed25519PublicKey: KeyType.ED25519,
    ed448.Ed448PublicKey: KeyType.ED448,
}


@dataclass(frozen=True, slots=True)
class SignatureScheme:
    """A SignatureScheme: its number, its IANA name and how a key verifies with it."""

    code: int
    name: str
    key_class: type
    parameters: tuple[object, ...]
    """What `verify` of the key takes after the signature and the data."""

    curve: str | None = None
    """The curve that TLS 1.3 ties to the scheme; TLS 1.2 ties only the hash (RFC 8446 §4.2.3)."""

    tls13: bool = True
    """False for RSASSA-PKCS1-v1_5, which TLS 1.3 knows in certificates only."""

    @property
    def key_type(self) -> KeyType:
        return KEY_TYPES[self.key_class]

    @property
    def authentication(self) -> Authentication:
        return Authentication.RSA if self.key_type is KeyType.RSA else Authentication.ECDSA


def _ecdsa(code: int, name: str, digest: hashes.HashAlgorithm, curve: str) -> SignatureScheme:
    return SignatureScheme(code, name, ec.EllipticCurvePublicKey, (ec.ECDSA(digest),), curve=curve)


def _pss(code: int, name: str, digest: hashes.HashAlgorithm) -> SignatureScheme:
    # The salt is as long as the digest: RFC 8446 §4.2.3.
    pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
    return SignatureScheme(code, name, rsa.RSAPublicKey, (pss, digest))


def _pkcs1(code: int, name: str, digest: hashes.HashAlgorithm) -> SignatureScheme:
    return SignatureScheme(code, name, rsa.RSAPublicKey, (padding.PKCS1v15(), digest), tls13=False)


SIGNATURE_SCHEMES = {
    scheme.code: scheme
    for scheme in (
        _ecdsa(0x0403, "ecdsa_secp256r1_sha256", hashes.SHA256(), "secp256r1"),
        _ecdsa(0x0503, "ecdsa_secp384r1_sha384", hashes.SHA384(), "secp384r1"),
        _ecdsa(0x0603, "ecdsa_secp521r1_sha512", hashes.SHA512(), "secp521r1"),
        SignatureScheme(0x0807, "ed25519", ed25519.Ed25519PublicKey, ()),
        SignatureScheme(0x0808, "ed448", ed448.Ed448PublicKey, ()),
        _pss(0x0804, "rsa_pss_rsae_sha256", hashes.SHA256()),
        _pss(0x0805, "rsa_pss_rsae_sha384", hashes.SHA384()),
        _pss(0x0806, "rsa_pss_rsae_sha512", hashes.SHA512()),
        _pss(0x0809, "rsa_pss_pss_sha256", hashes.SHA256()),
        _pss(0x080A, "rsa_pss_pss_sha384", hashes.SHA384()),
        _pss(0x080B, "rsa_pss_pss_sha512", hashes.SHA512()),
        _pkcs1(0x0401, "rsa_pkcs1_sha256", hashes.SHA256()),
        _pkcs1(0x0501, "rsa_pkcs1_sha384", hashes.SHA384()),
        _pkcs1(0x0601, "rsa_pkcs1_sha512", hashes.SHA512()),
    )
}
"""What signature_algorithms offers, in our order of preference."""

Schemes = Mapping[int, SignatureScheme]
"""What was offered in one hello, by number."""


def tls13_scheme(code: int, key: LeafKey, offered: Schemes) -> SignatureScheme:
    """The scheme of a CertificateVerify: offered, allowed there, and on the curve of the leaf's key."""
    scheme = _offered_scheme(code, key, offered)
    if not scheme.tls13:
        raise _illegal(f"{scheme.name} signs no CertificateVerify in TLS 1.3")
    if scheme.curve and isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name != scheme.curve:
        raise _illegal(f"{scheme.name} does not fit the leaf's key on {key.curve.name}")
    return scheme


def tls12_scheme(code: int, key: LeafKey, offered: Schemes, authentication: Authentication | None) -> SignatureScheme:
    """The scheme of a ServerKeyExchange: offered, and of the kind that the cipher suite names."""
    scheme = _offered_scheme(code, key, offered)
    if scheme.authentication is not authentication:
        raise _illegal(f"{scheme.name} does not fit the cipher suite")
    return scheme


def _offered_scheme(code: int, key: LeafKey, offered: Schemes) -> SignatureScheme:
    scheme = offered.get(code)
    if scheme is None:
        raise _illegal(f"signed with scheme {code:#06x}, which was not offered")
    if not isinstance(key, scheme.key_class):
        raise _illegal(f"{scheme.name} does not fit the leaf's key, a {type(key).__name__}")
    return scheme


def verify_signature(scheme: SignatureScheme, key: LeafKey, signature: bytes, signed: bytes) -> None:
    """Check that `key` made `signature` over `signed`; raises SIGNATURE_INVALID."""
    try:
        cast("_Verifier", key).verify(signature, signed, *scheme.parameters)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm) as error:
        detail = f"the leaf's key did not make this {scheme.name} signature"
        raise HandshakeError(ProbeFailure.SIGNATURE_INVALID, detail) from error


@remember(LEAF_KEYS_REMEMBERED)
def leaf_key(leaf: bytes) -> LeafKey:
    """The public key of a certificate (DER); raises CERTIFICATE_UNREADABLE."""
    try:
        with warnings.catch_warnings():
            # A serial number of zero and the like: odd, but the handshake does not depend on it.
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            key = x509.load_der_x509_certificate(leaf).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        detail = f"the leaf cannot be read: {printable(str(error))}"
        raise HandshakeError(ProbeFailure.CERTIFICATE_UNREADABLE, detail) from error
    if not isinstance(key, LeafKey):
        detail = f"the leaf's key signs no handshake: {type(key).__name__}"
        raise HandshakeError(ProbeFailure.CERTIFICATE_UNREADABLE, detail)
    return key


class _Verifier(Protocol):
    """Every `LeafKey`, called with the parameters of its own schemes."""

    def verify(self, signature: bytes, data: bytes, *parameters: object) -> None: ...


def _illegal(detail: str) -> HandshakeError:
    return HandshakeError(ProbeFailure.ILLEGAL_PARAMETER, detail)
