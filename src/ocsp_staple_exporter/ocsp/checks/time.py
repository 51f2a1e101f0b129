"""Is the statement about now? See RFC 6960 §2.4, §3.2 (5, 6), §4.2.2.1; BR §4.9.9."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from ocsp_staple_exporter.model import Reason
from ocsp_staple_exporter.ocsp.certificate import DecodedCertificate
from ocsp_staple_exporter.ocsp.checks.check import Failed, Outcome, Passed, Skipped
from ocsp_staple_exporter.ocsp.evidence import Evidence, Moment
from ocsp_staple_exporter.ocsp.response import SingleResponse
from ocsp_staple_exporter.ocsp.times import now_is, utc

OLDEST = timedelta(days=10)
"""Firefox takes no response whose thisUpdate is older, whatever nextUpdate says."""

# BR §4.9.9, for certificates of subscribers
LONGEST_VALIDITY = timedelta(days=10)
SHORTEST_VALIDITY = timedelta(hours=8)
SHORT_INTERVAL = timedelta(hours=16)
REFRESH_BEFORE_NEXT_UPDATE = timedelta(hours=8)
REFRESH_AFTER_THIS_UPDATE = timedelta(days=4)

_NO_ENTRY = Skipped("no entry is the leaf's")
_NO_NEXT_UPDATE = Skipped("the response has no nextUpdate")
_NO_INTERVAL = Skipped("nextUpdate is not after thisUpdate")


def of_interval(
    check: Callable[[datetime, datetime, Moment], Outcome],
) -> Callable[[Moment], Outcome]:
    """Make a check of (thisUpdate, nextUpdate) in this order, both there, into one of a moment."""

    def of_moment(moment: Moment) -> Outcome:
        entry = moment.evidence.match.entry
        if entry is None:
            return _NO_ENTRY
        if entry.next_update is None:
            return _NO_NEXT_UPDATE
        if entry.next_update < entry.this_update:
            return _NO_INTERVAL
        return check(entry.this_update, entry.next_update, moment)

    return of_moment


def of_entry(check: Callable[[SingleResponse], Outcome]) -> Callable[[Evidence], Outcome]:
    """Make a check of an entry into one of the evidence."""

    def of_evidence(evidence: Evidence) -> Outcome:
        return _NO_ENTRY if evidence.entry is None else check(evidence.entry)

    return of_evidence


@of_entry
def check_order(entry: SingleResponse) -> Outcome:
    """RFC 6960 §2.4: nextUpdate is not before thisUpdate."""
    if entry.next_update is None:
        return _NO_NEXT_UPDATE
    if entry.next_update < entry.this_update:
        detail = f"nextUpdate is {utc(entry.next_update)}, before thisUpdate, {utc(entry.this_update)}"
        return Failed(Reason.NEXT_UPDATE_BEFORE_THIS_UPDATE, detail)
    return Passed(f"{utc(entry.this_update)} to {utc(entry.next_update)}")


@of_entry
def check_next_update_present(entry: SingleResponse) -> Outcome:
    """RFC 5019 §2.2.4: nextUpdate is there; without it clients disagree on how long the response lasts."""
    if entry.next_update is None:
        return Failed(Reason.NEXT_UPDATE_MISSING, "the response has no nextUpdate")
    return Passed(utc(entry.next_update))


@of_entry
def check_validity_not_too_long(entry: SingleResponse) -> Outcome:
    """BR §4.9.9: at most ten days. The limit itself passes, although BR counts its last second."""
    validity = _validity(entry)
    if validity is None:
        return _NO_INTERVAL
    if validity > LONGEST_VALIDITY:
        return Failed(Reason.VALIDITY_TOO_LONG, f"nextUpdate is {validity} after thisUpdate, more than 10 days")
    return Passed(str(validity))


@of_entry
def check_validity_not_too_short(entry: SingleResponse) -> Outcome:
    """BR §4.9.9: at least eight hours, less the last second, which BR counts."""
    validity = _validity(entry)
    if validity is None:
        return _NO_INTERVAL
    if validity < SHORTEST_VALIDITY - timedelta(seconds=1):
        return Failed(Reason.VALIDITY_TOO_SHORT, f"nextUpdate is {validity} after thisUpdate, less than 8 hours")
    return Passed(str(validity))


def _validity(entry: SingleResponse) -> timedelta | None:
    if entry.next_update is None or entry.next_update < entry.this_update:
        return None
    return entry.next_update - entry.this_update


def check_this_update_before_produced_at(evidence: Evidence) -> Outcome:
    """RFC 5019 §2.2.4, RFC 6960 §2.4: nothing is known to be correct after the response was signed."""
    if evidence.entry is None:
        return _NO_ENTRY
    this_update, produced_at = evidence.entry.this_update, evidence.response.produced_at
    if this_update > produced_at:
        detail = f"thisUpdate is {utc(this_update)}, after producedAt, {utc(produced_at)}"
        return Failed(Reason.THIS_UPDATE_AFTER_PRODUCED_AT, detail)
    return Passed(f"thisUpdate {utc(this_update)}, producedAt {utc(produced_at)}")


def check_produced_at_within_leaf(evidence: Evidence) -> Outcome:
    """RFC 6960 §2.4 defines producedAt; that it lies within the leaf's validity is a rule of BoringSSL."""
    leaf, produced_at = evidence.leaf, evidence.response.produced_at
    if not isinstance(leaf, DecodedCertificate):
        return Skipped("the leaf cannot be read")
    span = f"{utc(leaf.not_before)} to {utc(leaf.not_after)}"
    if not leaf.not_before <= produced_at <= leaf.not_after:
        detail = f"producedAt is {utc(produced_at)}, the leaf is valid from {span}"
        return Failed(Reason.PRODUCED_AT_OUTSIDE_CERT_VALIDITY, detail)
    return Passed(f"producedAt {utc(produced_at)}, the leaf is valid from {span}")


