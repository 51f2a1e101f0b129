"""Which runbook explains which reason, as the label `runbook` of an expression."""

from __future__ import annotations

OF_PROBE_ERRORS = {".*": "OCSPProbeFailing"}

OF_ERRORS = {
    ".*": "OCSPStapleInvalid",
    "status_.*": "OCSPErrorResponseStapled",
    "expired": "OCSPStapleStale",
    "must_staple_missing": "OCSPMustStapleMissing",
    "revoked": "OCSPCertificateRevoked",
    "cert_status_unknown": "OCSPCertificateUnknown",
    "staple_missing_sometimes": "OCSPStapleMissingSometimes",
}

OF_WARNINGS = {
    ".*": "OCSPStapleInvalid",
    "no_staple": "OCSPStapleMissing",
    "refresh_overdue": "OCSPStapleRefreshOverdue",
    "staple_missing_sometimes|certificates_differ|handshake_failed_sometimes": "OCSPStapleMissingSometimes",
}
"""Slugs by patterns of reasons; a later one overrides those before it."""


def explained(series: str, runbooks: dict[str, str]) -> str:
    """The series with the runbook of their reason as a label."""
    for pattern, slug in runbooks.items():
        series = f'label_replace({series}, "runbook", "{slug}", "reason", "{pattern}")'
    return series
