"""Proof that the server holds the leaf's key (RFC 8446 §4.2.3 and §4.4.3, RFC 5246 §7.4.3, RFC 4346 §7.4.3)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mldsa, padding, rsa

from ocsp_staple_exporter.model import HandshakeError, KeyType, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls.leafkey import LeafKey
from ocsp_staple_exporter.tls.suites import Authentication


@dataclass(frozen=True, slots=True)
class SignatureScheme:
    """A SignatureScheme: its number, its IANA name and how a key verifies with it."""

    code: int
    name: str
    key_type: KeyType
    parameters: tuple[object, ...] = ()
    """What `verify` of the key takes after the signature and the data."""

    curve: str | None = None
    """The curve that TLS 1.3 ties to the scheme; TLS 1.2 ties only the hash (RFC 8446 §4.2.3)."""

    tls12: bool = True
    """False for ML-DSA, which came after it."""

    tls13: bool = True
    """False for RSASSA-PKCS1-v1_5 and SHA-1, which TLS 1.3 knows in certificates only."""

    pss_keys: bool = False
    """For a key whose certificate says id-RSASSA-PSS, and for no other (RFC 8446 §4.2.3)."""

    def suits(self, versions: frozenset[TLSVersion]) -> bool:
        """Whether a hello that offers these versions names it; SHA-1 in TLS 1.2 only."""
        if not self.tls12:
            return TLSVersion.TLS_1_3 in versions
        return not self.name.endswith("_sha1") or TLSVersion.TLS_1_2 in versions

    @property
    def authentication(self) -> Authentication:
        return Authentication.RSA if self.key_type is KeyType.RSA else Authentication.ECDSA

    def check(self, key: LeafKey, signature: bytes, signed: bytes) -> None:
        """Raises InvalidSignature, and ValueError or UnsupportedAlgorithm for what the library declines to try."""
        cast("_Verifier", key.public).verify(signature, signed, *self.parameters)


class _Verifier(Protocol):
    """Every public key, called with the parameters of its own schemes."""

    def verify(self, signature: bytes, data: bytes, *parameters: object) -> None: ...


@dataclass(frozen=True, slots=True)
class _MD5SHA1Scheme(SignatureScheme):
    """What RSA signs before TLS 1.2: two hashes one after the other, without a DigestInfo (RFC 4346 §7.4.3)."""

    def check(self, key: LeafKey, signature: bytes, signed: bytes) -> None:
        digests = hashlib.md5(signed, usedforsecurity=False).digest()
        digests += hashlib.sha1(signed, usedforsecurity=False).digest()
        public = cast("rsa.RSAPublicKey", key.public)
        # The public operation, and the check of PKCS #1's padding (RFC 8017 §8.2.2).
        if not hmac.compare_digest(public.recover_data_from_signature(signature, padding.PKCS1v15(), None), digests):
            raise InvalidSignature


def _ecdsa(code: int, name: str, digest: hashes.HashAlgorithm, curve: str) -> SignatureScheme:
    return SignatureScheme(code, name, KeyType.ECDSA, (ec.ECDSA(digest),), curve=curve)


def _pss(code: int, name: str, digest: hashes.HashAlgorithm) -> SignatureScheme:
    # The salt is as long as the digest: RFC 8446 §4.2.3.
    pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
    return SignatureScheme(code, name, KeyType.RSA, (pss, digest), pss_keys="_pss_pss_" in name)


def _pkcs1(code: int, name: str, digest: hashes.HashAlgorithm) -> SignatureScheme:
    return SignatureScheme(code, name, KeyType.RSA, (padding.PKCS1v15(), digest), tls13=False)


def _ml_dsa(code: int, key_type: KeyType) -> Iterator[SignatureScheme]:
    """draft-ietf-tls-mldsa; nothing where the OpenSSL below `cryptography` has no ML-DSA (before 3.5)."""
    try:
        mldsa.MLDSA44PrivateKey.generate()
    except UnsupportedAlgorithm:
        return
    yield SignatureScheme(code, key_type.value.replace("-", ""), key_type, tls12=False)


ECDSA_SHA1 = SignatureScheme(0x0203, "ecdsa_sha1", KeyType.ECDSA, (ec.ECDSA(hashes.SHA1()),), tls13=False)  # noqa: S303
RSA_MD5_SHA1 = _MD5SHA1Scheme(0xFF01, "rsa_pkcs1_md5_sha1", KeyType.RSA)
"""IANA has neither number nor name for it; these are BoringSSL's, and are never on the wire."""

