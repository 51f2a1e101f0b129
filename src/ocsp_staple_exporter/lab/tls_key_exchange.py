"""A lab server's half of the key exchanges that are not the mirror of the client's: hybrids and prime fields."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import mlkem

from ocsp_staple_exporter.tls.finite_field import FiniteField
from ocsp_staple_exporter.tls.groups import SECP256R1, X25519, Group
from ocsp_staple_exporter.tls.hybrids import SECP256R1MLKEM768, X25519MLKEM768

ENCAPSULATION_KEY_LENGTH = 1184
"""Bytes of an ML-KEM-768 encapsulation key (FIPS 203, table 3)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server sends for a client's key share, and what both now know."""

    public: bytes
    shared_secret: bytes


def answer(group: Group, peer: bytes) -> Answer:
    """The server's side of TLS 1.3's key_share."""
    if group is X25519MLKEM768:
        encapsulated = _encapsulate(peer[:ENCAPSULATION_KEY_LENGTH])
        agreed = answer(X25519, peer[ENCAPSULATION_KEY_LENGTH:])
        return Answer(encapsulated.public + agreed.public, encapsulated.shared_secret + agreed.shared_secret)
    if group is SECP256R1MLKEM768:
        agreed = answer(SECP256R1, peer[:-ENCAPSULATION_KEY_LENGTH])
        encapsulated = _encapsulate(peer[-ENCAPSULATION_KEY_LENGTH:])
        return Answer(agreed.public + encapsulated.public, agreed.shared_secret + encapsulated.shared_secret)
    key = group.generate()
    return Answer(key.public, key.shared_secret(peer))


def _encapsulate(peer: bytes) -> Answer:
    shared_secret, ciphertext = mlkem.MLKEM768PublicKey.from_public_bytes(peer).encapsulate()
    return Answer(ciphertext, shared_secret)


def _ffdhe(bits: int, offset: int) -> FiniteField:
    """RFC 7919 appendix A: 2^b - 2^(b-64) + (floor(2^(b-130) e) + X) 2^64 - 1, with the generator 2."""
    return FiniteField((1 << bits) - (1 << (bits - 64)) + (_scaled_e(bits - 130) + offset << 64) - 1, 2)


def _scaled_e(bits: int) -> int:
    """floor(2^bits e), of the series 1 + 1/1! + 1/2! and so on, with bits to spare."""
    term = total = 1 << (bits + 64)
    divisor = 1
    while term := term // divisor:
        total += term
        divisor += 1
    return total >> 64


FFDHE2048 = _ffdhe(2048, 560316)
