from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocsp_staple_exporter.lab.blueprint import Blueprint, encode
from ocsp_staple_exporter.lab.certificates import Validity
from ocsp_staple_exporter.lab.staples import plan, staple
from ocsp_staple_exporter.model import CertStatus
from tests.ocsp.pki import DAY, HOUR, NOW, SECOND, pki, reasons

ZERO = timedelta(0)
SKEW = timedelta(minutes=5)

TIME_ERRORS = {"not_yet_valid", "expired", "next_update_before_this_update"}
TIME_WARNINGS = {
    "next_update_missing",
    "too_old",
    "refresh_overdue",
    "validity_too_long",
    "validity_too_short",
    "this_update_after_produced_at",
    "produced_at_in_future",
    "produced_at_outside_cert_validity",
}


def _blueprint(this_update: datetime, next_update: datetime | None, produced_at: datetime | None = None) -> Blueprint:
    lab = pki()
    sound = plan(lab.leaf, lab.ca, now=NOW, this_update=this_update, produced_at=produced_at or this_update)
    return sound.with_entry(replace(sound.entry, next_update=next_update))


def _errors_by_the_rfc(this_update: datetime, next_update: datetime | None, now: datetime, skew: timedelta) -> set[str]:
    """RFC 6960 §2.4, §3.2 (5, 6), with the clocks off by `skew` at most."""
    if next_update is not None and next_update < this_update:
        late = {"next_update_before_this_update"}
    elif next_update is not None and not next_update > now - skew:
        late = {"expired"}
    else:
        late = set()
    return late | ({"not_yet_valid"} if not this_update <= now + skew else set())


def _warnings_by_the_rules(this: datetime, until: datetime | None, produced: datetime, now: datetime) -> set[str]:
    """BR §4.9.9, RFC 5019 §2.2.4 and what clients do, without clock skew."""
    leaf = pki().leaf.certificate
    found = {
        "next_update_missing": until is None,
        "this_update_after_produced_at": this > produced,
        "produced_at_in_future": produced > now,
        "produced_at_outside_cert_validity": not leaf.not_valid_before_utc <= produced <= leaf.not_valid_after_utc,
        "too_old": now - this > 10 * DAY and (until is None or until > now or until < this),
    }
    if until is not None and until >= this:
        window = until - this
        overdue = now > this + window / 2 if window < 16 * HOUR else now > min(this + 4 * DAY, until - 8 * HOUR)
        found |= {
            "validity_too_long": window > 10 * DAY,
            "validity_too_short": window < 8 * HOUR - SECOND,
            "refresh_overdue": overdue and until > now,
        }
    return {name for name, is_so in found.items() if is_so}


_OFFSETS = st.one_of(
    st.integers(-12 * 86400, 12 * 86400), st.sampled_from([0, 1, -1, 300, 301, -300, -301, 28800, -864000, -864001])
).map(lambda seconds: timedelta(seconds=seconds))


@given(_OFFSETS, st.none() | _OFFSETS, _OFFSETS, st.sampled_from([ZERO, SKEW]))
def test_time_errors_are_those_of_a_model_written_from_the_rfc(
    this: timedelta, until: timedelta | None, produced: timedelta, skew: timedelta
) -> None:
    this_update, next_update = NOW + this, None if until is None else NOW + until
    verdict = pki().judge(encode(_blueprint(this_update, next_update, NOW + produced)), NOW, skew)
    errors = set(reasons(verdict.errors))
    assert errors == _errors_by_the_rfc(this_update, next_update, NOW, skew)
    assert verdict.verified == (not errors)
    assert verdict.cert_status is CertStatus.GOOD  # stale or not, the CA said so
    assert (verdict.this_update, verdict.next_update) == (this_update, next_update)
    if skew == ZERO:
        expected = _warnings_by_the_rules(this_update, next_update, NOW + produced, NOW)
        assert set(reasons(verdict.warnings)) == expected


@pytest.mark.parametrize(
    ("now", "skew", "found"),
    [
        (NOW - SECOND, ZERO, ["not_yet_valid"]),
        (NOW, ZERO, []),
        (NOW - SKEW, SKEW, []),
        (NOW - SKEW - SECOND, SKEW, ["not_yet_valid"]),
        (NOW + DAY - SECOND, ZERO, []),
        (NOW + DAY, ZERO, ["expired"]),
        (NOW + DAY + SKEW - SECOND, SKEW, []),
        (NOW + DAY + SKEW, SKEW, ["expired"]),
    ],
)
def test_a_staple_holds_from_this_update_until_before_next_update(
    now: datetime, skew: timedelta, found: list[str]
) -> None:
    verdict = pki().judge(encode(_blueprint(NOW, NOW + DAY)), now, skew)
    assert reasons(verdict.errors) == found


@pytest.mark.parametrize(
    ("window", "overdue_after"),
    [
        (12 * HOUR, 6 * HOUR),
        (16 * HOUR, 8 * HOUR),
        (4 * DAY, 4 * DAY - 8 * HOUR),
        (7 * DAY, 4 * DAY),
        (10 * DAY, 4 * DAY),
    ],
)
def test_a_refresh_is_overdue_when_the_baseline_requirements_are_broken(
    window: timedelta, overdue_after: timedelta
) -> None:
    response = encode(_blueprint(NOW, NOW + window))
    assert reasons(pki().judge(response, NOW + overdue_after).warnings) == []
    assert reasons(pki().judge(response, NOW + overdue_after + SECOND).warnings) == ["refresh_overdue"]


