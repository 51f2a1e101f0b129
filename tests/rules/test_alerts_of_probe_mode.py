"""The same alerts where Prometheus drives: one scrape of /probe for each target."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.story import (
    REVOKED,
    SOUND,
    WITHOUT_STAPLE,
    WWW,
    Host,
    Scrapes,
    Story,
    down,
    exporter,
    probe_job,
    stale,
)
from tests.rules.test_alert_conditions import CASES, Case

pytestmark = pytest.mark.real_server

OTHER = "other.example.org:443"
METRICS = exporter({})
"""/metrics of the exporter: no targets, as Prometheus has them."""

REVOKED_ALERT = f"OCSPCertificateRevoked critical {WWW}"
DOWN = "OCSPStapleExporterDown critical"


def probing(host: Host | None) -> Scrapes:
    return probe_job({WWW: host, OTHER: SOUND})


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_alert_fires_in_its_time_and_resolves_at_once(story: Story, case: Case) -> None:
    story.during(5, METRICS, probing(case.sound)).firing()
    story.during(case.minutes, METRICS, probing(case.ill)).firing()
    story.during(1, METRICS, probing(case.ill)).firing(f"{case.alert} {WWW}")
    story.during(1, METRICS, probing(case.sound)).firing()
    story.holds()


@pytest.mark.parametrize(
    ("host", "alert"),
    [
        (REVOKED, "OCSPCertificateRevoked critical"),
        (stale(-400), "OCSPStapleStale critical"),
        (WITHOUT_STAPLE, "OCSPStapleMissing warning"),
        (replace(SOUND, errors=("signature_invalid",)), "OCSPStapleInvalid critical"),
    ],
)
def test_a_dead_exporter_resolves_nothing_and_raises_no_storm(story: Story, host: Host, alert: str) -> None:
    dead = probe_job({WWW: None, OTHER: None})
    alert = f"{alert} {WWW}"
    story.during(20, METRICS, probing(host)).firing(alert)
    story.during(5, down(), dead).firing(alert)
    story.during(1, down(), dead).shows('ALERTS{alertname="OCSPStapleExporterDown",alertstate="firing"}', DOWN_TWICE)
    story.during(120, down(), dead).shows('count(ALERTS{alertstate="firing"})', [{"labels": "{}", "value": 3}])
    story.during(1, METRICS, probing(SOUND)).firing()
    story.holds()


def ringing(own: str) -> dict[str, object]:
    labels = f'__name__="ALERTS",alertname="OCSPStapleExporterDown",alertstate="firing",{own},severity="critical"'
    return {"labels": f"{{{labels}}}", "value": 1}


DOWN_TWICE = [ringing('instance="exporter:10627",job="ocsp-staple"'), ringing('job="ocsp-staple-probe"')]
"""Once for each job: for the exporter itself, and for all of its probes."""


def test_without_a_job_for_the_exporter_itself_its_probes_tell(story: Story) -> None:
    story.during(10, probing(SOUND)).firing()
    story.during(6, probe_job({WWW: None, OTHER: None})).firing(DOWN)
    story.holds()


def test_a_target_that_is_taken_out_resolves_at_once(story: Story) -> None:
    story.during(10, METRICS, probing(REVOKED)).firing(REVOKED_ALERT)
    story.during(1, METRICS, probe_job({OTHER: SOUND})).firing()
    story.holds()


def test_a_probe_that_gives_no_answer_is_overdue_and_keeps_what_was_known(story: Story) -> None:
    """The scrape of this target fails, as when its timeout is too short; the others work."""
    story.during(10, METRICS, probing(REVOKED)).firing(REVOKED_ALERT)
    story.during(10, METRICS, probing(None)).firing(REVOKED_ALERT)
    story.during(1, METRICS, probing(None)).firing(REVOKED_ALERT, f"OCSPProbeOverdue warning {WWW}")
    story.during(1, METRICS, probing(SOUND)).firing()
    story.holds()


def test_failing_scrapes_are_one_alert_when_all_of_them_fail(story: Story) -> None:
    story.during(15, probing(None)).firing(f"OCSPProbeOverdue warning {WWW}")
    dead = probe_job({WWW: None, OTHER: None})
    story.during(1, dead).firing()
    story.during(5, dead).firing(DOWN)
    story.holds()


def test_an_exporter_without_targets_of_its_own_is_as_it_should_be(story: Story) -> None:
    story.during(90, METRICS, probing(SOUND)).firing().holds()
