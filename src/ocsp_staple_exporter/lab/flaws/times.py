"""Flaws of the times (RFC 6960 §2.4, §3.2 (5, 6), §4.2.2.1; BR §4.9.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from ocsp_staple_exporter.lab.blueprint import Blueprint
from ocsp_staple_exporter.lab.flaws.flaw import Change, Flaw, error, warning
from ocsp_staple_exporter.model import Reason

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def _window(this_update: timedelta, next_update: timedelta | None) -> Change:
    """Set thisUpdate and nextUpdate, as seen from now; the response is produced at thisUpdate."""

    def change(blueprint: Blueprint) -> Blueprint:
        start = blueprint.now + this_update
        end = None if next_update is None else blueprint.now + next_update
        entry = replace(blueprint.entry, this_update=start, next_update=end)
        return replace(blueprint, produced_at=start).with_entry(entry)

    return change


def _produced_now(blueprint: Blueprint) -> Blueprint:
    return replace(blueprint, produced_at=blueprint.now)


def _too_old(blueprint: Blueprint) -> Blueprint:
    return _produced_now(_window(-20 * DAY, DAY)(blueprint))


def _ahead(blueprint: Blueprint) -> Blueprint:
    return replace(blueprint, produced_at=blueprint.now + 2 * HOUR)


def _before_the_leaf(blueprint: Blueprint) -> Blueprint:
    moment = blueprint.leaf_certificate.not_valid_before_utc - HOUR
    return replace(blueprint, produced_at=moment).with_entry(replace(blueprint.entry, this_update=moment))


def _produced_before_this_update(blueprint: Blueprint) -> Blueprint:
    return replace(blueprint, produced_at=blueprint.now - 2 * HOUR).with_entry(
        replace(blueprint.entry, this_update=blueprint.now - HOUR)
    )


TIME_FLAWS: Mapping[str, Flaw] = {
    "next_update_before_this_update": error(
        Reason.NEXT_UPDATE_BEFORE_THIS_UPDATE,
        "nextUpdate a minute before thisUpdate",
        _window(-MINUTE, -2 * MINUTE),
        Reason.EXPIRED,
        Reason.REFRESH_OVERDUE,
        Reason.VALIDITY_TOO_SHORT,
    ),
    "not_yet_valid": error(
        Reason.NOT_YET_VALID, "thisUpdate in an hour", _window(HOUR, 3 * DAY), Reason.PRODUCED_AT_IN_FUTURE
    ),
    "expired": error(Reason.EXPIRED, "nextUpdate an hour ago", _window(-14 * HOUR, -HOUR), Reason.REFRESH_OVERDUE),
    "next_update_missing": warning(Reason.NEXT_UPDATE_MISSING, "no nextUpdate", _window(-HOUR, None)),
    "too_old": warning(
        Reason.TOO_OLD, "thisUpdate 20 days ago", _too_old, Reason.REFRESH_OVERDUE, Reason.VALIDITY_TOO_LONG
    ),
    "refresh_overdue": warning(
        Reason.REFRESH_OVERDUE, "past the middle of a window of 15 hours", _window(-14 * HOUR, HOUR)
    ),
    "validity_too_long": warning(Reason.VALIDITY_TOO_LONG, "a window of 11 days", _window(-HOUR, 11 * DAY - HOUR)),
    "validity_too_short": warning(Reason.VALIDITY_TOO_SHORT, "a window of 7 hours", _window(-HOUR, 6 * HOUR)),
    "this_update_after_produced_at": warning(
        Reason.THIS_UPDATE_AFTER_PRODUCED_AT, "producedAt an hour before thisUpdate", _produced_before_this_update
    ),
    "produced_at_in_future": warning(Reason.PRODUCED_AT_IN_FUTURE, "producedAt in two hours", _ahead),
    "produced_at_outside_cert_validity": warning(
        Reason.PRODUCED_AT_OUTSIDE_CERT_VALIDITY, "produced an hour before the leaf's notBefore", _before_the_leaf
    ),
}
