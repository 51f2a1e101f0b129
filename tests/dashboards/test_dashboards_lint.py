"""The rules of grafana/dashboard-linter, which cannot be installed everywhere, by its names."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ocsp_staple_exporter.lab.process import find_program
from tests.dashboards.board_reader import (
    DIRECTORY,
    EVERYTHING,
    GLOBALS,
    SELECTOR,
    Model,
    models,
    panels,
    queries,
    substitute,
    variables,
)

MODELS = models()
EXCLUSIONS: dict[str, Any] = yaml.safe_load((DIRECTORY / ".lint").read_text())["exclusions"]

UNITS = {"none", "string", "short", "percentunit", "bytes", "s", "ops", "dateTimeAsIso"}
"""Those of Grafana's units that the dashboards use."""

REFRESH_ON_TIME_RANGE_CHANGE = 2


@pytest.fixture(params=list(MODELS.values()), ids=list(MODELS))
def model(request: pytest.FixtureRequest) -> Model:
    chosen: Model = request.param
    return chosen


def excluded(rule: str, model: Model) -> bool:
    entries = EXCLUSIONS.get(rule, {}).get("entries")
    return rule in EXCLUSIONS and (entries is None or model["title"] in {entry["dashboard"] for entry in entries})


def variable(model: Model, name: str) -> Model | None:
    return next((one for one in variables(model) if one["name"] == name), None)


def test_each_exclusion_has_a_reason_and_names_dashboards_that_exist() -> None:
    titles = {model["title"] for model in MODELS.values()}
    for exclusion in EXCLUSIONS.values():
        assert exclusion["reason"]
        assert {entry["dashboard"] for entry in exclusion.get("entries", [])} <= titles


def test_template_datasource_rule(model: Model) -> None:
    (source,) = variables(model, "datasource")
    assert (source["name"], source["label"], source["query"]) == ("datasource", "Data source", "prometheus")


def test_template_job_rule(model: Model) -> None:
    job = variable(model, "job")
    assert job is not None
    assert (job["label"], job["type"], job["multi"], job["includeAll"]) == ("Job", "query", True, True)
    assert excluded("template-job-rule", model)
    assert "allValue" not in job


def test_template_instance_rule(model: Model) -> None:
    instance = variable(model, "instance")
    if excluded("template-instance-rule", model):
        assert instance is None
        return
    assert instance is not None
    assert (instance["label"], instance["multi"], instance["allValue"]) == ("Instance", True, ".+")


def test_template_label_promql_rule(model: Model) -> None:
    for one in variables(model, "query"):
        assert re.fullmatch(r"label_values\([\w:]*(\{[^}]*\})?, \$?\w+\)|label_names\([\w:]+\)", one["query"]["query"])


def test_template_on_time_change_reload_rule(model: Model) -> None:
    for one in variables(model, "query"):
        assert one["refresh"] == REFRESH_ON_TIME_RANGE_CHANGE
        assert one["datasource"]["uid"] == "${datasource}"


def test_template_unused_rule(model: Model) -> None:
    for one in variables(model):
        assert re.search(rf"\$({one['name']}\b|\{{{one['name']}\b)", str(model)), one["name"]


def test_panel_datasource_rule(model: Model) -> None:
    for panel in panels(model):
        for asking in (panel, *panel["targets"]):
            assert asking["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_panel_title_description_rule(model: Model) -> None:
    for panel in panels(model):
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]


def test_panel_units_rule(model: Model) -> None:
    for panel in panels(model):
        overrides = panel["fieldConfig"].get("overrides", [])
        given = [one["value"] for override in overrides for one in override["properties"] if one["id"] == "unit"]
        assert {panel["fieldConfig"]["defaults"]["unit"], *given} <= UNITS, panel["title"]


def test_panel_no_targets_rule(model: Model) -> None:
    for panel in panels(model):
        letters = [target["refId"] for target in panel["targets"]]
        assert letters
        assert len(set(letters)) == len(letters)


@pytest.mark.real_server
@pytest.mark.usefixtures("needs_prometheus")
def test_target_promql_rule(model: Model, tmp_path: Path) -> None:
    expressions = [substitute(query.expression, EVERYTHING | GLOBALS) for query in queries(model)]
    rules = [{"record": "a:b", "labels": {"n": str(n)}, "expr": one} for n, one in enumerate(expressions)]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))
    checked = subprocess.run(
        [find_program("promtool", package="prometheus"), "check", "rules", file],
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr


def test_target_rate_interval_rule(model: Model) -> None:
    for query in queries(model):
        for window in re.findall(r"i?rate\([^[]*\[([^\]]*)\]", query.expression):
            assert window == "$__rate_interval", query.name


def test_target_job_rule(model: Model) -> None:
    for query in queries(model):
        for selector in SELECTOR.finditer(query.expression):
            assert 'job=~"$job"' in selector["matchers"], query.name


def test_target_instance_rule(model: Model) -> None:
    instead = {"ocsp-staple-fleet": 'target=~"$target"', "ocsp-staple-endpoint": 'target="$target"'}
    assert excluded("target-instance-rule", model) == (model["uid"] in instead)
    for query in queries(model):
        for selector in SELECTOR.finditer(query.expression):
            if selector["metric"] != "up" or model["uid"] not in instead:
                assert instead.get(model["uid"], 'instance=~"$instance"') in selector["matchers"], query.name


def test_every_series_is_named_with_matchers(model: Model) -> None:
    """So that the rules above see all of them."""
    for query in queries(model):
        rest = SELECTOR.sub("", query.expression)
        assert not re.search(r"\b(ocsp_staple|process|up\b|scrape)", rest), query.name


def test_target_counter_agg_rule(model: Model) -> None:
    for query in queries(model):
        for counter in re.finditer(r"(\w*)\(?\b\w+_total\{", query.expression):
            assert counter[1] in {"rate", "increase"}, query.name


def test_uneditable_dashboard_rule(model: Model) -> None:
    assert model["editable"] is False
