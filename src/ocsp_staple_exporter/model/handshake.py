"""What a server showed, or why it showed nothing."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class TLSVersion(enum.Enum):
    """The protocol versions that the client offers, the oldest first. Values are metric labels."""

    __hash__ = object.__hash__  # several times in every probe; that of enum.Enum is written in Python

    TLS_1_0 = "1.0"
    TLS_1_1 = "1.1"
    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


class KeyType(enum.Enum):
    """The kinds of key that a leaf may have. Values are metric labels."""

    RSA = "rsa"
    """Also RSASSA-PSS (RFC 4055)."""

    ECDSA = "ecdsa"
    ED25519 = "ed25519"
    ED448 = "ed448"
    ML_DSA_44 = "ml-dsa-44"
    ML_DSA_65 = "ml-dsa-65"
    ML_DSA_87 = "ml-dsa-87"


class Conclusion(enum.Enum):
    """How a handshake ended in which everything was shown that we ask for. Values are in the API."""

    COMPLETED = "completed"
    """The server's Finished vouched for every message."""

    TURNED_AWAY = "turned_away"
    """A server of TLS 1.2, having shown all, turned away a client without a certificate."""

    SEEN_ONLY = "seen_only"
    """We took our leave after ServerHelloDone: TLS 1.0 or 1.1, or a suite that is offered only to be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """What a server showed in one handshake (RFC 8446, RFC 5246, RFC 4346, RFC 2246).

    Unless it was completed, nothing proves that no staple was taken out of it on the way.
    """

    tls_version: TLSVersion
    cipher_suite: str
    """IANA name, `TLS_AES_128_GCM_SHA256`."""

    group: str | None
    """IANA name of the key exchange group, `x25519`; `dh2048` for a prime of so many bits that the server chose.
    None where the client's secret is encrypted with the leaf's key (the TLS_RSA suites)."""

    signature_scheme: str | None
    """IANA name of the scheme that the leaf's key signed with, `ecdsa_secp256r1_sha256`; `rsa_pkcs1_md5_sha1` for
    what RSA signs in TLS 1.0 and 1.1. None where nothing is signed (the TLS_RSA suites)."""

    chain: tuple[bytes, ...]
    """Certificates as sent, leaf first; never empty."""

    staples: tuple[bytes | None, ...]
    """One per certificate of the chain; None where none came, b"" where an empty one came."""

    client_certificate_requested: bool = False
    conclusion: Conclusion = Conclusion.COMPLETED
    status_acknowledged: bool | None = None
    """The server said that it knows status_request (RFC 6066 §8), also where it sent no staple. None in TLS 1.3,
    where nothing but a staple acknowledges it."""

    @property
    def finished(self) -> bool:
        """The server's Finished vouched for every message."""
        return self.conclusion is Conclusion.COMPLETED

    @property
    def key_proven(self) -> bool:
        """The server has shown that it holds the leaf's key: it signed, or it read our secret to make its Finished."""
        return self.finished or self.signature_scheme is not None

    @property
    def leaf(self) -> bytes:
        return self.chain[0]

    @property
    def staple(self) -> bytes | None:
        """The leaf's staple."""
        return self.staples[0]


class ProbeFailure(enum.Enum):
    """Why a probe read no handshake. Values are the metric label `reason`: a public contract."""

    RESOLVE_FAILED = "resolve_failed"
    RESOLVE_TIMEOUT = "resolve_timeout"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECT_FAILED = "connect_failed"
    PROXY_UNREACHABLE = "proxy_unreachable"
    PROXY_TIMEOUT = "proxy_timeout"
    PROXY_AUTHENTICATION = "proxy_authentication"
    PROXY_REFUSED = "proxy_refused"
    PROXY_CONNECT_FAILED = "proxy_connect_failed"
    PROXY_MALFORMED = "proxy_malformed"
    STARTTLS_TIMEOUT = "starttls_timeout"
    STARTTLS_TURNED_AWAY = "starttls_turned_away"
    STARTTLS_NOT_OFFERED = "starttls_not_offered"
    STARTTLS_REFUSED = "starttls_refused"
    STARTTLS_UNEXPECTED = "starttls_unexpected"
    STARTTLS_INJECTION = "starttls_injection"
    HANDSHAKE_TIMEOUT = "handshake_timeout"
    CONNECTION_CLOSED = "connection_closed"
    CONNECTION_RESET = "connection_reset"
    NOT_TLS = "not_tls"
    ALERT_RECEIVED = "alert_received"
    TOO_MUCH_DATA = "too_much_data"
    MALFORMED_MESSAGE = "malformed_message"
    UNEXPECTED_MESSAGE = "unexpected_message"
    UNEXPECTED_STATUS_TYPE = "unexpected_status_type"
    ILLEGAL_PARAMETER = "illegal_parameter"
    UNSUPPORTED_VERSION = "unsupported_version"
    DOWNGRADE_DETECTED = "downgrade_detected"
    BAD_RECORD_MAC = "bad_record_mac"
    NO_CERTIFICATE = "no_certificate"
    CERTIFICATE_UNREADABLE = "certificate_unreadable"
    SIGNATURE_INVALID = "signature_invalid"
    FINISHED_INVALID = "finished_invalid"
    INTERNAL_ERROR = "internal_error"


class PeerError(Exception):
    """What a peer did, or failed to do, ends the probe; inside the probe it travels as an exception."""

    def __init__(self, reason: ProbeFailure, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


class HandshakeError(PeerError):
    """The one exception of tls/: the server's bytes are no handshake that we can read."""
