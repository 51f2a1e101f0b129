"""What the label values of states, findings and failures are called on a page."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.diagnosis import State
from ocsp_staple_exporter.model import Phase, ProbeFailure, Reason

STATES: Mapping[State, str] = {
    State.REVOKED: "Revoked",
    State.MUST_STAPLE_MISSING: "Must staple",
    State.UNKNOWN: "Unknown",
    State.INVALID: "Invalid",
    State.UNREACHABLE: "Unreachable",
    State.MISSING: "Missing",
    State.WARNING: "Warning",
    State.WAITING: "Waiting",
    State.GOOD: "Good",
    State.NOT_DUE: "None due",
}

STATE_STORIES: Mapping[State, str] = {
    State.REVOKED: "The staple says that the CA revoked the certificate.",
    State.MUST_STAPLE_MISSING: "No staple came, or not in every handshake, and the certificate demands one.",
    State.UNKNOWN: "The staple says that the CA does not know the certificate.",
    State.INVALID: "A staple came that strict clients refuse.",
    State.UNREACHABLE: "No TLS handshake could be read.",
    State.MISSING: "No staple came, and one is due.",
    State.WARNING: "Clients accept the staple, and somebody should look at it.",
    State.WAITING: "The first probe has not ended yet.",
    State.GOOD: "The staple is right and fresh.",
    State.NOT_DUE: "No staple came and none is due: the certificate has no OCSP.",
}

TONES: Mapping[State, str] = {
    State.REVOKED: "grave",
    State.MUST_STAPLE_MISSING: "grave",
    State.UNKNOWN: "grave",
    State.INVALID: "bad",
    State.UNREACHABLE: "bad",
    State.MISSING: "bad",
    State.WARNING: "warn",
    State.WAITING: "idle",
    State.GOOD: "good",
    State.NOT_DUE: "idle",
}
"""Which of the style sheet's colours a state has."""

PHASES: Mapping[Phase, str] = {
    Phase.RESOLVE: "Resolve the name",
    Phase.CONNECT: "Connect",
    Phase.PROXY: "Through the proxy",
    Phase.STARTTLS: "STARTTLS",
    Phase.HANDSHAKE: "TLS handshake",
    Phase.JUDGE: "Judge",
    Phase.WAIT: "Wait before a retry",
}

FINDINGS: Mapping[Reason, str] = {
    Reason.MUST_STAPLE_MISSING: "no staple came, and the certificate demands one",
    Reason.NO_STAPLE: "no staple came",
    Reason.STAPLE_EMPTY: "the staple is empty",
    Reason.MALFORMED: "the encoding is malformed",
    Reason.TRAILING_DATA: "data follows the response",
    Reason.STATUS_MALFORMED_REQUEST: "an error was stapled: malformed request",
    Reason.STATUS_INTERNAL_ERROR: "an error was stapled: internal error",
    Reason.STATUS_TRY_LATER: "an error was stapled: try later",
    Reason.STATUS_SIG_REQUIRED: "an error was stapled: signature required",
    Reason.STATUS_UNAUTHORIZED: "an error was stapled: unauthorized",
    Reason.STATUS_UNKNOWN_CODE: "an error was stapled that no RFC assigns",
    Reason.RESPONSE_BYTES_MISSING: "the response has no body",
    Reason.RESPONSE_TYPE_UNSUPPORTED: "the response type is not supported",
    Reason.VERSION_UNSUPPORTED: "the response version is not supported",
    Reason.NO_SINGLE_RESPONSES: "the response is about no certificate",
    Reason.MALFORMED_EXTENSION: "an extension is malformed",
    Reason.DUPLICATE_EXTENSION: "an extension came twice",
    Reason.ISSUER_UNAVAILABLE: "the issuer's certificate is missing",
    Reason.ISSUER_MISMATCH: "the certificate's issuer does not match",
    Reason.SELF_SIGNED_LEAF: "the certificate is self-signed",
    Reason.RESPONDER_ID_HASH_LENGTH: "the responder's key hash has a wrong length",
    Reason.RESPONDER_NOT_FOUND: "the responder's certificate is missing",
    Reason.RESPONDER_NOT_ISSUED_BY_CA: "the responder is not authorised by the CA",
    Reason.RESPONDER_MISSING_EKU: "the responder may not sign OCSP",
    Reason.RESPONDER_NOT_YET_VALID: "the responder's certificate is not valid yet",
    Reason.RESPONDER_EXPIRED: "the responder's certificate has expired",
    Reason.RESPONDER_IS_CA: "the responder's certificate is a CA's",
    Reason.RESPONDER_BAD_KEY_USAGE: "the responder's key usage is wrong",
    Reason.RESPONDER_MISSING_NOCHECK: "the responder's certificate lacks ocsp-nocheck",
    Reason.RESPONDER_KEY_WEAK: "the responder's key is weak",
    Reason.RESPONDER_CERT_WEAK_SIGNATURE: "the responder's certificate is weakly signed",
    Reason.SIGNATURE_ALGORITHM_UNSUPPORTED: "the signature algorithm is not supported",
    Reason.SIGNATURE_INVALID: "the signature is wrong",
    Reason.SIGNATURE_WEAK_MD5: "signed with MD5",
    Reason.SIGNATURE_WEAK_SHA1: "signed with SHA-1",
    Reason.UNKNOWN_CRITICAL_EXTENSION: "an unknown extension is critical",
    Reason.CERTID_HASH_UNSUPPORTED: "the CertID's hash is not supported",
    Reason.CERTID_SERIAL_MISMATCH: "the staple is for another serial number",
    Reason.CERTID_ISSUER_NAME_MISMATCH: "the staple is for another issuer name",
    Reason.CERTID_ISSUER_KEY_MISMATCH: "the staple is for another issuer key",
    Reason.NO_MATCHING_RESPONSE: "the staple is not for this certificate",
    Reason.CONFLICTING_RESPONSES: "the responses contradict each other",
    Reason.NEXT_UPDATE_BEFORE_THIS_UPDATE: "nextUpdate is before thisUpdate",
    Reason.NOT_YET_VALID: "thisUpdate is in the future",
    Reason.EXPIRED: "stale: nextUpdate has passed",
    Reason.NEXT_UPDATE_MISSING: "there is no nextUpdate",
    Reason.TOO_OLD: "older than ten days",
    Reason.REFRESH_OVERDUE: "a fresh staple is overdue",
    Reason.VALIDITY_TOO_LONG: "valid for longer than ten days",
    Reason.VALIDITY_TOO_SHORT: "valid for less than eight hours",
    Reason.THIS_UPDATE_AFTER_PRODUCED_AT: "thisUpdate is after producedAt",
    Reason.PRODUCED_AT_IN_FUTURE: "producedAt is in the future",
    Reason.PRODUCED_AT_OUTSIDE_CERT_VALIDITY: "producedAt is outside the certificate's validity",
    Reason.REVOKED: "the CA revoked the certificate",
    Reason.CERT_STATUS_UNKNOWN: "the CA does not know the certificate",
    Reason.REASON_CODE_IN_EXTENSION: "the revocation reason is in an extension",
    Reason.STAPLE_MISSING_SOMETIMES: "some handshakes had no staple",
    Reason.CERTIFICATES_DIFFER: "handshakes showed different certificates",
    Reason.HANDSHAKE_FAILED_SOMETIMES: "some handshakes failed",
}

