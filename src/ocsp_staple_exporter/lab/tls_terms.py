"""What a lab server is told to do: its credential and what it agrees to."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa

from ocsp_staple_exporter.lab.tls_key_exchange import FFDHE2048
from ocsp_staple_exporter.model import HandshakeError, KeyType, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls.alerts import Alert, name_alert
from ocsp_staple_exporter.tls.finite_field import FiniteField
from ocsp_staple_exporter.tls.groups import GROUPS, Group
from ocsp_staple_exporter.tls.leafkey import KEY_TYPES
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES, Authentication, CipherSuite

PrivateKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | mldsa.MLDSA44PrivateKey
    | mldsa.MLDSA65PrivateKey
    | mldsa.MLDSA87PrivateKey
)


@dataclass(frozen=True, slots=True)
class Credential:
    """What a server shows and proves."""

    chain: tuple[bytes, ...]
    """Certificates (DER), leaf first; sent as they are, whatever they are."""

    key: PrivateKey
    staple: bytes | None = None
    """Any bytes at all; None staples nothing. An extension of TLS 1.3 holds no more than 65 531 of them."""

    issuer_staples: tuple[bytes | None, ...] = ()
    """Of the certificates after the leaf, in their order (RFC 8446 §4.4.2.1, RFC 6961)."""

    pss_only: bool = False
    """The leaf says id-RSASSA-PSS."""

    @property
    def staples(self) -> tuple[bytes | None, ...]:
        """One for each certificate of the chain."""
        staples = (self.staple, *self.issuer_staples)
        return staples + (None,) * (len(self.chain) - len(staples))

    @property
    def key_type(self) -> KeyType:
        public = self.key.public_key()
        return next(key_type for known, key_type in KEY_TYPES.items() if isinstance(public, known))

    @property
    def authentication(self) -> Authentication:
        return Authentication.RSA if self.key_type is KeyType.RSA else Authentication.ECDSA


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a server agrees to; the order of groups and suites is its preference."""

    versions: frozenset[TLSVersion] = frozenset(TLSVersion)
    cipher_suites: tuple[CipherSuite, ...] = tuple(CIPHER_SUITES.values())
    groups: tuple[Group, ...] = tuple(GROUPS.values())
    """In TLS 1.3 a group that came without a key share is asked for with HelloRetryRequest."""

    prime_field: FiniteField = FFDHE2048
    """What a DHE suite is used with."""

    cookie: bytes | None = None
    """Sends a HelloRetryRequest with this cookie in TLS 1.3 (RFC 8446 §4.2.2)."""

    request_client_certificate: bool = False
    extended_master_secret: bool = True
    """Whether the server knows RFC 7627."""

    status_request_v2: bool = False
    """Whether the server knows RFC 6961."""


class RefusedError(HandshakeError):
    """The server turns the client away with this alert."""

    def __init__(self, alert: Alert) -> None:
        super().__init__(ProbeFailure.ILLEGAL_PARAMETER, f"turned away with {name_alert(alert)}")
        self.alert = alert
