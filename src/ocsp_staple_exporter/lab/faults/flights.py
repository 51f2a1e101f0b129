"""The handshakes in which faults are committed."""

from __future__ import annotations

from dataclasses import dataclass

from ocsp_staple_exporter.lab.tls_terms import Terms
from ocsp_staple_exporter.model import KeyType, TLSVersion
from ocsp_staple_exporter.tls.groups import SECP256R1
from ocsp_staple_exporter.tls.suites import CIPHER_SUITES, CipherSuite


@dataclass(frozen=True, slots=True)
class Flight:
    """One way to shake hands, and the server's messages in it."""

    name: str
    terms: Terms
    messages: tuple[str, ...]
    """Those that faults are committed at, in their order, by the names of the RFCs."""

    key_type: KeyType = KeyType.ECDSA

    def after(self, message: str) -> str:
        """The message that follows; empty after the last."""
        position = self.messages.index(message) + 1
        return self.messages[position] if position < len(self.messages) else ""


def _suites(*names: str) -> tuple[CipherSuite, ...]:
    return tuple(suite for suite in CIPHER_SUITES.values() if suite.name in names)


EVERY_SUITE = tuple(CIPHER_SUITES.values())


def _only(version: TLSVersion, *, suites: tuple[CipherSuite, ...] = EVERY_SUITE, asking: bool = False) -> Terms:
    """The server knows this version alone, so that it has no downgrade to warn of."""
    return Terms(versions=frozenset({version}), cipher_suites=suites, request_client_certificate=asking)


TLS13 = Flight(
    "tls13",
    _only(TLSVersion.TLS_1_3),
    ("ServerHello", "EncryptedExtensions", "Certificate", "CertificateVerify", "Finished"),
)
TLS13_ASKING = Flight(
    "tls13-asking",
    Terms(versions=frozenset({TLSVersion.TLS_1_3}), groups=(SECP256R1,), request_client_certificate=True),
    (
        "HelloRetryRequest",
        "ServerHello",
        "EncryptedExtensions",
        "CertificateRequest",
        "Certificate",
        "CertificateVerify",
        "Finished",
    ),
)
"""With a HelloRetryRequest and a CertificateRequest."""

TLS12 = Flight(
    "tls12",
    _only(TLSVersion.TLS_1_2),
    (
        "ServerHello",
        "Certificate",
        "CertificateStatus",
        "ServerKeyExchange",
        "ServerHelloDone",
        "ChangeCipherSpec",
        "Finished",
    ),
)
_OLD_MESSAGES = (
    "ServerHello",
    "Certificate",
    "CertificateStatus",
    "ServerKeyExchange",
    "CertificateRequest",
    "ServerHelloDone",
)
TLS12_ASKING = Flight("tls12-asking", _only(TLSVersion.TLS_1_2, asking=True), _OLD_MESSAGES)
"""What comes after its messages is forgiven: the server may turn away a client without a certificate."""

TLS12_DHE = Flight(
    "tls12-dhe",
    _only(TLSVersion.TLS_1_2, suites=_suites("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")),
    TLS12.messages,
    KeyType.RSA,
)
TLS12_RSA = Flight(
    "tls12-rsa",
    _only(TLSVersion.TLS_1_2, suites=_suites("TLS_RSA_WITH_AES_128_GCM_SHA256")),
    ("ServerHello", "Certificate", "CertificateStatus", "ServerHelloDone", "ChangeCipherSpec", "Finished"),
    KeyType.RSA,
)
TLS11 = Flight("tls11", _only(TLSVersion.TLS_1_1, asking=True), _OLD_MESSAGES)
TLS10 = Flight("tls10", _only(TLSVersion.TLS_1_0, asking=True), _OLD_MESSAGES, KeyType.RSA)

FLIGHTS = (TLS13, TLS13_ASKING, TLS12, TLS12_ASKING, TLS11)
