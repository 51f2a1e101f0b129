"""Alerts: what they are called, and which one each failure owes the server (RFC 8446 §6, RFC 5246 §7.2)."""

from __future__ import annotations

import enum

from ocsp_staple_exporter.model import HandshakeError, ProbeFailure


class AlertLevel(enum.IntEnum):
    WARNING = 1
    FATAL = 2


class Alert(enum.IntEnum):
    """AlertDescription: every number of the IANA registry "TLS Alerts"."""

    CLOSE_NOTIFY = 0
    UNEXPECTED_MESSAGE = 10
    BAD_RECORD_MAC = 20
    DECRYPTION_FAILED = 21
    RECORD_OVERFLOW = 22
    DECOMPRESSION_FAILURE = 30
    HANDSHAKE_FAILURE = 40
    NO_CERTIFICATE = 41
    BAD_CERTIFICATE = 42
    UNSUPPORTED_CERTIFICATE = 43
    CERTIFICATE_REVOKED = 44
    CERTIFICATE_EXPIRED = 45
    CERTIFICATE_UNKNOWN = 46
    ILLEGAL_PARAMETER = 47
    UNKNOWN_CA = 48
    ACCESS_DENIED = 49
    DECODE_ERROR = 50
    DECRYPT_ERROR = 51
    TOO_MANY_CIDS_REQUESTED = 52
    EXPORT_RESTRICTION = 60
    PROTOCOL_VERSION = 70
    INSUFFICIENT_SECURITY = 71
    INTERNAL_ERROR = 80
    INAPPROPRIATE_FALLBACK = 86
    USER_CANCELED = 90
    NO_RENEGOTIATION = 100
    MISSING_EXTENSION = 109
    UNSUPPORTED_EXTENSION = 110
    CERTIFICATE_UNOBTAINABLE = 111
    UNRECOGNIZED_NAME = 112
    BAD_CERTIFICATE_STATUS_RESPONSE = 113
    BAD_CERTIFICATE_HASH_VALUE = 114
    UNKNOWN_PSK_IDENTITY = 115
    CERTIFICATE_REQUIRED = 116
    GENERAL_ERROR = 117
    NO_APPLICATION_PROTOCOL = 120
    ECH_REQUIRED = 121


ALERT_OWED = {
    ProbeFailure.UNEXPECTED_MESSAGE: Alert.UNEXPECTED_MESSAGE,
    ProbeFailure.BAD_RECORD_MAC: Alert.BAD_RECORD_MAC,
    ProbeFailure.TOO_MUCH_DATA: Alert.RECORD_OVERFLOW,
    ProbeFailure.CERTIFICATE_UNREADABLE: Alert.BAD_CERTIFICATE,
    ProbeFailure.ILLEGAL_PARAMETER: Alert.ILLEGAL_PARAMETER,
    ProbeFailure.DOWNGRADE_DETECTED: Alert.ILLEGAL_PARAMETER,  # RFC 8446 §4.1.3
    ProbeFailure.MALFORMED_MESSAGE: Alert.DECODE_ERROR,
    ProbeFailure.NO_CERTIFICATE: Alert.DECODE_ERROR,  # RFC 8446 §4.4.2.4
    ProbeFailure.SIGNATURE_INVALID: Alert.DECRYPT_ERROR,  # RFC 8446 §4.4.3
    ProbeFailure.FINISHED_INVALID: Alert.DECRYPT_ERROR,  # RFC 8446 §4.4.4
    ProbeFailure.UNSUPPORTED_VERSION: Alert.PROTOCOL_VERSION,
    ProbeFailure.UNEXPECTED_STATUS_TYPE: Alert.BAD_CERTIFICATE_STATUS_RESPONSE,  # RFC 6066 §8
}
"""The fatal alert that each failure owes the server; none to one that closed, sent an alert or speaks no TLS."""


class AlertReceivedError(HandshakeError):
    """The server refused; `description` is the alert's number."""

    def __init__(self, description: int, detail: str) -> None:
        super().__init__(ProbeFailure.ALERT_RECEIVED, detail)
        self.description = description


def name_alert(description: int) -> str:
    """The name of the RFC and the number: `handshake_failure (40)`."""
    try:
        return f"{Alert(description).name.lower()} ({description})"
    except ValueError:
        return f"unassigned ({description})"
