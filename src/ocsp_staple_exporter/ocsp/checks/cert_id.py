"""Is the response about this leaf? See RFC 6960 §4.1.1, §3.2 (1)."""

from __future__ import annotations

from collections.abc import Callable

from ocsp_staple_exporter.model import CertStatus, Reason
from ocsp_staple_exporter.ocsp.certificate import UnreadableCertificate
from ocsp_staple_exporter.ocsp.checks.check import Failed, Outcome, Passed, Skipped
from ocsp_staple_exporter.ocsp.evidence import Evidence
from ocsp_staple_exporter.ocsp.matching import Match
from ocsp_staple_exporter.ocsp.response import SingleResponse
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
        return Passed("equal")

    return check


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
    return Passed(f"{len(match.rivals)} further entries about the leaf")


def _statement(entry: SingleResponse) -> str:
    until = utc(entry.next_update) if entry.next_update else "no nextUpdate"
    return f"{entry.cert_status.value} ({utc(entry.this_update)} to {until})"


def _not_comparable(evidence: Evidence) -> Skipped | None:
    if not evidence.response.responses:
        return Skipped("the list of responses is empty")
    if isinstance(evidence.leaf, UnreadableCertificate):
        return Skipped("the leaf cannot be read")
    return None
