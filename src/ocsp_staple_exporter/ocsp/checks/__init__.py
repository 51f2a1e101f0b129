"""The checks of a staple: one clause, one small function, one line in a table.

Order is that of verification: what a later check needs comes before it. One failure
hides no other, but a check whose ground is gone says Skipped and not Failed, so that
one defect is one finding.
"""

from __future__ import annotations

from ocsp_staple_exporter.model import Reason
from ocsp_staple_exporter.ocsp.checks import (
    cert_id,
    encoding,
    extension,
    responder,
    responder_certificate,
    signature,
    status,
    time,
)
from ocsp_staple_exporter.ocsp.checks.check import (
    Check,
    Failed,
    Outcome,
    Passed,
    Result,
    Severity,
    Skipped,
    error,
    run,
    warning,
)
from ocsp_staple_exporter.ocsp.evidence import Evidence, Moment
from ocsp_staple_exporter.ocsp.response import Response

__all__ = [
    "EVIDENCE_CHECKS",
    "MOMENT_CHECKS",
    "RESPONSE_CHECKS",
    "Check",
    "Failed",
    "Outcome",
    "Passed",
    "Result",
    "Severity",
    "Skipped",
    "run",
]

_BASIC = "RFC 6960 §4.2.1"
_RESPONDER = "RFC 6960 §4.2.2.2"
_EXTENSIONS = "RFC 6960 §4.4"
_CERT_ID = "RFC 6960 §3.2 (1)"
_VALIDITY = "BR §4.9.9"

RESPONSE_CHECKS: tuple[Check[Response], ...] = (
    error("encoding", _BASIC, encoding.check_encoding, *encoding.ENCODING_REASONS),
    error("end of data", _BASIC, encoding.check_trailing_data, Reason.TRAILING_DATA),
    error("response status", "RFC 6960 §2.3", encoding.check_response_status, *encoding.STATUS_REASONS),
)
"""What the bytes show by themselves."""

