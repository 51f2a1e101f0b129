"""The committed dashboards are what the generator makes, and what Grafana can import and provision."""

from __future__ import annotations

import re

import pytest

from dashboards.generate.boards import BOARDS
from dashboards.generate.runbooks import OF_ERRORS, OF_PROBE_ERRORS, OF_WARNINGS
from dashboards.generate.states import STATES
from ocsp_staple_exporter.diagnosis import RANKS, State
from tests.dashboards.board_reader import DIRECTORY, FILES, Model, models, panels

MODELS = models()
RUNBOOKS = DIRECTORY.parent / "docs" / "runbooks"


@pytest.fixture(params=list(MODELS.values()), ids=list(MODELS))
def model(request: pytest.FixtureRequest) -> Model:
    chosen: Model = request.param
    return chosen


@pytest.mark.parametrize("name", BOARDS)
def test_the_committed_file_is_current(name: str) -> None:
    committed = (DIRECTORY / name).read_text()
    assert committed == BOARDS[name].to_json(), "make it anew: python -m dashboards.generate"


def test_no_file_is_left_over() -> None:
    assert {file.name for file in FILES} == set(BOARDS)


def test_what_an_installation_gives_is_left_to_it(model: Model) -> None:
    assert model.keys().isdisjoint({"id", "version", "__inputs", "__requires", "__elements"})
    assert "${DS_" not in str(model)


def test_the_uid_is_one_that_grafana_takes(model: Model) -> None:
    assert re.fullmatch(r"[a-z-]{1,40}", model["uid"])


def test_panels_have_ids_of_their_own(model: Model) -> None:
    ids = [panel["id"] for panel in model["panels"]]
    assert len(set(ids)) == len(ids)
    assert all(number > 0 for number in ids)


def test_panels_stand_side_by_side_and_fill_their_rows(model: Model) -> None:
    places = [panel["gridPos"] for panel in model["panels"]]
    cells = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(cells)) == len(cells), "panels overlap"
    assert len(cells) == 24 * (max(y for _, y in cells) + 1), "panels leave holes"


def test_links_between_dashboards_keep_time_and_variables(model: Model) -> None:
    others = next(link for link in model["links"] if link["type"] == "dashboards")
    assert others["keepTime"]
    assert others["includeVars"]
    assert set(others["tags"]) <= set(model["tags"])


def test_links_of_panels_lead_to_dashboards_that_exist() -> None:
    uids = set(re.findall(r"/d/([\w-]+)", str(MODELS)))
    assert uids
    assert uids <= MODELS.keys()


def test_links_name_fields_and_variables_that_exist(model: Model) -> None:
    known = {variable["name"] for variable in model["templating"]["list"]} | {"__url_time_range", "__value", "__field"}
    for panel in panels(model):
        columns = {column["matcher"]["options"] for column in panel["fieldConfig"]["overrides"]}
        for url in re.findall(r"'url': '([^']*)'", str(panel)):
            for name, rest in re.findall(r"\$\{(\w+)([^}]*)\}", url):
                assert name in known or (name == "__data" and rest.removeprefix(".fields.") in columns), url


def test_reasons_lead_to_runbooks_that_exist() -> None:
    slugs = {*OF_ERRORS.values(), *OF_PROBE_ERRORS.values(), *OF_WARNINGS.values(), "README"}
    assert slugs <= {file.stem for file in RUNBOOKS.glob("*.md")}


def test_states_are_those_of_the_exporters_pages_in_the_same_order() -> None:
    ranked = sorted((state for state in State if state is not State.WAITING), key=lambda state: RANKS[state])
    assert [state.word for state in reversed(STATES)] == [state.value for state in ranked]


def test_panels_that_show_states_name_each_of_them() -> None:
    texts = {panel["title"]: str(panel["fieldConfig"]) for panel in panels(MODELS["ocsp-staple-fleet"])}
    for title in ("Targets by state", "Worst first", "States over time"):
        assert all(state.text in texts[title] for state in STATES), title
