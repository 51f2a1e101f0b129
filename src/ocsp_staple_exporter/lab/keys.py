"""Key pairs and signatures of the lab, weak ones included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

from ocsp_staple_exporter.lab import der

KeyType = Literal["rsa", "rsa_1024", "ecdsa", "ecdsa_p384", "ecdsa_p521", "ed25519", "ed448"]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey

_GENERATORS: Mapping[KeyType, Callable[[], PrivateKey]] = {
    "rsa": partial(rsa.generate_private_key, 65537, 2048),
    "rsa_1024": partial(rsa.generate_private_key, 65537, 1024),
    "ecdsa": partial(ec.generate_private_key, ec.SECP256R1()),
    "ecdsa_p384": partial(ec.generate_private_key, ec.SECP384R1()),
    "ecdsa_p521": partial(ec.generate_private_key, ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
}


def generate_key(key_type: KeyType = "ecdsa") -> PrivateKey:
    """A new key pair; RSA takes tens of milliseconds, the others well under one."""
    return _GENERATORS[key_type]()


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """How a structure is signed, and how it says so."""

    name: str
    identifier: bytes
    """AlgorithmIdentifier in DER (RFC 5280 §4.1.1.2)."""

    sign: Callable[[PrivateKey, bytes], bytes]
    """Signs the given bytes; raises TypeError for a key of another type."""


def _sign_pkcs1(hash_algorithm: hashes.HashAlgorithm, key: PrivateKey, data: bytes) -> bytes:
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("RSA PKCS#1 needs an RSA key")
    return key.sign(data, padding.PKCS1v15(), hash_algorithm)


def _sign_pss(hash_algorithm: hashes.HashAlgorithm, key: PrivateKey, data: bytes) -> bytes:
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("RSA-PSS needs an RSA key")
    pss = padding.PSS(padding.MGF1(hash_algorithm), hash_algorithm.digest_size)
    return key.sign(data, pss, hash_algorithm)


def _sign_ecdsa(hash_algorithm: hashes.HashAlgorithm, key: PrivateKey, data: bytes) -> bytes:
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("ECDSA needs a key on an elliptic curve")
    return key.sign(data, ec.ECDSA(hash_algorithm))


def _sign_eddsa(key: PrivateKey, data: bytes) -> bytes:
    if not isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        raise TypeError("EdDSA needs an Ed25519 or Ed448 key")
    return key.sign(data)


def _pss_parameters(hash_oid: str, salt_length: int) -> bytes:
    """RSASSA-PSS-params with MGF1 over the same hash (RFC 4055 §3.1)."""
    hash_identifier = der.algorithm(hash_oid, der.NULL)
    return der.sequence(
        der.explicit(0, hash_identifier),
        der.explicit(1, der.algorithm("1.2.840.113549.1.1.8", hash_identifier)),
        der.explicit(2, der.integer(salt_length)),
    )


def _pss(name: str, hash_oid: str, hash_algorithm: hashes.HashAlgorithm) -> SignatureAlgorithm:
    parameters = _pss_parameters(hash_oid, hash_algorithm.digest_size)
    return SignatureAlgorithm(
        name, der.algorithm("1.2.840.113549.1.1.10", parameters), partial(_sign_pss, hash_algorithm)
    )


def _pkcs1(name: str, oid: str, hash_algorithm: hashes.HashAlgorithm) -> SignatureAlgorithm:
    return SignatureAlgorithm(name, der.algorithm(oid, der.NULL), partial(_sign_pkcs1, hash_algorithm))


def _ecdsa(name: str, oid: str, hash_algorithm: hashes.HashAlgorithm) -> SignatureAlgorithm:
    return SignatureAlgorithm(name, der.algorithm(oid), partial(_sign_ecdsa, hash_algorithm))


SIGNATURE_ALGORITHMS: Mapping[str, SignatureAlgorithm] = {
    algorithm.name: algorithm
    for algorithm in (
        _pkcs1("rsa_pkcs1_md5", "1.2.840.113549.1.1.4", hashes.MD5()),
        _pkcs1("rsa_pkcs1_sha1", "1.2.840.113549.1.1.5", hashes.SHA1()),
        _pkcs1("rsa_pkcs1_sha256", "1.2.840.113549.1.1.11", hashes.SHA256()),
        _pkcs1("rsa_pkcs1_sha384", "1.2.840.113549.1.1.12", hashes.SHA384()),
        _pkcs1("rsa_pkcs1_sha512", "1.2.840.113549.1.1.13", hashes.SHA512()),
        _pss("rsa_pss_sha256", "2.16.840.1.101.3.4.2.1", hashes.SHA256()),
        _pss("rsa_pss_sha384", "2.16.840.1.101.3.4.2.2", hashes.SHA384()),
        _pss("rsa_pss_sha512", "2.16.840.1.101.3.4.2.3", hashes.SHA512()),
        _ecdsa("ecdsa_sha1", "1.2.840.10045.4.1", hashes.SHA1()),
        _ecdsa("ecdsa_sha256", "1.2.840.10045.4.3.2", hashes.SHA256()),
        _ecdsa("ecdsa_sha384", "1.2.840.10045.4.3.3", hashes.SHA384()),
        _ecdsa("ecdsa_sha512", "1.2.840.10045.4.3.4", hashes.SHA512()),
        SignatureAlgorithm("ed25519", der.algorithm("1.3.101.112"), _sign_eddsa),
        SignatureAlgorithm("ed448", der.algorithm("1.3.101.113"), _sign_eddsa),
    )
}
"""By name; the OIDs are those of RFC 4055, RFC 5758, RFC 3279 and RFC 8410."""


def usual_algorithm(key: PrivateKey) -> SignatureAlgorithm:
    """What a CA of today signs with, given such a key."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return SIGNATURE_ALGORITHMS["ed25519"]
    large_curve = isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size > 256
    return algorithm_with(key, "sha384" if large_curve else "sha256") or SIGNATURE_ALGORITHMS["ed448"]


def algorithm_with(key: PrivateKey, hash_name: str) -> SignatureAlgorithm | None:
    """RSA PKCS#1 or ECDSA over that hash; None for a key or a hash that has no such algorithm."""
    family = {rsa.RSAPrivateKey: "rsa_pkcs1", ec.EllipticCurvePrivateKey: "ecdsa"}
    for key_type, prefix in family.items():
        if isinstance(key, key_type):
            return SIGNATURE_ALGORITHMS.get(f"{prefix}_{hash_name}")
    return None


def another_key(key: PrivateKey) -> PrivateKey:
    """A new key of the same type and size."""
    match key:
        case rsa.RSAPrivateKey():
            return rsa.generate_private_key(65537, key.key_size)
        case ec.EllipticCurvePrivateKey():
            return ec.generate_private_key(key.curve)
        case ed25519.Ed25519PrivateKey():
            return generate_key("ed25519")
        case _:
            return generate_key("ed448")
