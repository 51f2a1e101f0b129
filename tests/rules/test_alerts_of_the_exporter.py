from __future__ import annotations

import pytest

from tests.rules.story import SOUND, WWW, Host, Scrapes, Story, down, exporter, gone

pytestmark = pytest.mark.real_server

DOWN = "OCSPStapleExporterDown critical"
MISSING = "OCSPStapleTargetsMissing warning"
RELOAD = "OCSPStapleExporterReloadFailed warning"
DISCOVERY = "OCSPStapleDiscoveryFailing warning"
SHARD = "OCSPStapleShardMissing warning"
MISMATCH = "OCSPStapleShardsMismatched warning"
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


def shard(ordinal: int, total: int, instance: str | None = None) -> Scrapes:
    told = {"ocsp_staple_exporter_shard_ordinal": float(ordinal), "ocsp_staple_exporter_total_shards": float(total)}
    return exporter({f"host{ordinal}": SOUND}, instance=instance or f"shard-{ordinal}:10627", own=told)


def lists_failing(count: float) -> Scrapes:
    at = 'job="ocsp-staple",instance="exporter:10627"'
    series = {f'ocsp_staple_exporter_discovery_lists_failing{{{at},source="file"}}': count}
    return lambda _now: series | {f'ocsp_staple_exporter_discovery_lists_failing{{{at},source="url"}}': 0}


def test_a_list_that_cannot_be_read_is_reported_until_it_can(story: Story) -> None:
    story.during(10, exporter({WWW: SOUND}), lists_failing(0)).firing()
    story.during(15, exporter({WWW: SOUND}), lists_failing(2)).firing()
    story.during(2, exporter({WWW: SOUND}), lists_failing(2)).firing(DISCOVERY)
    story.during(1, exporter({WWW: SOUND}), lists_failing(0)).firing()
    story.holds()


def test_a_list_that_fails_now_and_then_is_not_reported(story: Story) -> None:
    for _ in range(6):
        story.during(10, exporter({WWW: SOUND}), lists_failing(1)).during(1, exporter({WWW: SOUND}), lists_failing(0))
    story.firing().holds()


def test_shards_that_are_all_there_are_not_reported(story: Story) -> None:
    story.during(60, *(shard(ordinal, 3) for ordinal in range(3))).firing().holds()


def test_a_shard_that_nobody_is_is_reported(story: Story) -> None:
    story.during(10, shard(0, 3), shard(2, 3)).firing()
    story.during(2, shard(0, 3), shard(2, 3)).firing(SHARD)
    story.during(1, *(shard(ordinal, 3) for ordinal in range(3))).firing()
    story.holds()


def test_two_exporters_of_one_shard_do_not_stand_in_for_another(story: Story) -> None:
    story.during(15, shard(0, 2), shard(0, 2, "twin:10627")).firing(SHARD).holds()


def test_two_exporters_of_each_shard_are_as_good_as_one(story: Story) -> None:
    story.during(30, *(shard(n, 2, f"{twin}-{n}:1") for n in range(2) for twin in "ab")).firing().holds()


def test_a_shard_that_is_down_is_only_down(story: Story) -> None:
    story.during(10, shard(0, 2), shard(1, 2)).firing()
    story.during(20, shard(0, 2), down(instance="shard-1:10627")).firing(DOWN)
    story.holds()


def test_exporters_that_do_not_agree_on_the_number_of_shards_are_reported(story: Story) -> None:
    story.during(15, shard(0, 2), shard(1, 3), shard(2, 3)).firing()
    story.during(2, shard(0, 2), shard(1, 3), shard(2, 3)).firing(MISMATCH)
    story.during(1, *(shard(ordinal, 3) for ordinal in range(3))).firing()
    story.holds()


def test_exporters_without_shards_need_not_agree_on_anything(story: Story) -> None:
    story.during(30, shard(0, 1, "one:1"), shard(0, 1, "two:1")).firing().holds()