SIGNATURE_SCHEMES = {
    scheme.code: scheme
    for scheme in (
        _ecdsa(0x0403, "ecdsa_secp256r1_sha256", hashes.SHA256(), "secp256r1"),
        _ecdsa(0x0503, "ecdsa_secp384r1_sha384", hashes.SHA384(), "secp384r1"),
        _ecdsa(0x0603, "ecdsa_secp521r1_sha512", hashes.SHA512(), "secp521r1"),
        SignatureScheme(0x0807, "ed25519", KeyType.ED25519),
        SignatureScheme(0x0808, "ed448", KeyType.ED448),
        _pss(0x0804, "rsa_pss_rsae_sha256", hashes.SHA256()),
        _pss(0x0805, "rsa_pss_rsae_sha384", hashes.SHA384()),
        _pss(0x0806, "rsa_pss_rsae_sha512", hashes.SHA512()),
        _pss(0x0809, "rsa_pss_pss_sha256", hashes.SHA256()),
        _pss(0x080A, "rsa_pss_pss_sha384", hashes.SHA384()),
        _pss(0x080B, "rsa_pss_pss_sha512", hashes.SHA512()),
        _pkcs1(0x0401, "rsa_pkcs1_sha256", hashes.SHA256()),
        _pkcs1(0x0501, "rsa_pkcs1_sha384", hashes.SHA384()),
        _pkcs1(0x0601, "rsa_pkcs1_sha512", hashes.SHA512()),
        *_ml_dsa(0x0904, KeyType.ML_DSA_44),
        *_ml_dsa(0x0905, KeyType.ML_DSA_65),
        *_ml_dsa(0x0906, KeyType.ML_DSA_87),
        # Last, for servers of TLS 1.2 that know nothing better (RFC 5246 §7.4.1.4.1).
        _pkcs1(0x0201, "rsa_pkcs1_sha1", hashes.SHA1()),  # noqa: S303
        ECDSA_SHA1,
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
    if scheme.curve and key.curve != scheme.curve:
        raise _illegal(f"{scheme.name} does not fit the leaf's key on {key.curve}")
    return scheme


def tls12_scheme(code: int, key: LeafKey, offered: Schemes, authentication: Authentication | None) -> SignatureScheme:
    """The scheme of a ServerKeyExchange: offered, and of the kind that the cipher suite names."""
    scheme = _offered_scheme(code, key, offered)
    if not scheme.tls12 or scheme.authentication is not authentication:
        raise _illegal(f"{scheme.name} does not fit the cipher suite")
    return scheme


def older_scheme(key: LeafKey, authentication: Authentication | None) -> SignatureScheme:
    """How the ServerKeyExchange is signed in TLS 1.0 and 1.1 (RFC 4346 §7.4.3, RFC 4492 §5.4)."""
    scheme = RSA_MD5_SHA1 if authentication is Authentication.RSA else ECDSA_SHA1
    if scheme.key_type is not key.key_type or key.pss_only:
        raise _illegal(f"the leaf's key, of type {key.key_type.value}, does not fit the cipher suite")
    return scheme


def _offered_scheme(code: int, key: LeafKey, offered: Schemes) -> SignatureScheme:
    scheme = offered.get(code)
    if scheme is None:
        raise _illegal(f"signed with scheme {code:#06x}, which was not offered")
    if key.key_type is not scheme.key_type:
        raise _illegal(f"{scheme.name} does not fit the leaf's key, of type {key.key_type.value}")
    if key.pss_only is not scheme.pss_keys:
        raise _illegal(f"{scheme.name} does not fit a certificate whose key is for {key.algorithm_name}")
    return scheme


def verify_signature(scheme: SignatureScheme, key: LeafKey, signature: bytes, signed: bytes) -> None:
    """Check that `key` made `signature` over `signed`; raises SIGNATURE_INVALID."""
    try:
        scheme.check(key, signature, signed)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm) as error:
        detail = f"the leaf's key did not make this {scheme.name} signature"
        raise HandshakeError(ProbeFailure.SIGNATURE_INVALID, detail) from error


def _illegal(detail: str) -> HandshakeError:
    return HandshakeError(ProbeFailure.ILLEGAL_PARAMETER, detail)
