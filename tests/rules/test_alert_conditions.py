from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from ocsp_staple_exporter.model import Reason
from tests.rules.story import (
    MUST_STAPLE,
    MUST_STAPLE_WITHOUT,
    REVOKED,
    SOUND,
    UNREACHABLE,
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

SHORT = replace(SOUND, this_update=0, next_update=HOUR)
"""Good for an hour, as private authorities have it."""


@dataclass(frozen=True, kw_only=True)
class Case:
    alert: str
    ill: Host
    twin: Host
    """Almost the same, and no reason to wake anybody."""

    minutes: int
    """For how long it stands before the alert fires."""

    sound: Host = SOUND


def rejected(*reasons: str) -> Host:
    return replace(SOUND, errors=reasons)


CASES = {
    "must-staple without staple": Case(
        alert="OCSPMustStapleMissing critical",
        ill=MUST_STAPLE_WITHOUT,
        twin=MUST_STAPLE,
        minutes=5,
    ),
    "revoked": Case(
        alert="OCSPCertificateRevoked critical",
        ill=REVOKED,
        twin=replace(SOUND, revoked_at=-HOUR),
        minutes=2,
    ),
    "unknown": Case(
        alert="OCSPCertificateUnknown critical",
        ill=replace(SOUND, status="unknown", errors=("cert_status_unknown",)),
        twin=replace(SOUND, status=None),
        minutes=15,
    ),
    "tryLater stapled": Case(
        alert="OCSPErrorResponseStapled warning",
        ill=replace(rejected("status_try_later"), status=None, this_update=None, next_update=None),
        twin=replace(SOUND, status=None, this_update=None, next_update=None),
        minutes=10,
    ),
    "tryLater stapled although must-staple": Case(
        alert="OCSPErrorResponseStapled critical",
        ill=replace(rejected("status_try_later"), must_staple=True, status=None, this_update=None, next_update=None),
        twin=MUST_STAPLE,
        minutes=10,
    ),
    "signature that does not match": Case(
        alert="OCSPStapleInvalid critical",
        ill=rejected("signature_invalid"),
        twin=replace(SOUND, warnings=("signature_weak_sha1",)),
        minutes=5,
    ),
    "fresh staple of an ended responder": Case(
        alert="OCSPStapleInvalid critical",
        ill=rejected("responder_expired"),
        twin=replace(SOUND, warnings=("responder_is_ca",)),
        minutes=5,
    ),
    "no staple where one is due": Case(
        alert="OCSPStapleMissing warning",
        ill=WITHOUT_STAPLE,
        twin=Host(stapled=False, expected=False),
        minutes=15,
    ),
    "staple in some handshakes": Case(
        alert="OCSPStapleMissingSometimes warning",
        ill=replace(SOUND, handshakes=(3, 1), warnings=("staple_missing_sometimes",)),
        twin=replace(SOUND, handshakes=(1, 1)),
        minutes=10,
    ),
    "staple in some handshakes although must-staple": Case(
        alert="OCSPStapleMissingSometimes critical",
        ill=replace(MUST_STAPLE, handshakes=(3, 1), errors=("staple_missing_sometimes",)),
        twin=replace(MUST_STAPLE, handshakes=(1, 1), warnings=("staple_missing_sometimes",)),
        minutes=5,
    ),
    "stale": Case(
        alert="OCSPStapleStale critical",
        ill=stale(ended=-400),
        twin=replace(SOUND, this_update=-40 * DAY, warnings=("validity_too_long",)),
        minutes=5,
    ),
    "stale, and its responder has ended since": Case(
        alert="OCSPStapleStale critical",
        ill=replace(stale(ended=-400), errors=("responder_expired", "expired")),
        twin=SOUND,
        minutes=5,
    ),
    "less than eight hours of days left": Case(
        alert="OCSPStapleExpiringSoon warning",
        ill=replace(SOUND, next_update=8 * HOUR),
        twin=replace(SOUND, next_update=9 * HOUR),
        minutes=10,
    ),
    "less than two hours of days left": Case(
        alert="OCSPStapleExpiringSoon critical",
        ill=replace(SOUND, next_update=2 * HOUR),
        twin=replace(SOUND, next_update=9 * HOUR),
        minutes=5,
    ),
    "less than a quarter of a short validity left": Case(
        alert="OCSPStapleExpiringSoon warning",
        ill=replace(SHORT, this_update=-2 * HOUR - 600, next_update=2400),
        twin=replace(SHORT, next_update=3 * HOUR),
        minutes=10,
        sound=replace(SHORT, this_update=0, next_update=3 * HOUR),
    ),
    "less than a tenth of a short validity left": Case(
        alert="OCSPStapleExpiringSoon critical",
        ill=replace(SHORT, this_update=-4 * HOUR, next_update=1500),
        twin=replace(SHORT, next_update=3 * HOUR),
        minutes=5,
        sound=replace(SHORT, this_update=0, next_update=3 * HOUR),
    ),
    "successor overdue": Case(
        alert="OCSPStapleRefreshOverdue warning",
        ill=replace(SOUND, this_update=-5 * DAY, next_update=2 * DAY, warnings=("refresh_overdue",)),
        twin=replace(SOUND, this_update=-5 * DAY, next_update=2 * DAY),
        minutes=60,
    ),
    "old and without an end": Case(
        alert="OCSPStapleRefreshOverdue warning",
        ill=replace(SOUND, this_update=-12 * DAY, next_update=None, warnings=("too_old", "next_update_missing")),
        twin=replace(SOUND, this_update=-2 * DAY, next_update=None, warnings=("next_update_missing",)),
        minutes=60,
    ),
    "responder ends first, soon": Case(
        alert="OCSPStapleOutlivesResponder warning",
        ill=replace(SOUND, responder_ends=DAY),
        twin=replace(SOUND, responder_ends=2 * DAY),
        minutes=60,
    ),
    "certificate ends first, soon": Case(
        alert="OCSPStapleOutlivesCertificate warning",
        ill=replace(SOUND, certificate_ends=2 * DAY),
        twin=replace(SOUND, certificate_ends=2 * DAY, next_update=DAY),
        minutes=60,
    ),
    "no handshake": Case(
        alert="OCSPProbeFailing warning",
        ill=UNREACHABLE,
        twin=SOUND,
        minutes=15,
    ),
    "probed four minutes ago, every minute": Case(
        alert="OCSPProbeOverdue warning",
        ill=replace(SOUND, last_probe=0),
        twin=replace(SOUND, last_probe=3 * HOUR),
        minutes=10,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_alert_fires_in_its_time_and_resolves_at_once(story: Story, case: Case) -> None:
    other = {"other.example.org:443": SOUND}
    story.during(5, exporter({WWW: case.sound} | other)).firing()
    story.during(case.minutes, exporter({WWW: case.ill} | other)).firing()
    story.during(1, exporter({WWW: case.ill} | other)).firing(f"{case.alert} {WWW}")
    story.during(1, exporter({WWW: case.sound} | other)).firing()
    story.holds()


def test_nothing_fires_for_the_twins(story: Story) -> None:
    twins = {f"twin of {name}": case.twin for name, case in CASES.items()}
    story.during(max(case.minutes for case in CASES.values()) + 10, exporter(twins)).firing().holds()


def test_ends_of_certificates_matter_when_they_are_near_and_before_the_end_of_the_staple(story: Story) -> None:
    hosts = {
        "certificate first, in four days": replace(SOUND, certificate_ends=4 * DAY),
        "staple first, certificate in two days": replace(SOUND, next_update=DAY, certificate_ends=2 * DAY),
        "responder first, in two days": replace(SOUND, responder_ends=2 * DAY),
        "staple first, responder in 20 hours": replace(SOUND, next_update=12 * HOUR, responder_ends=20 * HOUR),
    }
    story.during(70, exporter(hosts)).firing().holds()


def test_an_alert_that_stops_before_its_time_begins_anew(story: Story) -> None:
    for _ in range(2):
        story.during(5, exporter({WWW: MUST_STAPLE_WITHOUT})).firing()
        story.during(5, exporter({WWW: MUST_STAPLE})).firing()
    story.holds()


def test_a_staple_past_its_end_but_within_the_clock_skew_is_at_its_end(story: Story) -> None:
    story.during(10, exporter({WWW: replace(SOUND, next_update=-200)}))
    story.firing(f"OCSPStapleExpiringSoon critical {WWW}").holds()


def test_a_staple_that_comes_and_goes_from_probe_to_probe_is_missing_sometimes(story: Story) -> None:
    story.during(10, exporter({WWW: SOUND}))
    for _ in range(6):
        story.during(3, exporter({WWW: WITHOUT_STAPLE})).during(3, exporter({WWW: SOUND}))
    story.firing(f"OCSPStapleMissingSometimes warning {WWW}")
    story.during(31, exporter({WWW: SOUND})).firing()
    story.holds()


def test_a_must_staple_that_comes_and_goes_is_urgent(story: Story) -> None:
    story.during(10, exporter({WWW: MUST_STAPLE}))
    for _ in range(6):
        story.during(2, exporter({WWW: MUST_STAPLE_WITHOUT})).during(2, exporter({WWW: MUST_STAPLE}))
    story.firing(f"OCSPStapleMissingSometimes critical {WWW}")
    story.during(31, exporter({WWW: MUST_STAPLE})).firing()
    story.holds()


def test_a_restart_of_the_server_alarms_nobody(story: Story) -> None:
    story.during(60, exporter({WWW: SOUND}))
    story.during(1, exporter({WWW: WITHOUT_STAPLE})).during(60, exporter({WWW: SOUND})).firing()
    story.holds()


def test_every_error_has_one_alert(story: Story) -> None:
    """Whatever the exporter finds, it is not silent and does not ring twice."""
    of_its_own = {
        Reason.EXPIRED: ("OCSPStapleStale critical", stale(ended=-400)),
        Reason.REVOKED: ("OCSPCertificateRevoked critical", REVOKED),
        Reason.CERT_STATUS_UNKNOWN: (
            "OCSPCertificateUnknown critical",
            replace(rejected("cert_status_unknown"), status="unknown"),
        ),
        Reason.MUST_STAPLE_MISSING: ("OCSPMustStapleMissing critical", MUST_STAPLE_WITHOUT),
        Reason.STAPLE_MISSING_SOMETIMES: (
            "OCSPStapleMissingSometimes critical",
            replace(MUST_STAPLE, errors=("staple_missing_sometimes",)),
        ),
    }
    hosts, alerts = {}, []
    for reason in Reason:
        otherwise = (
            "OCSPErrorResponseStapled warning" if reason.value.startswith("status_") else "OCSPStapleInvalid critical"
        )
        alert, hosts[reason.value] = of_its_own.get(reason, (otherwise, rejected(reason.value)))
        alerts.append(f"{alert} {reason.value}")
    story.during(20, exporter(hosts)).firing(*alerts).holds()
