"""What nobody can see is not mended: alerts stand while the exporter or the host does not answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.story import (
    MUST_STAPLE_WITHOUT,
    REVOKED,
    SOUND,
    UNREACHABLE,
    WITHOUT_STAPLE,
    WWW,
    Host,
    Scrapes,
    Story,
    down,
    exporter,
    gone,
    stale,
)

pytestmark = pytest.mark.real_server

REVOKED_ALERT = f"OCSPCertificateRevoked critical {WWW}"
FAILING = f"OCSPProbeFailing warning {WWW}"
DOWN = "OCSPStapleExporterDown critical"
HOUR = 60
"""Minutes."""


ILL = {
    "OCSPCertificateRevoked critical": REVOKED,
    "OCSPCertificateUnknown critical": replace(SOUND, status="unknown", errors=("cert_status_unknown",)),
    "OCSPMustStapleMissing critical": MUST_STAPLE_WITHOUT,
    "OCSPStapleMissing warning": WITHOUT_STAPLE,
    "OCSPStapleMissingSometimes warning": replace(SOUND, handshakes=(1, 1), warnings=("staple_missing_sometimes",)),
    "OCSPErrorResponseStapled warning": replace(SOUND, errors=("status_try_later",)),
    "OCSPStapleInvalid critical": replace(SOUND, errors=("signature_invalid",)),
    "OCSPStapleStale critical": stale(-400),
    "OCSPStapleExpiringSoon critical": replace(SOUND, next_update=7200),
    "OCSPStapleExpiringSoon warning": replace(SOUND, next_update=28800),
    "OCSPStapleRefreshOverdue warning": replace(SOUND, warnings=("refresh_overdue",)),
    "OCSPStapleOutlivesResponder warning": replace(SOUND, responder_ends=36000),
    "OCSPStapleOutlivesCertificate warning": replace(SOUND, certificate_ends=36000),
    "OCSPProbeFailing warning": UNREACHABLE,
}
"""A host for each alert."""


def test_a_dead_exporter_resolves_nothing(story: Story) -> None:
    """All hosts in one story: of six hours, Prometheus takes seconds for one host and hardly more for fourteen."""
    names = {alert: f"{alert.replace(' ', '-').lower()}.example.org:443" for alert in ILL}
    hosts = {names[alert]: host for alert, host in ILL.items()}
    alerts = [f"{alert} {name}" for alert, name in names.items()]
    story.during(70, exporter(hosts)).firing(*alerts)
    story.during(1, down()).firing(*alerts)
    story.during(5, down()).firing(*alerts, DOWN)
    story.during(5 * HOUR, down()).firing(*alerts, DOWN)
    story.during(1, exporter(hosts)).firing(*alerts)
    story.during(1, exporter(dict.fromkeys(hosts, SOUND))).firing()
    story.holds()


def test_a_dead_exporter_raises_only_that_where_all_was_well(story: Story) -> None:
    story.during(10, exporter({WWW: SOUND})).during(6, down()).firing(DOWN)
    story.during(1, exporter({WWW: SOUND})).firing()
    story.holds()


def test_what_was_mended_before_the_exporter_died_stays_mended(story: Story) -> None:
    story.during(10, exporter({WWW: REVOKED})).firing(REVOKED_ALERT)
    story.during(1, exporter({WWW: SOUND})).firing()
    story.during(HOUR, down()).firing(DOWN)
    story.holds()


def test_what_was_mended_while_the_exporter_was_dead_resolves_with_its_first_probe(story: Story) -> None:
    story.during(10, exporter({WWW: REVOKED})).during(HOUR, down()).firing(REVOKED_ALERT, DOWN)
    story.during(1, exporter({}, waiting=1)).firing(REVOKED_ALERT)
    story.during(1, exporter({WWW: SOUND})).firing()
    story.holds()


def test_a_fault_whose_alert_is_due_soon_keeps_its_time(story: Story) -> None:
    story.during(10, exporter({WWW: SOUND}))
    story.during(10, exporter({WWW: WITHOUT_STAPLE})).firing()
    story.during(6, down()).firing(f"OCSPStapleMissing warning {WWW}", DOWN)
    story.holds()


def test_a_restart_between_two_scrapes_resolves_nothing(story: Story) -> None:
    """The exporter is up, and its first round is under way."""
    other = "other.example.org:443"
    story.during(10, exporter({WWW: REVOKED, other: SOUND})).firing(REVOKED_ALERT)
    story.during(2, exporter({}, waiting=2)).firing(REVOKED_ALERT)
    story.during(2, exporter({other: SOUND}, waiting=1)).firing(REVOKED_ALERT)
    story.during(1, exporter({WWW: REVOKED, other: SOUND})).firing(REVOKED_ALERT)
    story.holds()


def test_a_target_that_is_taken_out_resolves_at_once(story: Story) -> None:
    other = "other.example.org:443"
    story.during(10, exporter({WWW: REVOKED, other: SOUND, "third": SOUND, "fourth": SOUND})).firing(REVOKED_ALERT)
    story.during(1, exporter({other: SOUND, "third": SOUND, "fourth": SOUND})).firing()
    story.holds()


def test_a_target_that_was_taken_out_during_a_restart_resolves_after_the_first_round(story: Story) -> None:
    others = {"second": SOUND, "third": SOUND, "fourth": SOUND}
    story.during(10, exporter({WWW: REVOKED, **others})).firing(REVOKED_ALERT)
    story.during(1, exporter({}, waiting=3)).firing(REVOKED_ALERT)
    story.during(1, exporter(others)).firing()
    story.holds()


def test_series_that_somebody_drops_do_not_make_the_exporter_silent_for_ever(story: Story) -> None:
    """metric_relabel_configs that keep a part of the targets look like a first round that never ends."""
    loaded = {"ocsp_staple_exporter_config_last_reload_success_timestamp_seconds": 0.0}
    story.during(61, exporter({WWW: REVOKED}, waiting=1, own=loaded)).firing(REVOKED_ALERT)
    story.during(1, exporter({}, waiting=2, own=loaded)).firing()
    story.holds()


def test_an_exporter_that_vanishes_from_the_targets_is_missed_for_an_hour(story: Story) -> None:
    """A lost container looks like that, and an exporter that was removed on purpose."""
    other = exporter({"other": SOUND}, instance="other:10627")
    story.during(10, exporter({WWW: REVOKED}), other).firing(REVOKED_ALERT)
    story.during(59, gone, other).shows('ALERTS{alertname="OCSPCertificateRevoked"}', [held()])
    story.during(2, gone, other).shows('ALERTS{alertname="OCSPCertificateRevoked"}', [])
    story.holds()


def held() -> dict[str, object]:
    labels = (
        '{__name__="ALERTS",alertname="OCSPCertificateRevoked",alertstate="firing",fault="revoked",'
        f'instance="exporter:10627",job="ocsp-staple",severity="critical",target="{WWW}"}}'
    )
    return {"labels": labels, "value": 1}


def test_an_exporter_that_returns_under_another_name_takes_over(story: Story) -> None:
    """A pod that is replaced gets another address."""
    old, new = "10.0.0.1:10627", "10.0.0.2:10627"
    story.during(10, exporter({WWW: REVOKED}, instance=old)).firing(REVOKED_ALERT)
    story.during(1, exporter({}, waiting=1, instance=new)).firing(REVOKED_ALERT)
    story.during(1, exporter({WWW: SOUND}, instance=new)).firing()
    story.holds()


def test_a_second_exporter_that_sees_the_target_is_believed(story: Story) -> None:
    def second(host: Host) -> Scrapes:
        return exporter({WWW: host}, instance="second:10627")

    story.during(10, exporter({WWW: REVOKED}), second(REVOKED))
    story.during(10, down(), second(REVOKED)).firing(REVOKED_ALERT, DOWN)
    story.during(1, down(), second(SOUND)).firing(DOWN)
    story.holds()


def test_an_exporter_of_another_job_is_not_heard(story: Story) -> None:
    elsewhere = exporter({WWW: SOUND}, job="ocsp-staple-elsewhere", instance="elsewhere:10627")
    story.during(10, exporter({WWW: REVOKED}), elsewhere)
    story.during(6, down(), elsewhere).firing(REVOKED_ALERT, DOWN)
    story.holds()


def test_a_host_that_cannot_be_reached_keeps_its_alert_for_an_hour(story: Story) -> None:
    story.during(10, exporter({WWW: REVOKED})).firing(REVOKED_ALERT)
    story.during(15, exporter({WWW: UNREACHABLE})).firing(REVOKED_ALERT)
    story.during(1, exporter({WWW: UNREACHABLE})).firing(REVOKED_ALERT, FAILING)
    story.during(43, exporter({WWW: UNREACHABLE})).firing(REVOKED_ALERT, FAILING)
    story.during(3, exporter({WWW: UNREACHABLE})).firing(FAILING)
    story.during(1, exporter({WWW: SOUND})).firing()
    story.holds()


def test_a_host_that_returns_mended_resolves_at_once(story: Story) -> None:
    story.during(10, exporter({WWW: REVOKED})).during(5, exporter({WWW: UNREACHABLE})).firing(REVOKED_ALERT)
    story.during(1, exporter({WWW: SOUND})).firing()
    story.holds()


def test_an_exporter_that_dies_while_the_host_is_away_resolves_nothing(story: Story) -> None:
    story.during(10, exporter({WWW: REVOKED})).during(20, exporter({WWW: UNREACHABLE})).firing(REVOKED_ALERT, FAILING)
    story.during(2 * HOUR, down()).firing(REVOKED_ALERT, FAILING, DOWN)
    story.during(1, exporter({}, waiting=1)).firing(REVOKED_ALERT, FAILING)
    story.holds()


def test_an_overdue_probe_is_not_kept_since_the_dead_exporter_says_it(story: Story) -> None:
    overdue = exporter({WWW: replace(SOUND, last_probe=0)})
    story.during(20, overdue).firing(f"OCSPProbeOverdue warning {WWW}")
    story.during(1, down()).firing()
    story.during(5, down()).firing(DOWN)
    story.holds()
