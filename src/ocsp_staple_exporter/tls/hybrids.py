"""Key exchange that joins ML-KEM to an elliptic curve (draft-ietf-tls-ecdhe-mlkem, FIPS 203).

Our share is an encapsulation key and a public value, the server's a ciphertext and its own public
value; the secret is both secrets, one after the other. The order is that of the group's definition.
"""

from __future__ import annotations

from functools import partial

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import mlkem

from ocsp_staple_exporter.model import HandshakeError, ProbeFailure
from ocsp_staple_exporter.tls.alerts import Alert, AlertReceivedError
from ocsp_staple_exporter.tls.groups import GROUPS, SECP256R1, X25519, Group

CIPHERTEXT_LENGTH = 1088
"""Bytes of an ML-KEM-768 ciphertext (FIPS 203, table 3)."""


class _EncapsulationKey:
    """The half of a hybrid that is ML-KEM-768."""

    def __init__(self) -> None:
        self._private = mlkem.MLKEM768PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()

    def shared_secret(self, ciphertext: bytes) -> bytes:
        try:
            return self._private.decapsulate(ciphertext)
        except ValueError as error:
            detail = f"invalid ciphertext for ML-KEM-768: {error}"
            raise HandshakeError(ProbeFailure.ILLEGAL_PARAMETER, detail) from error


class MLKEMFirst:
    """X25519MLKEM768: ML-KEM before the curve, on the wire and in the secret."""

    def __init__(self, curve: Group) -> None:
        self._encapsulation, self._curve = _EncapsulationKey(), curve.generate()
        self.public = self._encapsulation.public + self._curve.public

    def shared_secret(self, peer: bytes) -> bytes:
        ciphertext, public = peer[:CIPHERTEXT_LENGTH], peer[CIPHERTEXT_LENGTH:]
        return self._encapsulation.shared_secret(ciphertext) + self._curve.shared_secret(public)


class CurveFirst:
    """SecP256r1MLKEM768: the curve before ML-KEM, so that the first secret is of an approved curve."""

    def __init__(self, curve: Group) -> None:
        self._encapsulation, self._curve = _EncapsulationKey(), curve.generate()
        self.public = self._curve.public + self._encapsulation.public

    def shared_secret(self, peer: bytes) -> bytes:
        public, ciphertext = peer[:-CIPHERTEXT_LENGTH], peer[-CIPHERTEXT_LENGTH:]
        return self._curve.shared_secret(public) + self._encapsulation.shared_secret(ciphertext)


X25519MLKEM768 = Group(0x11EC, "X25519MLKEM768", partial(MLKEMFirst, X25519))
SECP256R1MLKEM768 = Group(0x11EB, "SecP256r1MLKEM768", partial(CurveFirst, SECP256R1))


def _supported() -> bool:
    """Whether the OpenSSL below `cryptography` has ML-KEM (3.5 and later; the wheels always do)."""
    try:
        mlkem.MLKEM768PrivateKey.generate()
    except UnsupportedAlgorithm:
        return False
    return True


HYBRID_GROUPS = (X25519MLKEM768, SECP256R1MLKEM768) if _supported() else ()
"""In our order of preference; empty where ML-KEM is missing."""

EVERY_GROUP = (*GROUPS.values(), *HYBRID_GROUPS)

REFUSALS = frozenset({Alert.HANDSHAKE_FAILURE, Alert.INSUFFICIENT_SECURITY})
"""How servers answer a hello that names no group of theirs (RFC 8446 §4.2.7 and §6.2)."""


def may_want_hybrid(error: HandshakeError) -> bool:
    """Whether a server that refused a hello without hybrid groups may be one that insists on them."""
    return isinstance(error, AlertReceivedError) and error.description in REFUSALS and bool(HYBRID_GROUPS)
