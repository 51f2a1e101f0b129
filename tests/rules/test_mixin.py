from __future__ import annotations

import functools
import importlib.util
import json
import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest
import yaml

from ocsp_staple_exporter.exposition import FAMILIES
from ocsp_staple_exporter.model import Reason
from tests.rules.story import ROOT, RULES, SOUND, WITHOUT_STAPLE, WWW, Story, down, exporter, promtool

BUILD = ROOT / "scripts" / "build-rules"
ALERTS_PAGE = (ROOT / "docs" / "alerts.md").read_text()
METRICS_PAGE = (ROOT / "docs" / "metrics.md").read_text()

with_promtool = pytest.mark.usefixtures("needs_promtool")
real_server = pytest.mark.real_server


@functools.cache
def build_rules() -> Any:
    loader = SourceFileLoader("build_rules", str(BUILD))
    spec = importlib.util.spec_from_loader("build_rules", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@functools.cache
def _groups(config: str) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = build_rules().rules(json.loads(config))["groups"]
    return groups


def groups_of(**config: object) -> list[dict[str, Any]]:
    return _groups(json.dumps(config))


def built(**config: object) -> list[dict[str, Any]]:
    return [rule for group in groups_of(**config) for rule in group["rules"]]


def alerts(**config: object) -> dict[tuple[str, str], dict[str, Any]]:
    return {(rule["alert"], rule["labels"]["severity"]): rule for rule in built(**config) if "alert" in rule}


def expressions(**config: object) -> str:
    return "\n".join(rule["expr"] for rule in built(**config))


def written(tmp_path: Path, **config: object) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(build_rules().as_yaml(build_rules().rules(config)))
    return path


def test_the_committed_rules_are_what_the_mixin_makes() -> None:
    result = subprocess.run([sys.executable, str(BUILD), "--check"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@real_server
@with_promtool
def test_promtool_finds_nothing_in_the_rules() -> None:
    result = promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)
    assert result.returncode == 0, result.stdout + result.stderr


# What mixtool's linter demands of alerts.


def test_names_of_alerts_are_in_camel_case() -> None:
    assert [name for name, _ in alerts() if not re.fullmatch(r"([A-Z]+[a-z0-9]+)+", name)] == []


def test_severities_are_those_that_receivers_know() -> None:
    assert {severity for _, severity in alerts()} <= {"critical", "warning", "info"}


@pytest.mark.parametrize("key", alerts(), ids=lambda key: f"{key[0]}-{key[1]}")
def test_an_alert_has_words_and_time(key: tuple[str, str]) -> None:
    rule = alerts()[key]
    annotations = rule["annotations"]
    assert re.fullmatch(r"[A-Z][^{}]*\.", annotations["summary"])
    assert "{{" in annotations["description"]
    assert annotations["runbook_url"].endswith(f"/runbooks/{key[0]}")
    assert re.fullmatch(r"[1-9]\d*[mh]", rule["for"])


def test_every_alert_has_its_runbook() -> None:
    pages = {page.stem for page in (ROOT / "docs" / "runbooks").glob("*.md")}
    assert {name for name, _ in alerts()} - pages == set()


def test_every_alert_is_on_the_page_with_its_time_and_severity() -> None:
    for (name, severity), rule in alerts().items():
        rows = [line for line in ALERTS_PAGE.splitlines() if line.startswith(f"| {name} |")]
        assert any(rule["for"] in row and severity in row for row in rows), (name, severity)


# The rules and the exporter speak of the same.


def test_the_series_of_the_rules_exist() -> None:
    named = set(re.findall(r"\bocsp_staple_[a-z_]+", RULES.read_text()))
    own = set(re.findall(r"`(ocsp_staple_exporter_[a-z_]+)`", METRICS_PAGE))
    assert named <= {family.name for family in FAMILIES} | own


def test_the_reasons_of_the_rules_exist() -> None:
    reasons = {reason.value for reason in Reason}
    for alternatives in re.findall(r'reason(?:=|=~|!~)"([a-z_.|*]+)"', expressions()):
        for alternative in alternatives.split("|"):
            assert any(re.fullmatch(alternative, reason) for reason in reasons), alternative


def test_every_fault_is_recorded_and_has_an_alert() -> None:
    recorded = {rule["labels"]["fault"] for rule in built() if rule.get("record") == "ocsp_staple:fault:seen"}
    alerting = " ".join(rule["expr"] for rule in alerts().values())
    assert recorded == {fault for names in re.findall(r'fault=~?"([a-z_|]+)"', alerting) for fault in names.split("|")}


def test_the_dashboards_of_the_mixin_are_the_committed_ones() -> None:
    source = (
        f"std.objectFields((import {json.dumps(str(ROOT / 'dashboards/mixin/mixin.libsonnet'))}).grafanaDashboards)"
    )
    named = json.loads(build_rules().evaluate(source))
    assert sorted(named) == sorted(path.name for path in (ROOT / "dashboards").glob("*.json"))


# What _config changes.


def test_selectors_come_through() -> None:
    made = expressions(upSelector='job="tls"', selector='cluster="eu"')
    assert "ocsp-staple" not in made
    assert 'up{job="tls"}' in made
    selectors = re.findall(r"\bocsp_staple_[a-z_]+(\{[^}]*\})?", made)
    assert [selector for selector in selectors if 'cluster="eu"' not in selector] == []


def test_times_and_severities_come_through() -> None:
    settings = {
        "OCSPStapleMissing": {"for": "1h", "severity": "info"},
        "OCSPStapleExpiringSoon": {"urgent": {"severity": "warning", "for": "7m"}, "severity": "info"},
    }
    changed = alerts(alerts=settings)
    assert changed["OCSPStapleMissing", "info"]["for"] == "1h"
    assert changed["OCSPStapleExpiringSoon", "warning"]["for"] == "7m"
    assert changed["OCSPStapleExpiringSoon", "info"]["for"] == "10m"
    assert "offset 7m" in expressions(alerts=settings)


def test_thresholds_come_through() -> None:
    """Each setting, and what of it must stand in the expressions, and only then."""
    changes: dict[str, tuple[object, list[str]]] = {
        "expiringWarning": ({"share": 0.5, "seconds": 90000}, ["< 90000", "< 0.5 *"]),
        "expiringCritical": ({"share": 0.05, "seconds": 1000}, ["< 1000", "< 0.05 *"]),
        "responderEndsWithin": (11, ["< 11)"]),
        "certificateEndsWithin": (12, ["< 12)"]),
        "flapping": ({"changes": 9, "window": "3h", "recent": "40m"}, [">= 9", "[3h]", "[40m]"]),
        "overdue": ({"intervals": 5, "slack": 13}, ["> 5 *", "+ 13)"]),
        "targetsLeft": (0.9, ["< 0.9 *"]),
        "holdAfterDisappearing": ("5h", ["[5h]"]),
        "holdWhileUnreachable": ("6h", ["[6h]"]),
    }
    expected = [text for _, texts in changes.values() for text in texts]
    assert [text for text in expected if text in expressions()] == []
    changed = expressions(**{name: value for name, (value, _) in changes.items()})
    assert [text for text in expected if text not in changed] == []


def test_links_come_through() -> None:
    plain = alerts()["OCSPStapleStale", "critical"]["annotations"]
    assert "dashboard_url" not in plain
    config = {"exporterUrl": "https://staples.example.org/ocsp", "grafanaUrl": "https://grafana.example.org"}
    linked = alerts(**config)
    ours = linked["OCSPStapleStale", "critical"]["annotations"]
    assert ours["runbook_url"] == "https://staples.example.org/ocsp/runbooks/OCSPStapleStale"
    assert "https://staples.example.org/ocsp/?q={{ $labels.target | urlquery }}" in ours["exporter_url"]
    assert ours["dashboard_url"].startswith("https://grafana.example.org/d/ocsp-staple-endpoint?var-target=")
    exporters = linked["OCSPStapleExporterDown", "critical"]["annotations"]
    assert exporters["dashboard_url"].startswith("https://grafana.example.org/d/ocsp-staple-exporter?var-job=")
    elsewhere = alerts(**config, runbookBaseUrl="https://wiki.example.org/r")["OCSPStapleStale", "critical"]
    assert elsewhere["annotations"]["runbook_url"] == "https://wiki.example.org/r/OCSPStapleStale"


def test_an_alert_can_be_left_out() -> None:
    left = {name for name, _ in alerts(disabledAlerts=["OCSPStapleExpiringSoon"])}
    assert {name for name, _ in alerts()} - left == {"OCSPStapleExpiringSoon"}


def test_the_interval_comes_through() -> None:
    assert {group["interval"] for group in groups_of(evaluationInterval="30s")} == {"30s"}


@real_server
@with_promtool
def test_changed_rules_work(tmp_path: Path) -> None:
    config = {"upSelector": 'job="tls"', "selector": 'job="tls"', "alerts": {"OCSPStapleMissing": {"for": "3m"}}}
    story = Story(tmp_path, written(tmp_path, **config))
    missing = f"OCSPStapleMissing warning {WWW}"
    story.during(3, exporter({WWW: WITHOUT_STAPLE}, job="tls")).firing()
    story.during(1, exporter({WWW: WITHOUT_STAPLE}, job="tls")).firing(missing)
    story.during(6, down(job="tls")).firing(missing, "OCSPStapleExporterDown critical")
    story.during(1, exporter({WWW: SOUND}, job="tls")).firing()
    story.holds()


# What docs/alerts.md shows.


def example(language: str, containing: str) -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", ALERTS_PAGE, re.DOTALL)
    return next(block for block in blocks if containing in block)


@real_server
@with_promtool
def test_the_example_in_jsonnet_makes_good_rules(tmp_path: Path) -> None:
    source = example("jsonnet", "_config").replace("'mixin/", f"'{ROOT}/dashboards/mixin/")
    path = tmp_path / "rules.yaml"
    path.write_text(build_rules().evaluate(source))  # JSON is YAML
    made = path.read_text()
    assert "OCSPStapleRefreshOverdue" not in made
    assert "https://wiki.example.org/ocsp/OCSPStapleStale" in made
    result = promtool("check", "rules", "--lint=all", "--lint-fatal", path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_example_with_sed_sets_every_runbook(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES.read_text())
    subprocess.run(["sh", "-c", example("sh", "sed")], cwd=tmp_path, check=True)
    rules = yaml.safe_load(path.read_text())["groups"][1]["rules"]
    assert [rule["annotations"]["runbook_url"] for rule in rules] == [
        f"https://wiki.example.org/ocsp/{rule['alert']}" for rule in rules
    ]


@real_server
@with_promtool
@pytest.mark.parametrize("containing", ["rule_files", "metrics_path"])
def test_the_examples_for_prometheus_are_good(tmp_path: Path, containing: str) -> None:
    (tmp_path / "rules.yaml").write_text(RULES.read_text())
    path = tmp_path / "prometheus.yml"
    path.write_text(example("yaml", containing))
    result = promtool("check", "config", path)
    assert result.returncode == 0, result.stdout + result.stderr
