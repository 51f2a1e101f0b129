"""One fault, one alert, also while one fault turns into another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.story import (
    MUST_STAPLE,
    MUST_STAPLE_WITHOUT,
    REVOKED,
    SOUND,
    WITHOUT_STAPLE,
    WWW,
    Host,
    Story,
    exporter,
    stale,
)

pytestmark = pytest.mark.real_server

HOUR = 3600
DAY = 24 * HOUR


def only(alert: str) -> str:
    return f"{alert} {WWW}"


def test_a_server_that_does_not_renew_is_one_incident_from_the_first_warning_to_the_last(story: Story) -> None:
    end = 11 * HOUR
    aging = replace(SOUND, this_update=-6 * DAY, next_update=end)
    overdue = replace(aging, warnings=("refresh_overdue",))
    gone_stale = replace(aging, errors=("expired",))

    story.during(60, exporter({WWW: aging})).firing()
    story.during(61, exporter({WWW: overdue})).firing(only("OCSPStapleRefreshOverdue warning"))
    story.during(3 * 60 - 121, exporter({WWW: overdue})).firing(only("OCSPStapleRefreshOverdue warning"))
    story.during(10, exporter({WWW: overdue})).firing(only("OCSPStapleRefreshOverdue warning"))
    story.during(2, exporter({WWW: overdue})).firing(only("OCSPStapleExpiringSoon warning"))
    story.during(6 * 60 - 12, exporter({WWW: overdue})).firing(only("OCSPStapleExpiringSoon warning"))
    story.during(5, exporter({WWW: overdue})).firing(only("OCSPStapleExpiringSoon warning"))
    story.during(2, exporter({WWW: overdue})).firing(only("OCSPStapleExpiringSoon critical"))
    story.during(2 * 60 - 7 + 5, exporter({WWW: overdue})).firing(only("OCSPStapleExpiringSoon critical"))
    story.during(5, exporter({WWW: gone_stale})).firing(only("OCSPStapleExpiringSoon critical"))
    story.during(1, exporter({WWW: gone_stale})).firing(only("OCSPStapleStale critical"))
    story.during(60, exporter({WWW: gone_stale})).firing(only("OCSPStapleStale critical"))
    story.during(1, exporter({WWW: replace(SOUND, this_update=end)})).firing()
    story.holds()


@pytest.mark.parametrize(
    ("without", "minutes", "alert"),
    [
        (WITHOUT_STAPLE, 15, "OCSPStapleMissing warning"),
        (MUST_STAPLE_WITHOUT, 5, "OCSPMustStapleMissing critical"),
    ],
    ids=["optional", "must-staple"],
)
def test_a_server_that_drops_its_staple_at_the_end_is_not_called_resolved(
    story: Story, without: Host, minutes: int, alert: str
) -> None:
    """As nginx does."""
    with_staple = replace(SOUND, must_staple=without.must_staple)
    story.during(10, exporter({WWW: replace(with_staple, next_update=600)}))
    story.firing(only("OCSPStapleExpiringSoon critical"))
    story.during(minutes, exporter({WWW: without})).firing(only("OCSPStapleExpiringSoon critical"))
    story.during(1, exporter({WWW: without})).firing(only(alert))
    story.during(1, exporter({WWW: with_staple})).firing()
    story.holds()


@pytest.mark.parametrize(
    ("must_staple", "severity"), [(False, "warning"), (True, "critical")], ids=["optional", "must-staple"]
)
def test_a_stale_staple_that_gives_way_to_an_error_is_not_called_resolved(
    story: Story, *, must_staple: bool, severity: str
) -> None:
    """As Apache does."""
    old = replace(stale(ended=-400), must_staple=must_staple)
    fake = replace(old, errors=("status_try_later",), status=None, this_update=None, next_update=None)
    story.during(10, exporter({WWW: old})).firing(only("OCSPStapleStale critical"))
    story.during(10, exporter({WWW: fake})).firing(only("OCSPStapleStale critical"))
    story.during(1, exporter({WWW: fake})).firing(only(f"OCSPErrorResponseStapled {severity}"))
    story.holds()


def test_an_ending_responder_hands_over_to_the_invalid_staple(story: Story) -> None:
    ending = replace(SOUND, responder_ends=2 * HOUR)
    story.during(2 * 60, exporter({WWW: ending})).firing(only("OCSPStapleOutlivesResponder warning"))
    ended = replace(ending, errors=("responder_expired",))
    story.during(5, exporter({WWW: ended})).firing(only("OCSPStapleOutlivesResponder warning"))
    story.during(1, exporter({WWW: ended})).firing(only("OCSPStapleInvalid critical"))
    story.holds()


def test_what_is_mended_resolves_although_something_else_has_begun(story: Story) -> None:
    """A new certificate is not revoked, even if its staple is not there yet."""
    story.during(10, exporter({WWW: REVOKED})).firing(only("OCSPCertificateRevoked critical"))
    story.during(1, exporter({WWW: WITHOUT_STAPLE})).firing()
    story.during(15, exporter({WWW: WITHOUT_STAPLE})).firing(only("OCSPStapleMissing warning"))
    story.holds()


def test_a_refreshed_staple_is_no_longer_stale_although_it_will_end_soon(story: Story) -> None:
    story.during(10, exporter({WWW: stale(ended=-400)})).firing(only("OCSPStapleStale critical"))
    story.during(1, exporter({WWW: replace(SOUND, next_update=6 * HOUR)})).firing()
    story.holds()


def test_a_flapping_staple_that_stays_away_is_missing(story: Story) -> None:
    for _ in range(6):
        story.during(3, exporter({WWW: SOUND})).during(3, exporter({WWW: WITHOUT_STAPLE}))
    story.firing(only("OCSPStapleMissingSometimes warning"))
    story.during(11, exporter({WWW: WITHOUT_STAPLE})).firing(only("OCSPStapleMissingSometimes warning"))
    story.during(2, exporter({WWW: WITHOUT_STAPLE})).firing(only("OCSPStapleMissing warning"))
    story.during(60, exporter({WWW: WITHOUT_STAPLE})).firing(only("OCSPStapleMissing warning"))
    story.holds()


def test_a_flapping_must_staple_that_stays_away_is_missing(story: Story) -> None:
    for _ in range(6):
        story.during(2, exporter({WWW: MUST_STAPLE})).during(2, exporter({WWW: MUST_STAPLE_WITHOUT}))
    story.firing(only("OCSPStapleMissingSometimes critical"))
    story.during(4, exporter({WWW: MUST_STAPLE_WITHOUT})).firing(only("OCSPMustStapleMissing critical"))
    story.holds()


MENDED = (1, 1)
"""Handshakes: none in the first, one in the retry."""

WARM = (1, 0)


@pytest.mark.parametrize("host", [SOUND, MUST_STAPLE], ids=["optional", "must-staple"])
def test_a_server_whose_workers_warm_up_one_by_one_is_not_reported(story: Story, host: Host) -> None:
    for shaken in (MENDED, MENDED, WARM, MENDED, WARM, WARM, WARM, MENDED, WARM, WARM, MENDED):
        story.during(2, exporter({WWW: replace(host, handshakes=shaken)})).firing()
    for _ in range(15):
        story.during(10, exporter({WWW: host})).firing()
    story.holds()


@pytest.mark.parametrize(
    ("host", "alert"),
    [
        (SOUND, "OCSPStapleMissingSometimes warning"),
        (MUST_STAPLE, "OCSPStapleMissingSometimes critical"),
    ],
    ids=["optional", "must-staple"],
)
def test_a_server_of_which_a_worker_stays_cold_is_although_every_probe_sees_a_staple(
    story: Story, host: Host, alert: str
) -> None:
    for _ in range(20):
        story.during(1, exporter({WWW: replace(host, handshakes=MENDED)})).during(3, exporter({WWW: host}))
    story.firing(only(alert))
    story.during(31, exporter({WWW: host})).firing()
    story.holds()


@pytest.mark.parametrize(
    ("host", "alert"),
    [
        pytest.param(
            replace(REVOKED, errors=("expired", "revoked"), next_update=-400),
            "OCSPCertificateRevoked critical",
            id="revoked and stale",
        ),
        pytest.param(
            replace(
                stale(-400), errors=("certid_serial_mismatch", "expired"), status=None, warnings=("refresh_overdue",)
            ),
            "OCSPStapleInvalid critical",
            id="for another certificate, stale and overdue",
        ),
        pytest.param(
            replace(stale(-400), warnings=("refresh_overdue", "too_old"), responder_ends=-600, must_staple=True),
            "OCSPStapleStale critical",
            id="stale and overdue",
        ),
        pytest.param(
            replace(SOUND, next_update=HOUR, responder_ends=1800, warnings=("refresh_overdue",)),
            "OCSPStapleExpiringSoon critical",
            id="expiring, overdue, its responder ending",
        ),
        pytest.param(
            replace(SOUND, errors=("status_try_later", "trailing_data"), status=None),
            "OCSPErrorResponseStapled warning",
            id="an error with something behind it",
        ),
    ],
)
def test_several_defects_of_one_staple_are_one_alert(story: Story, host: Host, alert: str) -> None:
    story.during(90, exporter({WWW: host})).firing(only(alert)).holds()
