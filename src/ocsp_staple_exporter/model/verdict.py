"""What a staple, its absence, a leaf and a chain are worth."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


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
    # Beside the leaf's staple: those of other certificates, RFC 8446 §4.4.2.1, and handshakes compared, RFC 7633 §4
    INTERMEDIATE_REVOKED = "intermediate_revoked"
    INTERMEDIATE_STAPLE_INVALID = "intermediate_staple_invalid"
    STAPLE_MISSING_SOMETIMES = "staple_missing_sometimes"
    CERTIFICATES_DIFFER = "certificates_differ"
    HANDSHAKE_FAILED_SOMETIMES = "handshake_failed_sometimes"


STATUS_REASONS = frozenset({Reason.REVOKED, Reason.CERT_STATUS_UNKNOWN})
"""Errors that the CA states in a sound staple, as opposed to faults of the staple itself."""

BESIDE_THE_STAPLE = frozenset(
    {
        Reason.INTERMEDIATE_REVOKED,
        Reason.INTERMEDIATE_STAPLE_INVALID,
        Reason.STAPLE_MISSING_SOMETIMES,
        Reason.CERTIFICATES_DIFFER,
        Reason.HANDSHAKE_FAILED_SOMETIMES,
    }
)
"""What no check of the leaf's staple finds; it may be sound."""

NOT_OF_THE_STAPLE = STATUS_REASONS | BESIDE_THE_STAPLE


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
        return all(error.reason in NOT_OF_THE_STAPLE for error in self.errors)


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