@pytest.mark.parametrize(
    ("offset", "found"),
    [
        (-DAY - SKEW - SECOND, ["responder_not_yet_valid"]),
        (-DAY - SKEW, []),
        (29 * DAY + SKEW, []),
        (29 * DAY + SKEW + SECOND, ["responder_expired"]),
    ],
)
def test_a_status_is_believed_while_the_responder_is_in_date(offset: timedelta, found: list[str]) -> None:
    lab = pki()
    responder = lab.ca.issue_responder(validity=Validity(NOW - DAY, NOW + 29 * DAY))
    response = staple(
        lab.leaf, lab.ca, now=NOW, responder=responder, status="revoked", this_update=NOW - DAY, next_update=NOW + DAY
    )
    verdict = lab.judge(response, NOW + offset, SKEW)
    errors = [reason for reason in reasons(verdict.errors) if reason.startswith("responder")]
    assert errors == found
    assert (verdict.cert_status is CertStatus.REVOKED) == (not found)
    assert ("revoked" in reasons(verdict.errors)) == (not found)
    assert (verdict.revocation_time is not None) == (not found)


@pytest.mark.parametrize("this_update", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
@pytest.mark.parametrize("next_update", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
def test_the_ends_of_time_are_judged_like_any_other(this_update: datetime, next_update: datetime) -> None:
    lab = pki()
    response = staple(lab.leaf, lab.ca, now=NOW, this_update=this_update, next_update=next_update)
    verdict = lab.judge(response)
    assert set(reasons(verdict.errors)) == _errors_by_the_rfc(this_update, next_update, NOW, ZERO)
    assert set(reasons(verdict.warnings)) == _warnings_by_the_rules(this_update, next_update, this_update, NOW)


# ---------------------------------------------------------------- the rest of the calendar

_MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)).map(  # noqa: DTZ001 - made aware below
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_ENDS = st.sampled_from([_FIRST, _LAST, NOW])
_SKEWS = st.sampled_from([ZERO, SKEW, 400 * DAY, 4_000_000 * DAY])


def _no_earlier(one: datetime, other: datetime, skew: timedelta) -> bool:
    """`one >= other - skew`, in seconds that know no end of the calendar."""
    return (one - other).total_seconds() >= -skew.total_seconds()


@given(
    _MOMENTS | _ENDS,
    st.none() | (_MOMENTS | _ENDS).filter(lambda until: until > _FIRST),
    _MOMENTS | _ENDS,
    _MOMENTS | _ENDS,
    _SKEWS,
)
def test_every_date_of_the_calendar_is_judged_by_the_same_rules(
    this: datetime, until: datetime | None, produced: datetime, now: datetime, skew: timedelta
) -> None:
    verdict = pki().judge(encode(_blueprint(this, until, produced)), now, skew)
    expected = {
        "not_yet_valid": not _no_earlier(now, this, skew),
        "next_update_before_this_update": until is not None and until < this,
        "expired": until is not None and until >= this and _no_earlier(now, until, -skew),
    }
    assert set(reasons(verdict.errors)) == {name for name, is_so in expected.items() if is_so}
    leaf = pki().leaf.certificate
    warned = {
        "next_update_missing": until is None,
        "this_update_after_produced_at": this > produced,
        "produced_at_in_future": not _no_earlier(now, produced, skew),
        "produced_at_outside_cert_validity": not leaf.not_valid_before_utc <= produced <= leaf.not_valid_after_utc,
    }
    for name, is_so in warned.items():
        assert (name in reasons(verdict.warnings)) == is_so
    assert verdict.produced_at == produced


@given(_OFFSETS, _OFFSETS, _OFFSETS, st.sampled_from([ZERO, SKEW]))
def test_a_responder_certificate_holds_to_both_of_its_ends(
    start: timedelta, length: timedelta, offset: timedelta, skew: timedelta
) -> None:
    """RFC 5280 §4.1.2.5: from notBefore through notAfter, inclusive."""
    lab, not_before = pki(), NOW + start
    not_after = not_before + abs(length)
    responder = lab.ca.issue_responder(validity=Validity(not_before, not_after), key=lab.responder.key)
    response = staple(
        lab.leaf, lab.ca, now=NOW, responder=responder, this_update=NOW - 40 * DAY, next_update=NOW + 40 * DAY
    )
    verdict = lab.judge(response, NOW + offset, skew)
    early = not _no_earlier(NOW + offset, not_before, skew)
    late = not _no_earlier(not_after, NOW + offset, skew)
    found = set(reasons(verdict.errors))
    assert found == {
        name for name, is_so in {"responder_not_yet_valid": early, "responder_expired": late}.items() if is_so
    }
    assert (verdict.cert_status is CertStatus.GOOD) == (not found)
    assert verdict.responder_not_after == not_after


@pytest.mark.parametrize("now", [_FIRST, _LAST])
@pytest.mark.parametrize("skew", [ZERO, SKEW, timedelta.max])
def test_a_clock_at_the_end_of_time_is_no_reason_to_raise(now: datetime, skew: timedelta) -> None:
    lab = pki()
    response = staple(lab.leaf, lab.ca, now=NOW, responder=lab.responder)
    errors = reasons(lab.judge(response, now, skew).errors)
    if skew == timedelta.max:
        assert errors == []
    elif now < NOW:
        assert errors == ["responder_not_yet_valid", "not_yet_valid"]
    else:
        assert errors == ["responder_expired", "expired"]
