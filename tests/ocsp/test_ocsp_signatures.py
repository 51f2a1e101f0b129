from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.keys import SIGNATURE_ALGORITHMS, KeyType
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.ocsp import asn1
from ocsp_staple_exporter.ocsp.algorithms import AlgorithmIdentifier, decode_algorithm
from ocsp_staple_exporter.ocsp.signatures import (
    NotVerified,
    Unsupported,
    Verified,
    describe_algorithm,
    find_scheme,
    load_public_key,
    verify_signature,
)
from tests.ocsp.pki import NOW, pki, reasons

NAMES: list[tuple[KeyType, str, str]] = [
    ("rsa", "rsa_pkcs1_sha256", "sha256WithRSAEncryption"),
    ("rsa", "rsa_pkcs1_sha384", "sha384WithRSAEncryption"),
    ("rsa", "rsa_pkcs1_sha512", "sha512WithRSAEncryption"),
    ("rsa", "rsa_pss_sha256", "RSASSA-PSS-SHA256"),
    ("rsa", "rsa_pss_sha384", "RSASSA-PSS-SHA384"),
    ("rsa", "rsa_pss_sha512", "RSASSA-PSS-SHA512"),
    ("ecdsa", "ecdsa_sha256", "ecdsa-with-SHA256"),
    ("ecdsa_p384", "ecdsa_sha384", "ecdsa-with-SHA384"),
    ("ecdsa_p521", "ecdsa_sha512", "ecdsa-with-SHA512"),
    ("ed25519", "ed25519", "Ed25519"),
    ("ed448", "ed448", "Ed448"),
]

MGF1 = "1.2.840.113549.1.1.8"
PSS = "1.2.840.113549.1.1.10"
SHA1 = der.algorithm("1.3.14.3.2.26", der.NULL)
SHA256 = der.algorithm("2.16.840.1.101.3.4.2.1", der.NULL)


@pytest.mark.parametrize(("key_type", "algorithm", "name"), NAMES)
def test_every_signature_algorithm_of_the_rfcs_verifies(key_type: KeyType, algorithm: str, name: str) -> None:
    lab = pki(key_type)
    for responder in (None, lab.responder):
        sound = staple(lab.leaf, lab.ca, now=NOW, responder=responder, algorithm=algorithm)
        verdict = lab.judge(sound)
        assert (verdict.errors, verdict.warnings) == ((), ())
        assert verdict.signature_algorithm == name
        forged = staple(
            lab.leaf, lab.ca, now=NOW, responder=responder, algorithm=algorithm, flaw="signature_invalid:tbs_changed"
        )
        assert reasons(lab.judge(forged).errors) == ["signature_invalid"]


def _pss(*fields: bytes) -> AlgorithmIdentifier:
    return decode_algorithm(asn1.decode(asn1.TLV, der.algorithm(PSS, der.sequence(*fields))))


@pytest.mark.parametrize(
    ("algorithm", "hash_algorithm", "salt_length"),
    [
        (AlgorithmIdentifier(PSS, None), hashes.SHA1(), 20),  # noqa: S303 - the default of RFC 4055 §3.1
        (_pss(), hashes.SHA1(), 20),  # noqa: S303 - as above
        (
            _pss(
                der.explicit(0, SHA256), der.explicit(1, der.algorithm(MGF1, SHA256)), der.explicit(2, der.integer(0))
            ),
            hashes.SHA256(),
            0,
        ),
        (
            _pss(
                der.explicit(0, SHA256),
                der.explicit(1, der.algorithm(MGF1, SHA256)),
                der.explicit(2, der.integer(32)),
                der.explicit(3, der.integer(1)),
            ),
            hashes.SHA256(),
            32,
        ),
    ],
)
def test_pss_parameters_and_their_defaults_are_understood(
    algorithm: AlgorithmIdentifier, hash_algorithm: hashes.HashAlgorithm, salt_length: int
) -> None:
    key = pki("rsa").ca.key
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = key.sign(b"message", padding.PSS(padding.MGF1(hash_algorithm), salt_length), hash_algorithm)
    info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert verify_signature(algorithm, info, signature, b"message") == Verified()
    assert isinstance(verify_signature(algorithm, info, signature, b"another"), NotVerified)


@pytest.mark.parametrize(
    "algorithm",
    [
        _pss(der.explicit(0, SHA256)),  # MGF1 with SHA-1 beside it
        _pss(der.explicit(0, der.algorithm("1.3.6.1.4.1.32473.4"))),
        _pss(der.explicit(1, der.algorithm("1.3.6.1.4.1.32473.4", SHA1))),
        _pss(der.explicit(1, der.algorithm(MGF1))),
        _pss(der.explicit(2, der.integer(-1))),
        _pss(der.explicit(3, der.integer(2))),
        _pss(der.octet_string(b"junk")),
        AlgorithmIdentifier(PSS, der.NULL),
        AlgorithmIdentifier("1.2.840.113549.1.1.11", der.sequence()),
        AlgorithmIdentifier("1.2.840.10045.4.3.2", der.octet_string(b"")),
        AlgorithmIdentifier("1.2.840.10040.4.3", None),
    ],
)
def test_other_parameters_are_unsupported(algorithm: AlgorithmIdentifier) -> None:
    assert find_scheme(algorithm) is None
    assert describe_algorithm(algorithm) == algorithm.oid
    info = pki("rsa").ca.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert isinstance(verify_signature(algorithm, info, b"signature", b"message"), Unsupported)


def test_a_salt_that_the_key_has_no_room_for_is_not_verified() -> None:
    algorithm = _pss(der.explicit(2, der.integer(1 << 20)))
    info = pki("rsa").ca.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert not isinstance(verify_signature(algorithm, info, bytes(256), b"message"), Verified)


def test_ml_dsa_verifies() -> None:
    key = MLDSA65PrivateKey.generate()
    info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    algorithm = AlgorithmIdentifier("2.16.840.1.101.3.4.3.18", None)
    assert verify_signature(algorithm, info, key.sign(b"message"), b"message") == Verified()
    assert isinstance(verify_signature(algorithm, info, key.sign(b"message"), b"another"), NotVerified)


def test_an_unreadable_key_is_unsupported() -> None:
    algorithm = decode_algorithm(asn1.decode(asn1.TLV, SIGNATURE_ALGORITHMS["ed25519"].identifier))
    diffie_hellman = der.sequence(der.algorithm("1.2.840.113549.1.3.1"), der.bit_string(b"\x02\x01\x05"))
    for info in (b"", b"junk", diffie_hellman, der.sequence(der.algorithm("1.3.101.112"), der.bit_string(b"short"))):
        assert load_public_key(info) is None
        assert isinstance(verify_signature(algorithm, info, b"", b""), Unsupported)


@pytest.mark.parametrize(("produced", "found"), [("2022-05-31", []), ("2022-06-01", ["signature_weak_sha1"])])
def test_sha1_is_warned_about_since_the_baseline_requirements_ban_it(produced: str, found: list[str]) -> None:
    lab = pki()
    moment = NOW.fromisoformat(f"{produced}T12:00:00+00:00")
    response = staple(
        lab.leaf, lab.ca, now=NOW, algorithm="ecdsa_sha1", this_update=moment, produced_at=moment, next_update=NOW
    )
    warnings = reasons(lab.judge(response, moment).warnings)
    assert [warning for warning in warnings if warning.startswith("signature")] == found
