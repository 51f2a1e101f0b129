"""What a lab server is told to do: its credential and what it agrees to."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from ocsp_staple_exporter.model import HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls.alerts import Alert, name_alert
from ocsp_staple_exporter.tls.groups import GROUPS, Group
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES, Authentication, CipherSuite

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey


@dataclass(frozen=True, slots=True)
class Credential:
    """What a server shows and proves."""

    chain: tuple[bytes, ...]
    """Certificates (DER), leaf first; sent as they are, whatever they are."""

    key: PrivateKey
    staple: bytes | None = None
    """Any bytes at all; None staples nothing. An extension of TLS 1.3 holds no more than 65 531 of them."""

    @property
    def authentication(self) -> Authentication:
        return Authentication.RSA if isinstance(self.key, rsa.RSAPrivateKey) else Authentication.ECDSA


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a server agrees to; the order of groups and suites is its preference."""

    versions: frozenset[TLSVersion] = frozenset({TLSVersion.TLS_1_2, TLSVersion.TLS_1_3})
    cipher_suites: tuple[CipherSuite, ...] = tuple(CIPHER_SUITES.values())
    groups: tuple[Group, ...] = tuple(GROUPS.values())
    """In TLS 1.3 a group that came without a key share is asked for with HelloRetryRequest."""

    cookie: bytes | None = None
    """Sends a HelloRetryRequest with this cookie in TLS 1.3 (RFC 8446 §4.2.2)."""

    request_client_certificate: bool = False
    extended_master_secret: bool = True
    """Whether the server knows RFC 7627."""


class RefusedError(HandshakeError):
    """The server turns the client away with this alert."""

    def __init__(self, alert: Alert) -> None:
        super().__init__(ProbeFailure.ILLEGAL_PARAMETER, f"turned away with {name_alert(alert)}")
        self.alert = alert
