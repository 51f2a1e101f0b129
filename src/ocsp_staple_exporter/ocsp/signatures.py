"""Does this key verify this signature? See RFC 6960 §3.2 (2), §4.3; RFC 4055, RFC 5758, RFC 8410, RFC 9881.

Keys come as SubjectPublicKeyInfo, signatures with the AlgorithmIdentifier beside them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey, MLDSA65PublicKey, MLDSA87PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ocsp_staple_exporter.ocsp import asn1
from ocsp_staple_exporter.ocsp.algorithms import HASH_NAMES, AlgorithmIdentifier, decode_algorithm
from ocsp_staple_exporter.remember import remember
from ocsp_staple_exporter.rsa_bounds import excess

KEYS_REMEMBERED = 16_384

LONGEST_SALT = 2048
"""Bytes of the longest RSA modulus that OpenSSL takes: no longer salt fits into a signature (RFC 8017 §9.1.1)."""

_RSASSA_PSS = "1.2.840.113549.1.1.10"
_MGF1 = "1.2.840.113549.1.1.8"
_KEY_ALGORITHMS = frozenset(
    {
        "1.2.840.113549.1.1.1",  # rsaEncryption
        _RSASSA_PSS,
        "1.2.840.10045.2.1",  # id-ecPublicKey
        "1.3.101.112",
        "1.3.101.113",
        "2.16.840.1.101.3.4.3.17",
        "2.16.840.1.101.3.4.3.18",
        "2.16.840.1.101.3.4.3.19",
    }
)
_KEY_KINDS = {
    "rsa": RSAPublicKey,
    "ecdsa": EllipticCurvePublicKey,
    "ed25519": Ed25519PublicKey,
    "ed448": Ed448PublicKey,
    "ml-dsa-44": MLDSA44PublicKey,
    "ml-dsa-65": MLDSA65PublicKey,
    "ml-dsa-87": MLDSA87PublicKey,
}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303 - verified only to say so
    "sha1": hashes.SHA1(),  # noqa: S303 - as above
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class Verified:
    """The key verifies the signature."""


@dataclass(frozen=True, slots=True)
class NotVerified:
    """It does not; `detail` is safe to show."""

    detail: str


@dataclass(frozen=True, slots=True)
class Unsupported:
    """The algorithm or the key is none that we know; `detail` is safe to show."""

    detail: str


SignatureResult = Verified | NotVerified | Unsupported


@dataclass(frozen=True, slots=True)
class Scheme:
    """A signature algorithm with its parameters."""

    name: str
    """The name that the RFCs give it."""

    key_kind: str
    hash_name: str | None = None
    """None where the algorithm fixes its own hash."""

    padding: PKCS1v15 | PSS | None = None
    """None but for RSA."""


def verify_signature(
    algorithm: AlgorithmIdentifier, public_key_info: bytes, signature: bytes, message: bytes
) -> SignatureResult:
    """Never raises: a signature that cannot be checked is a value too."""
    scheme = find_scheme(algorithm)
    if scheme is None:
        return Unsupported(f"the signature algorithm {describe_algorithm(algorithm)} is not supported")
    key = load_public_key(public_key_info)
    if key is None or excess(key):
        return Unsupported(excess(key) or "the public key cannot be read")
    if key_kind(key) != scheme.key_kind:
        return NotVerified(f"{scheme.name} needs a key of type {scheme.key_kind}, this one is {key_kind(key)}")
    try:
        _verify(scheme, key, signature, message)
    except InvalidSignature:
        return NotVerified(f"the {key_kind(key)} key does not verify the signature ({scheme.name})")
    except (UnsupportedAlgorithm, ValueError) as error:
        return Unsupported(f"{scheme.name} cannot be checked with this key: {type(error).__name__}")
    return Verified()


@remember(KEYS_REMEMBERED)
def load_public_key(public_key_info: bytes) -> PublicKeyTypes | None:
    """None for a key that `cryptography` cannot read, or of a kind that signs no certificates."""
    try:
        info = asn1.decode(asn1.SubjectPublicKeyInfo, public_key_info)
        if decode_algorithm(info.algorithm).oid not in _KEY_ALGORITHMS:
            return None
        return load_der_public_key(public_key_info)
    except (ValueError, UnsupportedAlgorithm):
        return None


def key_kind(key: PublicKeyTypes | None) -> str:
    """`rsa`, `ecdsa`, `ed25519`, `ed448`, `ml-dsa-44` and so on, or `other`."""
    return next((kind for kind, known in _KEY_KINDS.items() if isinstance(key, known)), "other")


def describe_algorithm(algorithm: AlgorithmIdentifier) -> str:
    """The name that the RFCs give to the algorithm, or its OID."""
    scheme = find_scheme(algorithm)
    return scheme.name if scheme else algorithm.oid


@functools.lru_cache(maxsize=64)
def find_scheme(algorithm: AlgorithmIdentifier) -> Scheme | None:
    """None for an algorithm, or parameters of one, that we do not support."""
    if algorithm.oid == _RSASSA_PSS:
        return _pss_scheme(algorithm.parameters)
    return None if algorithm.has_parameters else _SCHEMES.get(algorithm.oid)


def _verify(scheme: Scheme, key: PublicKeyTypes, signature: bytes, message: bytes) -> None:
    """Raises InvalidSignature, and ValueError or UnsupportedAlgorithm for what the library declines to try."""
    match key:
        case RSAPublicKey() if scheme.padding and scheme.hash_name:
            key.verify(signature, message, scheme.padding, _HASHES[scheme.hash_name])
        case EllipticCurvePublicKey() if scheme.hash_name:
            key.verify(signature, message, ECDSA(_HASHES[scheme.hash_name]))
        case Ed25519PublicKey() | Ed448PublicKey() | MLDSA44PublicKey() | MLDSA65PublicKey() | MLDSA87PublicKey():
            key.verify(signature, message)
        case _:
            raise ValueError("no such pair of key and algorithm")


def _pss_scheme(parameters: bytes | None) -> Scheme | None:
    """RFC 4055 §3.1: the hash, the same hash in MGF1, and any length of salt."""
    try:
        decoded = asn1.decode(asn1.PSSParameters, parameters or b"\x30\x00")
        digest = "sha1" if decoded.hash_algorithm is None else _hash_name(decoded.hash_algorithm.value)
        mask = "sha1" if decoded.mask_gen_algorithm is None else _mask_hash_name(decoded.mask_gen_algorithm.value)
    except asn1.NotDERError:
        return None
    salt_length = 20 if decoded.salt_length is None else decoded.salt_length
    if digest is None or digest != mask or decoded.trailer_field not in {None, 1}:
        return None
    if not 0 <= salt_length <= LONGEST_SALT:
        return None
    return Scheme(f"RSASSA-PSS-{digest.upper()}", "rsa", digest, PSS(MGF1(_HASHES[digest]), salt_length))


def _hash_name(value: asn1.TLV) -> str | None:
    algorithm = decode_algorithm(value)
    return None if algorithm.has_parameters else HASH_NAMES.get(algorithm.oid)


def _mask_hash_name(value: asn1.TLV) -> str | None:
    mask = decode_algorithm(value)
    if mask.oid != _MGF1 or mask.parameters is None:
        return None
    return _hash_name(asn1.decode(asn1.TLV, mask.parameters))


_SCHEMES = {
    "1.2.840.113549.1.1.4": Scheme("md5WithRSAEncryption", "rsa", "md5", PKCS1v15()),
    "1.2.840.113549.1.1.5": Scheme("sha1WithRSAEncryption", "rsa", "sha1", PKCS1v15()),
    "1.2.840.113549.1.1.14": Scheme("sha224WithRSAEncryption", "rsa", "sha224", PKCS1v15()),
    "1.2.840.113549.1.1.11": Scheme("sha256WithRSAEncryption", "rsa", "sha256", PKCS1v15()),
    "1.2.840.113549.1.1.12": Scheme("sha384WithRSAEncryption", "rsa", "sha384", PKCS1v15()),
    "1.2.840.113549.1.1.13": Scheme("sha512WithRSAEncryption", "rsa", "sha512", PKCS1v15()),
    "1.2.840.10045.4.1": Scheme("ecdsa-with-SHA1", "ecdsa", "sha1"),
    "1.2.840.10045.4.3.1": Scheme("ecdsa-with-SHA224", "ecdsa", "sha224"),
    "1.2.840.10045.4.3.2": Scheme("ecdsa-with-SHA256", "ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": Scheme("ecdsa-with-SHA384", "ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": Scheme("ecdsa-with-SHA512", "ecdsa", "sha512"),
    "1.3.101.112": Scheme("Ed25519", "ed25519"),
    "1.3.101.113": Scheme("Ed448", "ed448"),
    "2.16.840.1.101.3.4.3.17": Scheme("ML-DSA-44", "ml-dsa-44"),
    "2.16.840.1.101.3.4.3.18": Scheme("ML-DSA-65", "ml-dsa-65"),
    "2.16.840.1.101.3.4.3.19": Scheme("ML-DSA-87", "ml-dsa-87"),
}