def check_this_update(moment: Moment) -> Outcome:
    """RFC 6960 §3.2 (5), §4.2.2.1: thisUpdate has come."""
    entry = moment.evidence.match.entry
    if entry is None:
        return _NO_ENTRY
    if entry.this_update > moment.latest:
        return Failed(Reason.NOT_YET_VALID, f"thisUpdate is {utc(entry.this_update)}, {now_is(moment.now)}")
    return Passed(utc(entry.this_update))


@of_interval
def check_next_update(_this_update: datetime, next_update: datetime, moment: Moment) -> Outcome:
    """RFC 6960 §3.2 (6): nextUpdate, when available, is later than now."""
    if _is_past(next_update, moment):
        return Failed(Reason.EXPIRED, f"nextUpdate was {utc(next_update)}, {now_is(moment.now)}")
    return Passed(utc(next_update))


def check_age(moment: Moment) -> Outcome:
    """RFC 6960 §3.2 (5): thisUpdate is sufficiently recent, which to the strictest of browsers is ten days."""
    entry = moment.evidence.match.entry
    if entry is None:
        return _NO_ENTRY
    if entry.next_update is not None and _is_past(entry.next_update, moment):
        return Skipped("nextUpdate has passed")
    if moment.earliest - entry.this_update > OLDEST:
        return Failed(Reason.TOO_OLD, f"thisUpdate is {utc(entry.this_update)}, more than 10 days ago")
    return Passed(utc(entry.this_update))


@of_interval
def check_refresh(this_update: datetime, next_update: datetime, moment: Moment) -> Outcome:
    """BR §4.9.9: a successor is out 8 hours before nextUpdate and 4 days after thisUpdate, or at half time.

    It is overdue when the CA or the server did not renew.
    """
    if _is_past(next_update, moment):
        return Skipped("nextUpdate has passed")
    validity = next_update - this_update
    if validity < SHORT_INTERVAL:
        due = this_update + validity / 2
    else:
        due = this_update + min(REFRESH_AFTER_THIS_UPDATE, validity - REFRESH_BEFORE_NEXT_UPDATE)
    if moment.now > due:
        return Failed(Reason.REFRESH_OVERDUE, f"a newer response was due at {utc(due)}, {now_is(moment.now)}")
    return Passed(utc(due))


def check_produced_at(moment: Moment) -> Outcome:
    """RFC 6960 §2.4: the response was signed in the past."""
    produced_at = moment.evidence.response.produced_at
    if produced_at > moment.latest:
        return Failed(Reason.PRODUCED_AT_IN_FUTURE, f"producedAt is {utc(produced_at)}, {now_is(moment.now)}")
    return Passed(utc(produced_at))


def _is_past(next_update: datetime, moment: Moment) -> bool:
    return next_update <= moment.earliest