FAILURES: Mapping[ProbeFailure, str] = {
    ProbeFailure.RESOLVE_FAILED: "the name does not resolve",
    ProbeFailure.RESOLVE_TIMEOUT: "resolving the name took too long",
    ProbeFailure.ADDRESS_NOT_ALLOWED: "the address may not be probed",
    ProbeFailure.CONNECT_REFUSED: "the connection was refused",
    ProbeFailure.CONNECT_TIMEOUT: "nobody answered the connection",
    ProbeFailure.CONNECT_FAILED: "the connection failed",
    ProbeFailure.PROXY_UNREACHABLE: "the proxy was not reached",
    ProbeFailure.PROXY_TIMEOUT: "the proxy took too long",
    ProbeFailure.PROXY_AUTHENTICATION: "the proxy wants another user or password",
    ProbeFailure.PROXY_REFUSED: "the proxy refused",
    ProbeFailure.PROXY_CONNECT_FAILED: "the proxy did not reach the host",
    ProbeFailure.PROXY_MALFORMED: "what answers there is not the proxy",
    ProbeFailure.STARTTLS_TIMEOUT: "STARTTLS took too long",
    ProbeFailure.STARTTLS_TURNED_AWAY: "the server turned the exporter away",
    ProbeFailure.STARTTLS_NOT_OFFERED: "the server offers no STARTTLS",
    ProbeFailure.STARTTLS_REFUSED: "the server refused STARTTLS",
    ProbeFailure.STARTTLS_UNEXPECTED: "the server speaks another protocol",
    ProbeFailure.STARTTLS_INJECTION: "clear text came between STARTTLS and TLS",
    ProbeFailure.HANDSHAKE_TIMEOUT: "the handshake took too long",
    ProbeFailure.CONNECTION_CLOSED: "the connection was closed early",
    ProbeFailure.CONNECTION_RESET: "the connection was reset",
    ProbeFailure.NOT_TLS: "what answers there is not TLS",
    ProbeFailure.ALERT_RECEIVED: "the server sent an alert",
    ProbeFailure.TOO_MUCH_DATA: "the server sent too much data",
    ProbeFailure.MALFORMED_MESSAGE: "the server sent a malformed message",
    ProbeFailure.UNEXPECTED_MESSAGE: "the server sent an unexpected message",
    ProbeFailure.UNEXPECTED_STATUS_TYPE: "the server sent an unexpected status type",
    ProbeFailure.ILLEGAL_PARAMETER: "the server chose what was not offered",
    ProbeFailure.UNSUPPORTED_VERSION: "no TLS version in common",
    ProbeFailure.DOWNGRADE_DETECTED: "the TLS version was downgraded",
    ProbeFailure.BAD_RECORD_MAC: "a record did not decrypt",
    ProbeFailure.NO_CERTIFICATE: "the server sent no certificate",
    ProbeFailure.CERTIFICATE_UNREADABLE: "the certificate cannot be read",
    ProbeFailure.SIGNATURE_INVALID: "the server's handshake signature is wrong",
    ProbeFailure.FINISHED_INVALID: "the handshake was tampered with",
    ProbeFailure.INTERNAL_ERROR: "the exporter itself failed",
}


def phrase_of(label: str, state: State) -> str:
    """What a label value of the history is called. `signature_invalid` is a failure and a finding."""
    return FAILURES[ProbeFailure(label)] if state is State.UNREACHABLE else FINDINGS[Reason(label)]
