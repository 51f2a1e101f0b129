from __future__ import annotations

import pytest

from tests.rules.story import SOUND, WWW, Host, Story, down, exporter, gone

pytestmark = pytest.mark.real_server

DOWN = "OCSPStapleExporterDown critical"
MISSING = "OCSPStapleTargetsMissing warning"
RELOAD = "OCSPStapleExporterReloadFailed warning"
TEN = {f"host{number}": SOUND for number in range(10)}


def first(count: int) -> dict[str, Host]:
    return dict(list(TEN.items())[:count])


def test_an_exporter_that_does_not_answer_is_down_after_five_minutes(story: Story) -> None:
    story.during(10, exporter({WWW: SOUND})).firing()
    story.during(5, down()).firing()
    story.during(1, down()).firing(DOWN)
    story.during(1, exporter({WWW: SOUND})).firing()
    story.holds()


def test_an_exporter_that_answers_every_other_scrape_is_not_down(story: Story) -> None:
    for _ in range(10):
        story.during(1, exporter({WWW: SOUND})).during(1, down())
    story.firing().holds()


def test_no_job_for_the_exporter_is_as_good_as_a_dead_exporter(story: Story) -> None:
    story.during(1, lambda _now: {'up{job="node",instance="a:9100"}': 1})
    story.during(6, lambda _now: {'up{job="node",instance="a:9100"}': 1}).firing(DOWN)
    story.holds()


def test_other_jobs_may_be_down(story: Story) -> None:
    other = down(job="node", instance="a:9100")
    story.during(20, exporter({WWW: SOUND}), other).firing().holds()


def test_each_of_several_exporters_counts(story: Story) -> None:
    both = [exporter({WWW: SOUND}, instance="one:10627"), exporter({"b": SOUND}, instance="two:10627")]
    story.during(10, *both).firing()
    story.during(6, both[0], down(instance="two:10627")).firing(DOWN)
    story.holds()


def test_an_exporter_without_targets_is_reported(story: Story) -> None:
    story.during(10, exporter({})).firing()
    story.during(1, exporter({})).firing(MISSING)
    story.during(1, exporter({WWW: SOUND})).firing()
    story.holds()


def test_a_list_that_loses_more_than_a_third_is_reported_for_an_hour(story: Story) -> None:
    story.during(70, exporter(TEN)).firing()
    story.during(10, exporter(first(6))).firing()
    story.during(1, exporter(first(6))).firing(MISSING)
    story.during(48, exporter(first(6))).firing(MISSING)
    story.during(3, exporter(first(6))).firing()
    story.holds()


def test_a_list_that_comes_back_is_no_longer_reported(story: Story) -> None:
    story.during(70, exporter(TEN)).during(20, exporter(first(1))).firing(MISSING)
    story.during(1, exporter(TEN)).firing()
    story.holds()


def test_a_list_may_shrink_a_little(story: Story) -> None:
    story.during(70, exporter(TEN)).during(60, exporter(first(7))).firing().holds()


def test_one_exporter_of_three_that_vanishes_takes_its_targets_along(story: Story) -> None:
    shards = [exporter({f"host{number}": SOUND}, instance=f"shard-{number}:10627") for number in range(3)]
    story.during(70, *shards).firing()
    story.during(11, *shards[:2], gone).firing(MISSING)
    story.holds()


def test_one_exporter_of_three_that_dies_is_only_down(story: Story) -> None:
    shards = [exporter({f"host{number}": SOUND}, instance=f"shard-{number}:10627") for number in range(3)]
    story.during(70, *shards).firing()
    story.during(20, *shards[:2], down(instance="shard-2:10627")).firing(DOWN)
    story.holds()


def test_a_scrape_that_finds_another_program_is_reported(story: Story) -> None:
    """Another service listens on the port."""
    stranger = {'up{job="ocsp-staple",instance="exporter:10627"}': 1, 'go_info{job="ocsp-staple"}': 1}
    story.during(10, lambda _now: stranger).firing()
    story.during(1, lambda _now: stranger).firing(MISSING)
    story.holds()


def test_a_reload_that_fails_is_reported_until_one_works(story: Story) -> None:
    failed = {"ocsp_staple_exporter_config_last_reload_successful": 0.0}
    story.during(10, exporter({WWW: SOUND})).firing()
    story.during(9, exporter({WWW: SOUND}, own=failed)).firing()
    story.during(2, exporter({WWW: SOUND}, own=failed)).firing(RELOAD)
    story.during(1, exporter({WWW: SOUND})).firing()
    story.holds()


def test_a_reload_that_fails_and_is_mended_in_minutes_is_not_reported(story: Story) -> None:
    failed = {"ocsp_staple_exporter_config_last_reload_successful": 0.0}
    story.during(10, exporter({WWW: SOUND})).during(8, exporter({WWW: SOUND}, own=failed))
    story.during(20, exporter({WWW: SOUND})).firing().holds()
