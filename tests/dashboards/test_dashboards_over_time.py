"""Days of data, made with promtool and asked with the dashboards' own expressions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from dashboards.generate.states import GOOD, INVALID, MISSING, REVOKED, UNREACHABLE
from ocsp_staple_exporter.lab.prometheus import Prometheus, prometheus
from tests.dashboards.board_reader import EVERYTHING, GLOBALS, models, queries, substitute
from tests.dashboards.made_past import PAST, TEAMS, write_blocks

pytestmark = [
    pytest.mark.real_server,
    pytest.mark.usefixtures("needs_prometheus"),
    pytest.mark.asyncio(loop_scope="module"),
]

MODELS = models()
DAYS = timedelta(days=2)
STEP = timedelta(minutes=4)
"""Less than what Prometheus looks back, so that there are no gaps."""

END = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)

Line = list[tuple[float, float]]
"""Hours before the end, and values."""


@dataclass(frozen=True, slots=True)
class Past:
    server: Prometheus
    http: aiohttp.ClientSession

    async def lines(self, uid: str, panel: str, label: str, /, **variables: str) -> dict[str, Line]:
        """What the first query of a panel shows over the days, by the values of a label."""
        expression = next(query.expression for query in queries(MODELS[uid]) if query.panel == panel)
        asked = {
            "query": substitute(expression, {**EVERYTHING, **GLOBALS, **variables}),
            "start": str((END - DAYS).timestamp()),
            "end": str(END.timestamp()),
            "step": "10m",
        }
        async with self.http.get(f"{self.server.url}/api/v1/query_range", params=asked) as response:
            answer = await response.json()
        assert answer["status"] == "success", answer
        return {
            series["metric"].get(label, ""): [
                ((END.timestamp() - time) / 3600, float(value)) for time, value in series["values"]
            ]
            for series in answer["data"]["result"]
        }

    async def at_the_end(self, uid: str, panel: str, label: str, variables: Mapping[str, str]) -> dict[str, float]:
        """What the first query of a panel shows when the past ends, by the values of a label."""
        expression = next(query.expression for query in queries(MODELS[uid]) if query.panel == panel)
        asked = {"query": substitute(expression, {**EVERYTHING, **GLOBALS, **variables}), "time": str(END.timestamp())}
        async with self.http.get(f"{self.server.url}/api/v1/query", params=asked) as response:
            found = (await response.json())["data"]["result"]
        return {series["metric"].get(label, ""): float(series["value"][1]) for series in found}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, needs_prometheus: None) -> Path:
    """A directory for Prometheus in which the past already stands."""
    assert needs_prometheus is None
    directory = tmp_path_factory.mktemp("past")
    write_blocks(directory, END - DAYS, END, STEP, (("job", "ocsp-staple"), ("instance", "exporter:10627")))
    return directory


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def past(data: Path) -> AsyncIterator[Past]:
    async with prometheus([], data) as server, aiohttp.ClientSession() as http:
        yield Past(server, http)


def states_between(line: Line, begin: float, end: float) -> set[float]:
    """The states from some hours before the end to some others."""
    return {value for hours, value in line if begin > hours > end}


async def test_a_timeline_shows_when_each_target_fell_ill(past: Past) -> None:
    lines = await past.lines("ocsp-staple-fleet", "States over time", "target")
    assert lines.keys() == PAST.keys()
    assert states_between(lines["revoked.test"], 48, 20.2) == {GOOD.number}
    assert states_between(lines["revoked.test"], 19.9, 0) == {REVOKED.number}
    assert states_between(lines["bad-signature.test"], 15.9, 0) == {INVALID.number}
    assert states_between(lines["closed-port.test"], 4.9, 0) == {UNREACHABLE.number}
    assert states_between(lines["healthy-rsa.test"], 39.9, 38.6) == {UNREACHABLE.number}
    assert {GOOD.number, MISSING.number} <= states_between(lines["no-staple.test"], 43.9, 30.1)


async def test_counts_of_states_add_up_to_the_targets_at_every_moment(past: Past) -> None:
    lines = await past.lines("ocsp-staple-fleet", "Targets by state", "state")
    by_hour: dict[float, float] = {}
    for line in lines.values():
        for hours, count in line:
            by_hour[hours] = by_hour.get(hours, 0) + count
    assert set(by_hour.values()) == {len(PAST)}
    assert len(by_hour) > 280


async def test_validity_used_falls_with_each_refresh_and_rises_where_there_is_none(past: Past) -> None:
    lines = await past.lines("ocsp-staple-fleet", "Validity used, the ten that used most", "target")
    stale = [value for _, value in lines["stale.test"]]
    assert stale == sorted(stale)
    assert min(stale) > 1
    age = (await past.lines("ocsp-staple-endpoint", "Age and time left", "none", target="healthy-ecdsa.test"))[""]
    assert max(value for _, value in age) < 13 * 3600
    assert sum(later < sooner for (_, sooner), (_, later) in pairwise(age)) == 4


async def test_findings_have_a_line_each(past: Past) -> None:
    lines = await past.lines("ocsp-staple-endpoint", "Findings over time", "reason", target="expiring-soon.test")
    assert lines.keys() == {"refresh_overdue"}
    assert states_between(lines["refresh_overdue"], 45.9, 0) == {1}


async def test_the_validity_window_has_a_step_for_each_refresh(past: Past) -> None:
    (line,) = (await past.lines("ocsp-staple-endpoint", "Validity window", "none", target="delegated.test")).values()
    assert len({value for _, value in line}) == 5
    choice = {"target": "delegated.test", "__range": "2d"}
    assert await past.at_the_end("ocsp-staple-endpoint", "Refreshes", "none", choice) == {"": 4}
    never = choice | {"target": "stale.test"}
    assert await past.at_the_end("ocsp-staple-endpoint", "Refreshes", "none", never) == {"": 0}


async def test_ended_probes_are_a_rate_by_result(past: Past) -> None:
    lines = await past.lines("ocsp-staple-exporter", "Probes by result", "result", __rate_interval="16m")
    assert lines.keys() == {"success", "failure"}
    assert max(value for _, value in lines["success"]) == pytest.approx(14 / STEP.total_seconds())
    assert max(value for _, value in lines["failure"]) == pytest.approx(1 / STEP.total_seconds())


async def test_targets_are_grouped_and_filtered_by_the_label_that_somebody_chooses(past: Past) -> None:
    teams = {team: len(targets) for team, targets in TEAMS.items()}
    every = await past.at_the_end("ocsp-staple-fleet", "By $label", "team", {"label": "team"})
    assert every == teams
    one = await past.at_the_end("ocsp-staple-fleet", "By $label", "team", {"label": "team", "value": "mail"})
    assert one == {"mail": teams["mail"]}
    without = await past.at_the_end("ocsp-staple-fleet", "By $label", "owner", {"label": "owner"})
    assert without == {"": len(PAST)}
