"""What a server showed, or why it showed nothing."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class TLSVersion(enum.Enum):
    """The protocol versions that the client offers, the oldest first. Values are metric labels."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """What a server showed in one authenticated handshake (RFC 8446, RFC 5246)."""

    tls_version: TLSVersion
    cipher_suite: str
    """IANA name, `TLS_AES_128_GCM_SHA256`."""

    group: str
    """IANA name of the key exchange group, `x25519`."""

    signature_scheme: str
    """IANA name of the scheme that proved possession of the leaf's key, `ecdsa_secp256r1_sha256`."""

    chain: tuple[bytes, ...]
    """Certificates as sent, leaf first; never empty."""

    staples: tuple[bytes | None, ...]
    """One per certificate of the chain; None where none came, b"" where an empty one came."""

    client_certificate_requested: bool = False
    finished: bool = True
    """The server's Finished vouched for every message. False where a TLS 1.2 server, having shown all, turned away
    a client without a certificate: possession of the key is proven, but nothing proves that no staple was taken out."""

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
