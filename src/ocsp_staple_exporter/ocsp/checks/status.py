"""What the CA says of the leaf (RFC 6960 §2.2)."""

from __future__ import annotations

from ocsp_staple_exporter.model import CertStatus, Reason
from ocsp_staple_exporter.ocsp.checks.check import Failed, Outcome, Passed, Skipped
from ocsp_staple_exporter.ocsp.evidence import Moment
from ocsp_staple_exporter.ocsp.response import Revocation, SingleResponse
from ocsp_staple_exporter.ocsp.times import utc

# RFC 5280 §5.3.1; 7 is not used.
CRL_REASONS = {
    0: "unspecified",
    1: "key_compromise",
    2: "ca_compromise",
    3: "affiliation_changed",
    4: "superseded",
    5: "cessation_of_operation",
    6: "certificate_hold",
    8: "remove_from_crl",
    9: "privilege_withdrawn",
    10: "aa_compromise",
}


def check_not_revoked(moment: Moment) -> Outcome:
    """RFC 6960 §2.2: revoked. An entry that nobody authorised signed is not believed, whatever it says."""
    believed = _believed_entry(moment)
    if believed is None:
        return Skipped("the response is not authentic")
    revocation = believed.revocation
    if revocation is None:
        return Passed(believed.cert_status.value)
    reason = revocation_reason(revocation) or "none given"
    return Failed(Reason.REVOKED, f"the CA revoked the certificate at {utc(revocation.time)}, reason: {reason}")


def check_status_known(moment: Moment) -> Outcome:
    """RFC 6960 §2.2: unknown, the responder does not know of the certificate."""
    believed = _believed_entry(moment)
    if believed is None:
        return Skipped("the response is not authentic")
    if believed.cert_status is CertStatus.UNKNOWN:
        return Failed(Reason.CERT_STATUS_UNKNOWN, "the CA's responder does not know of the certificate")
    return Passed(believed.cert_status.value)


def revocation_reason(revocation: Revocation) -> str | None:
    """CRLReason in snake_case; `invalid` for a number that RFC 5280 does not assign."""
    return None if revocation.reason is None else CRL_REASONS.get(revocation.reason, "invalid")


def _believed_entry(moment: Moment) -> SingleResponse | None:
    return moment.evidence.match.entry if moment.authentic else None
