"""Flaws of the signature over the response (RFC 6960 §3.2 (2), §4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import Blueprint, Stage
from ocsp_staple_exporter.lab.flaws.flaw import Flaw, error, warning
from ocsp_staple_exporter.lab.keys import (
    SIGNATURE_ALGORITHMS,
    PrivateKey,
    SignatureAlgorithm,
    algorithm_with,
    another_key,
    generate_key,
)
from ocsp_staple_exporter.model import Reason


@cache
def _rsa_key() -> PrivateKey:
    return generate_key("rsa")


def _flip_last_bit(blueprint: Blueprint) -> Blueprint:
    return blueprint.edited(Stage.SIGNATURE, lambda bits: bits[:-1] + bytes([bits[-1] ^ 1]))


def _no_signature(blueprint: Blueprint) -> Blueprint:
    return blueprint.edited(Stage.SIGNATURE, lambda _: der.bit_string(b""))


def _later_produced_at(blueprint: Blueprint) -> Blueprint:
    """Move producedAt, and every time that equals it, by a second after signing."""
    moment = blueprint.produced_at
    if not isinstance(moment, datetime):
        raise TypeError("another flaw replaced producedAt")
    signed = der.generalized_time(moment)
    moved = der.generalized_time(moment + timedelta(seconds=1))
    return blueprint.edited(Stage.SIGNED, lambda tbs: tbs.replace(signed, moved))


def _by_another_key(blueprint: Blueprint) -> Blueprint:
    return replace(blueprint, signer=replace(blueprint.signer, key=another_key(blueprint.signer.key)))


def _labelled(blueprint: Blueprint, identifier: bytes) -> Blueprint:
    """A sound signature under another AlgorithmIdentifier."""
    algorithm = blueprint.algorithm
    return replace(blueprint, algorithm=SignatureAlgorithm(algorithm.name, identifier, algorithm.sign))


def _unknown_algorithm(blueprint: Blueprint) -> Blueprint:
    return _labelled(blueprint, der.algorithm("1.3.6.1.4.1.32473.2"))


def _algorithm_of_another_key_type(blueprint: Blueprint) -> Blueprint:
    is_ecdsa = isinstance(blueprint.signer.key, ec.EllipticCurvePrivateKey)
    name = "rsa_pkcs1_sha256" if is_ecdsa else "ecdsa_sha256"
    return _labelled(blueprint, SIGNATURE_ALGORITHMS[name].identifier)


def _sha1(blueprint: Blueprint) -> Blueprint:
    return _signed_over("sha1", blueprint) or _by_rsa_responder(blueprint, "rsa_pkcs1_sha1")


def _md5(blueprint: Blueprint) -> Blueprint:
    return _signed_over("md5", blueprint) or _by_rsa_responder(blueprint, "rsa_pkcs1_md5")


def _signed_over(hash_name: str, blueprint: Blueprint) -> Blueprint | None:
    algorithm = algorithm_with(blueprint.signer.key, hash_name)
    return None if algorithm is None else replace(blueprint, algorithm=algorithm)


def _by_rsa_responder(blueprint: Blueprint, algorithm: str) -> Blueprint:
    responder = blueprint.issuer.issue_responder(key=_rsa_key())
    return replace(blueprint.signed_by(responder), algorithm=SIGNATURE_ALGORITHMS[algorithm])


SIGNATURE_FLAWS: Mapping[str, Flaw] = {
    "signature_algorithm_unsupported": error(
        Reason.SIGNATURE_ALGORITHM_UNSUPPORTED, "an algorithm that nobody knows", _unknown_algorithm
    ),
    "signature_invalid": error(Reason.SIGNATURE_INVALID, "one bit of the signature is flipped", _flip_last_bit),
    "signature_invalid:tbs_changed": error(
        Reason.SIGNATURE_INVALID, "producedAt was changed after signing", _later_produced_at
    ),
    "signature_invalid:wrong_key": error(
        Reason.SIGNATURE_INVALID, "signed by another key than the responder's", _by_another_key
    ),
    "signature_invalid:empty": error(Reason.SIGNATURE_INVALID, "a signature of no octets", _no_signature),
    "signature_invalid:other_key_type": error(
        Reason.SIGNATURE_INVALID, "an algorithm that does not fit the key", _algorithm_of_another_key_type
    ),
    "signature_weak_md5": error(Reason.SIGNATURE_WEAK_MD5, "signed with MD5", _md5),
    "signature_weak_sha1": warning(Reason.SIGNATURE_WEAK_SHA1, "signed with SHA-1", _sha1),
}
