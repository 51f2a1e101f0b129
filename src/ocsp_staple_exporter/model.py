"""The values that cross rooms.

Everything here is frozen and knows no clock, no log, no socket and no config file.
Times are aware UTC `datetime`s, lengths of time are `timedelta`s, certificates and
staples are DER bytes. `None` means that the wire did not carry the fact: it never
becomes a 0 or a "good" further on.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


class TLSVersion(enum.Enum):
    """The protocol versions that the client completes. Values are metric labels."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


class IPFamily(enum.Enum):
    """Which addresses of a host are eligible. Values are configuration words."""

    ANY = "any"
    IPV4 = "ipv4"
    IPV6 = "ipv6"


class StaplePolicy(enum.Enum):
    """When a missing staple is a fault. Values are configuration words."""

    AUTO = "auto"
    """Due when the leaf names an OCSP responder (AIA) or demands stapling (RFC 7633)."""

    REQUIRED = "required"
    OPTIONAL = "optional"


# ---------------------------------------------------------------- what is watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """How to probe: one entry of `modules:` with its files already read."""

    name: str = "default"
    interval: timedelta = timedelta(seconds=60)
    timeout: timedelta = timedelta(seconds=15)
    """One deadline for all phases. Apache holds a handshake for up to 10 s while its responder hangs."""

    tls_versions: frozenset[TLSVersion] = frozenset(TLSVersion)
    ip_family: IPFamily = IPFamily.ANY
    staple: StaplePolicy = StaplePolicy.AUTO
    clock_skew: timedelta = timedelta(seconds=300)
    issuers: tuple[bytes, ...] = ()
    """Certificates (DER) of `issuer_file`: candidates for the issuer beside the sent chain."""

    trust_anchors: tuple[bytes, ...] | None = None
    """Certificates (DER) of `ca_file`; None stands for the system's trust store."""


RESERVED_LABELS = frozenset(
    {
        "target",
        "address",
        "cert_id_hash",
        "cipher_suite",
        "fingerprint_sha256",
        "group",
        "issuer",
        "key_type",
        "phase",
        "reason",
        "responder",
        "serial_number",
        "signature_algorithm",
        "stapled",
        "status",
        "subject",
        "tls_version",
    }
)
"""Label names that the exporter sets itself; a target's own labels may not use them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What is probed and has one set of series."""

    target: str
    """The name of its entry in the config; the `target` label."""

    host: str
    """What is resolved: a DNS name or an IP literal without brackets."""

    port: int
    server_name: str | None
    """Sent as SNI (RFC 6066 §3); None sends none, as for an IP literal."""

    module: Module
    labels: tuple[tuple[str, str], ...] = ()
    """The target's own labels, sorted by name."""

    @property
    def id(self) -> str:
        """A short name that stays the same across restarts, for addresses of pages and for spreading."""
        return hashlib.sha256(self.target.encode("utf-8", "surrogatepass")).hexdigest()[:16]


# ---------------------------------------------------------------- what the handshake showed


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
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECT_FAILED = "connect_failed"
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


