"""A whole dashboard: what all of them have in common."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import bargauge, dashboard, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync

from dashboards.generate.looks import menu

AnyPanel = stat.Panel | bargauge.Panel | timeseries.Panel | statetimeline.Panel | table.Panel
AnyVariable = (
    dashboard.DatasourceVariable | dashboard.QueryVariable | dashboard.CustomVariable | dashboard.TextBoxVariable
)

TAG = "ocsp-staple-exporter"
"""By this the dashboards find each other."""


@dataclass(frozen=True, slots=True)
class Section:
    """Panels under a heading; the first section of a dashboard has none."""

    panels: Sequence[AnyPanel]
    id: int = 0
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    uid: str
    title: str
    description: str
    variables: Sequence[AnyVariable]
    sections: Iterable[Section]
    since: str = "now-24h"

    def to_json(self) -> str:
        """The classic model of Grafana, without what an installation adds: id and version."""
        model = json.loads(json.dumps(self._build(), cls=JSONEncoder))
        for link in model["links"]:
            del link["placement"]  # the SDK would hide links in a menu that only the newest Grafana has
        return json.dumps(model, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    def _build(self) -> object:
        builder = (
            dashboard.Dashboard(self.title)
            .uid(self.uid)
            .description(self.description)
            .tags([TAG])
            .readonly()
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .time(self.since, "now")
            .timezone("browser")
            .refresh("1m")
            .variables([*self.variables])
            .annotations([])
            .links([*menu()])
        )
        for section in self.sections:
            if section.heading:
                builder.with_row(dashboard.Row(section.heading).id(section.id))
            for panel in section.panels:
                builder.with_panel(panel)
        return builder.build()
