"""What a sound response may state against the certificate (RFC 6960 §2.2, RFC 5280 §5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import ID_PKIX_OCSP, UNKNOWN, Blueprint, revoked
from ocsp_staple_exporter.lab.flaws.extensions import INVALIDITY_DATE, response_extension, single_extension
from ocsp_staple_exporter.lab.flaws.flaw import Change, Flaw, error
from ocsp_staple_exporter.model import Reason

TWO_HOURS = timedelta(hours=2)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _revoked(reason: int | None, since: timedelta = -TWO_HOURS) -> Change:
    """Revoked, the time as seen from now."""
    return lambda blueprint: blueprint.with_entry(
        replace(blueprint.entry, cert_status=revoked(blueprint.now + since, reason))
    )


def _stale_and_revoked(blueprint: Blueprint) -> Blueprint:
    start, end = blueprint.now - timedelta(hours=14), blueprint.now - timedelta(hours=1)
    entry = replace(blueprint.entry, this_update=start, next_update=end, cert_status=revoked(start - TWO_HOURS, 1))
    return replace(blueprint, produced_at=start).with_entry(entry)


def _never_issued(blueprint: Blueprint) -> Blueprint:
    """Held since 1970 with the extended revoked definition (RFC 6960 §2.2, §4.4.8)."""
    held = blueprint.with_entry(replace(blueprint.entry, cert_status=revoked(EPOCH, 6)))
    return response_extension(der.extension(f"{ID_PKIX_OCSP}.9", der.NULL))(held)


def _revoked_with_invalidity_date(blueprint: Blueprint) -> Blueprint:
    invalid_since = der.extension(INVALIDITY_DATE, der.generalized_time(blueprint.now - timedelta(days=1)))
    return single_extension(invalid_since)(_revoked(1)(blueprint))


def _unknown(blueprint: Blueprint) -> Blueprint:
    return blueprint.with_entry(replace(blueprint.entry, cert_status=UNKNOWN))


STATUS_FLAWS: Mapping[str, Flaw] = {
    "revoked": error(Reason.REVOKED, "revoked two hours ago for key compromise", _revoked(1)),
    "revoked:no_reason": error(Reason.REVOKED, "revoked without a reason", _revoked(None)),
    "revoked:remove_from_crl": error(
        Reason.REVOKED, "revoked for removeFromCRL, which belongs in delta CRLs", _revoked(8)
    ),
    "revoked:reason_7": error(Reason.REVOKED, "revoked for reason 7, which is not used", _revoked(7)),
    "revoked:reason_11": error(Reason.REVOKED, "revoked for reason 11, which no RFC assigns", _revoked(11)),
    "revoked:in_future": error(Reason.REVOKED, "revoked as of tomorrow", _revoked(1, timedelta(days=1))),
    "revoked:invalidity_date": error(
        Reason.REVOKED, "revoked, and invalid since a day ago", _revoked_with_invalidity_date
    ),
    "revoked:never_issued": error(Reason.REVOKED, "a certificate that the CA did not issue", _never_issued),
    "revoked:expired": error(
        Reason.REVOKED,
        "revoked, in a stale response",
        _stale_and_revoked,
        Reason.EXPIRED,
        Reason.REFRESH_OVERDUE,
    ),
    "cert_status_unknown": error(Reason.CERT_STATUS_UNKNOWN, "the responder does not know it", _unknown),
}