class HandshakeError(Exception):
    """The one exception of tls/: the server's bytes are no handshake that we can read."""

    def __init__(self, reason: ProbeFailure, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


# ---------------------------------------------------------------- what the staple is worth


class ResponseStatus(enum.Enum):
    """OCSPResponseStatus (RFC 6960 §4.2.1)."""

    SUCCESSFUL = "successful"
    MALFORMED_REQUEST = "malformed_request"
    INTERNAL_ERROR = "internal_error"
    TRY_LATER = "try_later"
    SIG_REQUIRED = "sig_required"
    UNAUTHORIZED = "unauthorized"


class CertStatus(enum.Enum):
    """CertStatus (RFC 6960 §2.2). Values are the metric label `status`."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class Reason(enum.Enum):
    """What is wrong with a staple or its absence. Values are the metric label `reason`: a public contract.

    The order is that of verification, the most fundamental first; `Verdict.errors`
    and `Verdict.warnings` are sorted by it.
    """

    # Presence: RFC 6066 §8, RFC 7633 §4
    MUST_STAPLE_MISSING = "must_staple_missing"
    NO_STAPLE = "no_staple"
    STAPLE_EMPTY = "staple_empty"
    # Envelope and encoding: RFC 6960 §4.2.1
    MALFORMED = "malformed"
    TRAILING_DATA = "trailing_data"
    STATUS_MALFORMED_REQUEST = "status_malformed_request"
    STATUS_INTERNAL_ERROR = "status_internal_error"
    STATUS_TRY_LATER = "status_try_later"
    STATUS_SIG_REQUIRED = "status_sig_required"
    STATUS_UNAUTHORIZED = "status_unauthorized"
    STATUS_UNKNOWN_CODE = "status_unknown_code"
    RESPONSE_BYTES_MISSING = "response_bytes_missing"
    RESPONSE_TYPE_UNSUPPORTED = "response_type_unsupported"
    VERSION_UNSUPPORTED = "version_unsupported"
    NO_SINGLE_RESPONSES = "no_single_responses"
    MALFORMED_EXTENSION = "malformed_extension"
    DUPLICATE_EXTENSION = "duplicate_extension"
    # Issuer of the leaf: RFC 6960 §4.1.1, RFC 5280 §6.1
    ISSUER_UNAVAILABLE = "issuer_unavailable"
    ISSUER_MISMATCH = "issuer_mismatch"
    SELF_SIGNED_LEAF = "self_signed_leaf"
    # Responder: RFC 6960 §4.2.2.2, §3.2 (3, 4)
    RESPONDER_ID_HASH_LENGTH = "responder_id_hash_length"
    RESPONDER_NOT_FOUND = "responder_not_found"
    RESPONDER_NOT_ISSUED_BY_CA = "responder_not_issued_by_ca"
    RESPONDER_MISSING_EKU = "responder_missing_eku"
    RESPONDER_NOT_YET_VALID = "responder_not_yet_valid"
    RESPONDER_EXPIRED = "responder_expired"
    RESPONDER_IS_CA = "responder_is_ca"
    RESPONDER_BAD_KEY_USAGE = "responder_bad_key_usage"
    RESPONDER_MISSING_NOCHECK = "responder_missing_nocheck"
    RESPONDER_KEY_WEAK = "responder_key_weak"
    RESPONDER_CERT_WEAK_SIGNATURE = "responder_cert_weak_signature"
    # Signature: RFC 6960 §3.2 (2), §4.3
    SIGNATURE_ALGORITHM_UNSUPPORTED = "signature_algorithm_unsupported"
    SIGNATURE_INVALID = "signature_invalid"
    SIGNATURE_WEAK_MD5 = "signature_weak_md5"
    SIGNATURE_WEAK_SHA1 = "signature_weak_sha1"
    # Extensions: RFC 6960 §4.4, RFC 5280 §4.2
    UNKNOWN_CRITICAL_EXTENSION = "unknown_critical_extension"
    # CertID: RFC 6960 §4.1.1, §3.2 (1)
    CERTID_HASH_UNSUPPORTED = "certid_hash_unsupported"
    CERTID_SERIAL_MISMATCH = "certid_serial_mismatch"
    CERTID_ISSUER_NAME_MISMATCH = "certid_issuer_name_mismatch"
    CERTID_ISSUER_KEY_MISMATCH = "certid_issuer_key_mismatch"
    NO_MATCHING_RESPONSE = "no_matching_response"
    CONFLICTING_RESPONSES = "conflicting_responses"
    # Time: RFC 6960 §2.4, §3.2 (5, 6), §4.2.2.1; CA/B BR §4.9.9
    NEXT_UPDATE_BEFORE_THIS_UPDATE = "next_update_before_this_update"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    NEXT_UPDATE_MISSING = "next_update_missing"
    TOO_OLD = "too_old"
    REFRESH_OVERDUE = "refresh_overdue"
    VALIDITY_TOO_LONG = "validity_too_long"
    VALIDITY_TOO_SHORT = "validity_too_short"
    THIS_UPDATE_AFTER_PRODUCED_AT = "this_update_after_produced_at"
    PRODUCED_AT_IN_FUTURE = "produced_at_in_future"
    PRODUCED_AT_OUTSIDE_CERT_VALIDITY = "produced_at_outside_cert_validity"
    # Status: RFC 6960 §2.2, §4.2.1
    REVOKED = "revoked"
    CERT_STATUS_UNKNOWN = "cert_status_unknown"
    REASON_CODE_IN_EXTENSION = "reason_code_in_extension"


STATUS_REASONS = frozenset({Reason.REVOKED, Reason.CERT_STATUS_UNKNOWN})
"""Errors that the CA states in a sound staple, as opposed to faults of the staple itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect: its public name, and a sentence for people with the values compared.

    `detail` may quote what a server sent; it is escaped and cut by whoever wrote it
    (`foreign_text.printable`), so it is safe for a terminal and a log.
    """

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a staple is worth for one certificate at one moment (RFC 6960 §3.2)."""

    response_status: ResponseStatus | None = None
    """None when the staple is too malformed to say, or names a status that no RFC assigns."""

    cert_status: CertStatus | None = None
    """Set only when the signature and the responder are good and an entry is for this certificate."""

    this_update: datetime | None = None
    next_update: datetime | None = None
    """None also where the responder sets none: newer information is always available (§2.4)."""

    produced_at: datetime | None = None
    revocation_time: datetime | None = None
    revocation_reason: str | None = None
    """CRLReason in snake_case (RFC 5280 §5.3.1), `invalid` for a number that it does not assign."""

    responder: str | None = None
    """The ResponderID: an RFC 4514 name, or `key hash ` and hexadecimal digits."""

    responder_not_after: datetime | None = None
    """End of the certificate that vouches for the signature; None when no signer was found."""

    signature_algorithm: str | None = None
    cert_id_hash: str | None = None
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def verified(self) -> bool:
        """The staple is authentic, for this certificate and in time, whatever status it states."""
        return all(error.reason in STATUS_REASONS for error in self.errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """No staple came; `errors` and `warnings` say whether that is a fault."""

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What the exporter says about a leaf; every text is safe for a terminal and a log."""

    subject: str
    """RFC 4514; empty for an empty name."""

    issuer: str
    serial_number: str
    """Lowercase hexadecimal digits, as `openssl x509 -serial` prints them in capitals."""

    fingerprint_sha256: str
    not_before: datetime
    not_after: datetime
    key_type: str
    """`rsa`, `ecdsa`, `ed25519`, `ed448` or `other`."""

    ocsp_urls: tuple[str, ...]
    """The responders that AIA names (RFC 5280 §4.2.2.1)."""

    must_staple: bool
    """The leaf demands stapling: TLS Feature with status_request or status_request_v2 (RFC 7633)."""


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """Whether the sent chain leads to the trust store and names the host; None: no trust store to ask."""

    verified: bool | None
    detail: str


# ---------------------------------------------------------------- one probe


class Phase(enum.Enum):
    """The steps of a probe, in order. Values are the metric label `phase`."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    HANDSHAKE = "handshake"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class ProbeError:
    """Why no handshake was read."""

    reason: ProbeFailure
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a probe that read a handshake found out."""

    address: str
    """The IP address that answered."""

    handshake: Handshake
    certificate: Certificate
    staple_expected: bool
    assessment: Verdict | Absence
    chain: ChainVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """One probe of one endpoint."""

    endpoint: Endpoint
    started_at: datetime
    outcome: Observation | ProbeError
    durations: Mapping[Phase, float] = field(default_factory=dict)
    """Seconds spent in each phase that ran, the failed one included."""
