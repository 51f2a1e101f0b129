"""Key exchange groups (RFC 8446 §4.2.7 and §4.2.8.2, RFC 8422 §5.4, RFC 7748 §6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ocsp_staple_exporter.model import HandshakeError, ProbeFailure


class EphemeralKey(Protocol):
    """Our half of one key exchange."""

    @property
    def public(self) -> bytes:
        """The key_exchange field of our KeyShareEntry, or the public field of our ClientKeyExchange."""

    def shared_secret(self, peer: bytes) -> bytes:
        """Combine with the peer's public value; an invalid one raises ILLEGAL_PARAMETER."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A NamedGroup: its number, its IANA name and how to make a key of it."""

    code: int
    name: str
    generate: Callable[[], EphemeralKey]


class X25519Key:
    """RFC 7748 §6.1."""

    def __init__(self) -> None:
        self._private = x25519.X25519PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()

    def shared_secret(self, peer: bytes) -> bytes:
        try:
            return self._private.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
        except ValueError as error:  # a wrong length, or the all-zero secret that RFC 7748 §6.1 forbids
            raise _invalid_public_value("x25519", error) from error


class X448Key:
    """RFC 7748 §6.2."""

    def __init__(self) -> None:
        self._private = x448.X448PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()

    def shared_secret(self, peer: bytes) -> bytes:
        try:
            return self._private.exchange(x448.X448PublicKey.from_public_bytes(peer))
        except ValueError as error:
            raise _invalid_public_value("x448", error) from error


class CurveKey:
    """ECDH over a curve of NIST, points uncompressed (RFC 8446 §4.2.8.2)."""

    def __init__(self, curve: ec.EllipticCurve) -> None:
        self._curve = curve
        self._private = ec.generate_private_key(curve)
        self.public = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def shared_secret(self, peer: bytes) -> bytes:
        try:
            if peer[:1] != b"\x04":
                raise ValueError("the point is not in uncompressed form")  # noqa: TRY301
            point = ec.EllipticCurvePublicKey.from_encoded_point(self._curve, peer)  # checks that it is on the curve
            return self._private.exchange(ec.ECDH(), point)
        except ValueError as error:
            raise _invalid_public_value(self._curve.name, error) from error


def _invalid_public_value(group: str, error: ValueError) -> HandshakeError:
    return HandshakeError(ProbeFailure.ILLEGAL_PARAMETER, f"invalid public value for {group}: {error}")


X25519 = Group(0x001D, "x25519", X25519Key)
SECP256R1 = Group(0x0017, "secp256r1", partial(CurveKey, ec.SECP256R1()))

GROUPS = {
    group.code: group
    for group in (
        X25519,
        SECP256R1,
        # A TLS 1.2 server reads from this list also which curves its certificate may use (RFC 8422 §5.1).
        Group(0x0018, "secp384r1", partial(CurveKey, ec.SECP384R1())),
        Group(0x0019, "secp521r1", partial(CurveKey, ec.SECP521R1())),
        Group(0x001E, "x448", X448Key),
    )
}
"""The groups of one curve each, in our order of preference. The first one is offered with a key share."""