EVIDENCE_CHECKS: tuple[Check[Evidence], ...] = (
    error("version", _BASIC, encoding.check_version, Reason.VERSION_UNSUPPORTED),
    error("responses", _BASIC, encoding.check_responses_present, Reason.NO_SINGLE_RESPONSES),
    warning("whole seconds", "RFC 6960 §4.2.2.1", encoding.check_fractional_seconds, Reason.MALFORMED),
    warning("embedded certificates", _BASIC, encoding.check_embedded_certificates, Reason.MALFORMED),
    warning("extension values", _EXTENSIONS, extension.check_extension_values, Reason.MALFORMED_EXTENSION),
    warning("extensions once", "RFC 5280 §4.2", extension.check_duplicate_extensions, Reason.DUPLICATE_EXTENSION),
    error(
        "issuer",
        "RFC 6960 §4.1.1",
        responder.check_issuer,
        Reason.ISSUER_UNAVAILABLE,
        Reason.ISSUER_MISMATCH,
    ),
    warning("issuer of the leaf", "RFC 5280 §3.2", responder.check_self_signed, Reason.SELF_SIGNED_LEAF),
    error("responder identity", _BASIC, responder.check_responder_id, Reason.RESPONDER_ID_HASH_LENGTH),
    error(
        "responder certificate",
        "RFC 6960 §4.2.2.3",
        responder.check_responder_found,
        Reason.RESPONDER_NOT_FOUND,
    ),
    error(
        "responder's issuer",
        _RESPONDER,
        responder.check_responder_issued_by_ca,
        Reason.RESPONDER_NOT_ISSUED_BY_CA,
    ),
    error("responder's purpose", _RESPONDER, responder.check_responder_eku, Reason.RESPONDER_MISSING_EKU),
    error(
        "responder's critical extensions",
        "RFC 5280 §4.2",
        responder_certificate.check_critical_extensions,
        Reason.UNKNOWN_CRITICAL_EXTENSION,
    ),
    warning("responder no CA", "BR §7.1.2.8", responder_certificate.check_is_ca, Reason.RESPONDER_IS_CA),
    warning(
        "responder's key usage",
        "BR §7.1.2.8",
        responder_certificate.check_key_usage,
        Reason.RESPONDER_BAD_KEY_USAGE,
    ),
    warning(
        "responder's nocheck",
        "RFC 6960 §4.2.2.2.1",
        responder_certificate.check_nocheck,
        Reason.RESPONDER_MISSING_NOCHECK,
    ),
    warning("responder's key", "BR §6.1.5", responder_certificate.check_key_size, Reason.RESPONDER_KEY_WEAK),
    warning(
        "responder certificate's signature",
        "BR §7.1.3.2",
        responder_certificate.check_certificate_hash,
        Reason.RESPONDER_CERT_WEAK_SIGNATURE,
    ),
    error("signature encoding", _BASIC, signature.check_signature_encoding, Reason.MALFORMED),
    error(
        "signature algorithm",
        "RFC 6960 §4.3",
        signature.check_signature_algorithm,
        Reason.SIGNATURE_ALGORITHM_UNSUPPORTED,
    ),
    error("signature", "RFC 6960 §3.2 (2)", signature.check_signature, Reason.SIGNATURE_INVALID),
    error("signature without MD5", "RFC 6151 §2", signature.check_signature_md5, Reason.SIGNATURE_WEAK_MD5),
    warning("signature without SHA-1", "BR §7.1.3.2", signature.check_signature_sha1, Reason.SIGNATURE_WEAK_SHA1),
    error(
        "critical extensions",
        _EXTENSIONS,
        extension.check_critical_extensions,
        Reason.UNKNOWN_CRITICAL_EXTENSION,
    ),
    warning(
        "critical extensions of other entries",
        _EXTENSIONS,
        extension.check_other_critical_extensions,
        Reason.UNKNOWN_CRITICAL_EXTENSION,
    ),
    *(
        error(name, _CERT_ID, cert_id.no_entry_differs_in(reason), reason)
        for name, reason in cert_id.CERT_ID_FIELDS.items()
    ),
    error("matching entry", _CERT_ID, cert_id.check_entry_found, Reason.NO_MATCHING_RESPONSE),
    error("no contradiction", "RFC 6960 §2.2", cert_id.check_no_contradiction, Reason.CONFLICTING_RESPONSES),
    warning("no disagreement", _BASIC, cert_id.check_no_disagreement, Reason.CONFLICTING_RESPONSES),
    error("order of times", "RFC 6960 §2.4", time.check_order, Reason.NEXT_UPDATE_BEFORE_THIS_UPDATE),
    warning("nextUpdate", "RFC 5019 §2.2.4", time.check_next_update_present, Reason.NEXT_UPDATE_MISSING),
    warning("validity at most 10 days", _VALIDITY, time.check_validity_not_too_long, Reason.VALIDITY_TOO_LONG),
    warning("validity at least 8 hours", _VALIDITY, time.check_validity_not_too_short, Reason.VALIDITY_TOO_SHORT),
    warning(
        "thisUpdate before producedAt",
        "RFC 5019 §2.2.4",
        time.check_this_update_before_produced_at,
        Reason.THIS_UPDATE_AFTER_PRODUCED_AT,
    ),
    warning(
        "producedAt within the leaf's validity",
        "RFC 6960 §2.4",
        time.check_produced_at_within_leaf,
        Reason.PRODUCED_AT_OUTSIDE_CERT_VALIDITY,
    ),
    warning("reason in CertStatus only", "BR §7.3.2", extension.check_reason_code, Reason.REASON_CODE_IN_EXTENSION),
)
"""What it shows beside the certificates, whatever the time."""

MOMENT_CHECKS: tuple[Check[Moment], ...] = (
    error("responder valid already", _RESPONDER, responder.check_responder_not_before, Reason.RESPONDER_NOT_YET_VALID),
    error("responder valid still", _RESPONDER, responder.check_responder_not_after, Reason.RESPONDER_EXPIRED),
    error("thisUpdate has come", "RFC 6960 §3.2 (5)", time.check_this_update, Reason.NOT_YET_VALID),
    error("nextUpdate has not passed", "RFC 6960 §3.2 (6)", time.check_next_update, Reason.EXPIRED),
    warning("age", "RFC 6960 §3.2 (5)", time.check_age, Reason.TOO_OLD),
    warning("refresh", _VALIDITY, time.check_refresh, Reason.REFRESH_OVERDUE),
    warning("producedAt has come", "RFC 6960 §2.4", time.check_produced_at, Reason.PRODUCED_AT_IN_FUTURE),
    error("not revoked", "RFC 6960 §2.2", status.check_not_revoked, Reason.REVOKED),
    error("status known", "RFC 6960 §2.2", status.check_status_known, Reason.CERT_STATUS_UNKNOWN),
)
"""What changes with the time."""
