"""The key of a leaf certificate, as far as a handshake needs it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import PublicKeyAlgorithmOID

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import HandshakeError, KeyType, ProbeFailure
from ocsp_staple_exporter.remember import remember

LEAF_KEYS_REMEMBERED = 16_384
"""Leaf keys kept as objects: reading one costs 100 us and more, keeping one about 2 KB."""

PublicKey = (
    rsa.RSAPublicKey
    | ec.EllipticCurvePublicKey
    | ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
    | mldsa.MLDSA44PublicKey
    | mldsa.MLDSA65PublicKey
    | mldsa.MLDSA87PublicKey
)
"""The keys that a signature scheme of ours can use."""

KEY_TYPES: dict[type, KeyType] = {
    rsa.RSAPublicKey: KeyType.RSA,
    ec.EllipticCurvePublicKey: KeyType.ECDSA,
    ed25519.Ed25519PublicKey: KeyType.ED25519,
    ed448.Ed448PublicKey: KeyType.ED448,
    mldsa.MLDSA44PublicKey: KeyType.ML_DSA_44,
    mldsa.MLDSA65PublicKey: KeyType.ML_DSA_65,
    mldsa.MLDSA87PublicKey: KeyType.ML_DSA_87,
}


@dataclass(frozen=True, slots=True)
class LeafKey:
    """A public key, and what its certificate says of its use."""

    public: PublicKey
    key_type: KeyType
    pss_only: bool
    """The certificate's algorithm is id-RSASSA-PSS: the key makes no other signatures (RFC 4055 §1.2)."""

    curve: str | None
    """Of an ECDSA key."""

    @property
    def algorithm_name(self) -> str:
        return "RSASSA-PSS only" if self.pss_only else self.key_type.value


@remember(LEAF_KEYS_REMEMBERED)
def leaf_key(leaf: bytes) -> LeafKey:
    """The public key of a certificate (DER); raises CERTIFICATE_UNREADABLE."""
    try:
        with warnings.catch_warnings():
            # A serial number of zero and the like: odd, but the handshake does not depend on it.
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            certificate = x509.load_der_x509_certificate(leaf)
            public = certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        detail = f"the leaf cannot be read: {printable(str(error))}"
        raise HandshakeError(ProbeFailure.CERTIFICATE_UNREADABLE, detail) from error
    key_type = next((key_type for known, key_type in KEY_TYPES.items() if isinstance(public, known)), None)
    if key_type is None or not isinstance(public, PublicKey):
        detail = f"the leaf's key signs no handshake: {type(public).__name__}"
        raise HandshakeError(ProbeFailure.CERTIFICATE_UNREADABLE, detail)
    pss_only = certificate.public_key_algorithm_oid == PublicKeyAlgorithmOID.RSASSA_PSS
    curve = public.curve.name if isinstance(public, ec.EllipticCurvePublicKey) else None
    return LeafKey(public, key_type, pss_only, curve)
