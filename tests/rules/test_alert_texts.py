"""The words that people are woken with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
import yaml

from tests.rules.story import RULES, SOUND, UNREACHABLE, WWW, Story, down, exporter, probe_job
from tests.rules.words import WORDS, Words

pytestmark = pytest.mark.real_server

BEGIN = f" Begin with: ocsp-staple-exporter check {WWW}"
HELD = " This is what was last known: since then the exporter is silent or the host cannot be probed."


def runbook(alert: str, host: str = "exporter:10627") -> str:
    return f"http://{host}/runbooks/{alert}"


def labels_of(words: Words, instance: str, job: str) -> Mapping[str, str]:
    return {"severity": words.severity, "fault": words.fault, "job": job, "instance": instance, "target": WWW}


@pytest.mark.parametrize("words", WORDS, ids=lambda words: f"{words.alert}-{words.fault}")
def test_the_words_of_an_alert_about_a_host(story: Story, words: Words) -> None:
    story.during(words.minutes, exporter({WWW: words.host}))
    annotations = {
        "summary": words.summary,
        "description": words.description + BEGIN,
        "exporter_url": "http://exporter:10627/?q=www.example.org%3A443",
        "runbook_url": runbook(words.alert),
    }
    story.says(words.alert, labels_of(words, "exporter:10627", "ocsp-staple"), annotations).holds()


def test_every_alert_about_a_host_has_its_words_tested() -> None:
    rules = yaml.safe_load(RULES.read_text())["groups"][1]["rules"]
    about_hosts = {(rule["alert"], rule["labels"]["severity"]) for rule in rules if "$labels.target" in str(rule)}
    assert about_hosts == {(words.alert, words.severity) for words in WORDS}


def test_at_probe_the_page_of_the_exporter_is_left_out(story: Story) -> None:
    words = WORDS[0]
    story.during(61, exporter({}), probe_job({WWW: words.host}))
    annotations = {
        "summary": words.summary,
        "description": words.description + BEGIN,
        "exporter_url": "",
        "runbook_url": runbook(words.alert),
    }
    story.says(words.alert, labels_of(words, WWW, "ocsp-staple-probe"), annotations).holds()


def test_an_alert_that_is_held_says_so_and_keeps_its_reasons(story: Story) -> None:
    words = next(words for words in WORDS if words.alert == "OCSPStapleInvalid")
    story.during(31, exporter({WWW: words.host})).during(30, down())
    annotations = {
        "summary": words.summary,
        "description": words.description + HELD + BEGIN,
        "exporter_url": "http://exporter:10627/?q=www.example.org%3A443",
        "runbook_url": runbook(words.alert, "localhost:10627"),
    }
    story.says(words.alert, labels_of(words, "exporter:10627", "ocsp-staple"), annotations).holds()


def test_an_alert_about_a_host_that_went_away_says_so(story: Story) -> None:
    words = next(words for words in WORDS if words.alert == "OCSPStapleStale")
    story.during(31, exporter({WWW: words.host})).during(30, exporter({WWW: UNREACHABLE}))
    annotations = {
        "summary": words.summary,
        "description": words.description + HELD + BEGIN,
        "exporter_url": "http://exporter:10627/?q=www.example.org%3A443",
        "runbook_url": runbook(words.alert),
    }
    story.says(words.alert, labels_of(words, "exporter:10627", "ocsp-staple"), annotations).holds()


def test_a_target_with_a_strange_name_breaks_no_words(story: Story) -> None:
    name = 'a "quoted" \\ {name} %d of ours'
    escaped = name.replace("\\", r"\\").replace('"', r"\"")
    host = replace(SOUND, errors=("signature_invalid",))
    story.during(61, exporter({escaped: host}))
    words = next(words for words in WORDS if words.alert == "OCSPStapleInvalid")
    description = words.description.replace(WWW, name).replace("certid_serial_mismatch, expired, ", "")
    annotations = {
        "summary": words.summary,
        "description": f"{description} Begin with: ocsp-staple-exporter check {name}",
        "exporter_url": "http://exporter:10627/?q=a+%22quoted%22+%5C+%7Bname%7D+%25d+of+ours",
        "runbook_url": runbook(words.alert),
    }
    labels = {**labels_of(words, "exporter:10627", "ocsp-staple"), "target": name}
    story.says(words.alert, labels, annotations).holds()


def test_the_words_for_a_dead_exporter(story: Story) -> None:
    story.during(10, exporter({WWW: SOUND})).during(6, down())
    annotations = {
        "summary": "Prometheus gets nothing from the exporter of OCSP staples.",
        "description": "Prometheus gets nothing from the OCSP staple exporter exporter:10627 (job ocsp-staple): it is "
        'down, cannot be reached, or no scrape job matches job=~"ocsp-staple.*". Nobody watches the staples; alerts '
        "that fire are kept as they were, new faults go unseen. "
        "Begin with: systemctl status ocsp-staple-exporter, and the page Status > Targets of Prometheus",
        "runbook_url": runbook("OCSPStapleExporterDown", "localhost:10627"),
    }
    labels = {"severity": "critical", "job": "ocsp-staple", "instance": "exporter:10627"}
    story.says("OCSPStapleExporterDown", labels, annotations).holds()


def test_the_words_for_no_exporter_at_all(story: Story) -> None:
    story.during(6, lambda _now: {'up{job="node"}': 1})
    annotations = {
        "summary": "Prometheus gets nothing from the exporter of OCSP staples.",
        "description": "Prometheus gets nothing from the OCSP staple exporter: it is down, cannot be reached, or no "
        'scrape job matches job=~"ocsp-staple.*". Nobody watches the staples; alerts that fire are kept as they were, '
        "new faults go unseen. "
        "Begin with: systemctl status ocsp-staple-exporter, and the page Status > Targets of Prometheus",
        "runbook_url": runbook("OCSPStapleExporterDown", "localhost:10627"),
    }
    story.says("OCSPStapleExporterDown", {"severity": "critical"}, annotations).holds()


def test_the_words_for_missing_targets(story: Story) -> None:
    hosts = {f"host{number}": SOUND for number in range(4)}
    story.during(70, exporter(hosts)).during(11, exporter({WWW: SOUND}))
    annotations = {
        "summary": "The exporter watches no targets, or far fewer than an hour ago.",
        "description": "The OCSP staple exporter (job ocsp-staple) is up, and the number of targets that it watches "
        "is 1: none, or far fewer than an hour ago. The staples of the others are not watched. If they were not taken "
        "out on purpose, a target list has been emptied or cut, or an exporter of several is gone. "
        "Begin with: ocsp-staple-exporter --config.file=FILE --config.check",
        "runbook_url": runbook("OCSPStapleTargetsMissing"),
    }
    story.says("OCSPStapleTargetsMissing", {"severity": "warning", "job": "ocsp-staple"}, annotations).holds()


def test_the_words_for_a_failed_reload(story: Story) -> None:
    failed = {"ocsp_staple_exporter_config_last_reload_successful": 0.0}
    story.during(20, exporter({WWW: SOUND}, own=failed))
    annotations = {
        "summary": "The exporter could not load its configuration.",
        "description": "The OCSP staple exporter exporter:10627 (job ocsp-staple) could not load its configuration and "
        "goes on with the one before: hosts that were added since are not watched. "
        "Begin with: ocsp-staple-exporter --config.file=FILE --config.check",
        "runbook_url": runbook("OCSPStapleExporterReloadFailed"),
    }
    labels = {"severity": "warning", "job": "ocsp-staple", "instance": "exporter:10627"}
    story.says("OCSPStapleExporterReloadFailed", labels, annotations).holds()
