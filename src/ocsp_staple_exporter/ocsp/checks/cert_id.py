"""Is the response about this leaf? See RFC 6960 §4.1.1, §3.2 (1)."""

from __future__ import annotations

from collections.abc import Callable

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import CertStatus, Reason
from ocsp_staple_exporter.ocsp.certificate import UnreadableCertificate, serial_text
from ocsp_staple_exporter.ocsp.checks.check import Failed, Outcome, Passed, Skipped
from ocsp_staple_exporter.ocsp.evidence import Evidence
from ocsp_staple_exporter.ocsp.matching import Match, hash_name_of
from ocsp_staple_exporter.ocsp.response import CertID, SingleResponse
from ocsp_staple_exporter.ocsp.times import utc

CERT_ID_FIELDS = {
    "hash algorithm": Reason.CERTID_HASH_UNSUPPORTED,
    "serial number": Reason.CERTID_SERIAL_MISMATCH,
    "issuer's name": Reason.CERTID_ISSUER_NAME_MISMATCH,
    "issuer's key": Reason.CERTID_ISSUER_KEY_MISMATCH,
}


def no_entry_differs_in(reason: Reason) -> Callable[[Evidence], Outcome]:
    """A check that one field of the CertID is not what keeps every entry from being the leaf's."""

    def check(evidence: Evidence) -> Outcome:
        if skipped := _not_comparable(evidence):
            return skipped
        match = evidence.match
        if reason in match.mismatches:
            return Failed(reason, match.mismatches[reason])
        return Passed(_stated(reason, match.entry.cert_id) if match.is_for_leaf and match.entry else "not all differ")

    return check


def _stated(reason: Reason, cert_id: CertID) -> str:
    match reason:
        case Reason.CERTID_SERIAL_MISMATCH:
            return serial_text(cert_id.serial_number)
        case Reason.CERTID_ISSUER_NAME_MISMATCH:
            return f"issuerNameHash {printable(cert_id.issuer_name_hash.hex())}"
        case Reason.CERTID_ISSUER_KEY_MISMATCH:
            return f"issuerKeyHash {printable(cert_id.issuer_key_hash.hex())}"
        case _:
            return hash_name_of(cert_id)


def check_entry_found(evidence: Evidence) -> Outcome:
    """RFC 6960 §3.2 (1): one of the entries is the leaf's."""
    if skipped := _not_comparable(evidence):
        return skipped
    if not evidence.match.is_for_leaf and not evidence.match.mismatches:
        count = len(evidence.response.responses)
        return Failed(
            Reason.NO_MATCHING_RESPONSE, f"none of {count} entries is the leaf's, each for a reason of its own"
        )
    return Passed("found") if evidence.match.is_for_leaf else Skipped("every entry differs in the same field")


def check_no_contradiction(evidence: Evidence) -> Outcome:
    """RFC 6960 §2.2: entries about one certificate do not call it revoked and not revoked."""
    return _check_rivals(evidence.match, revoked=True)


def check_no_disagreement(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.2.1: entries about one certificate say the same."""
    return _check_rivals(evidence.match, revoked=False)


def _check_rivals(match: Match, *, revoked: bool) -> Outcome:
    if match.entry is None:
        return Skipped("no entry is the leaf's")
    for rival in match.others_disagree:
        contradicts = rival.cert_status is not match.entry.cert_status and match.entry.cert_status is CertStatus.REVOKED
        if contradicts is revoked:
            detail = f"one entry says {_statement(match.entry)}, another {_statement(rival)}"
            return Failed(Reason.CONFLICTING_RESPONSES, detail)
    return Passed(f"further entries about the leaf: {len(match.rivals)}")


def _statement(entry: SingleResponse) -> str:
    until = utc(entry.next_update) if entry.next_update else "no nextUpdate"
    return f"{entry.cert_status.value} ({utc(entry.this_update)} to {until})"


def _not_comparable(evidence: Evidence) -> Skipped | None:
    if not evidence.response.responses:
        return Skipped("the list of responses is empty")
    if isinstance(evidence.leaf, UnreadableCertificate):
        return Skipped("the leaf cannot be read")
    return None
