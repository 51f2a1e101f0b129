"""The kinds of panels that the dashboards are made of, each with this project's defaults.

Every panel has an id of its own that stays when others come and go: links and alerts name it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as words
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    ValueMapping,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.generate.looks import NEUTRAL, Steps, absent, colour, named, thresholds
from dashboards.generate.variables import DATASOURCE

BY_THRESHOLD = dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS)
BY_SERIES = dashboard.FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC)

Panel = TypeVar("Panel", stat.Panel, bargauge.Panel, timeseries.Panel, statetimeline.Panel, table.Panel)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a panel stands and what explains it."""

    id: int
    title: str
    description: str
    width: int
    """Of 24 columns."""

    height: int = 8


def over_time(*expressions: tuple[str, str]) -> list[prometheus.Dataquery]:
    """Queries over the dashboard's time, each with the names of its series."""
    return [_query(index, *one).range() for index, one in enumerate(expressions)]


def now(*expressions: tuple[str, str]) -> list[prometheus.Dataquery]:
    """Queries at the end of the dashboard's time."""
    return [_query(index, *one).instant() for index, one in enumerate(expressions)]


def rows(*expressions: str) -> list[prometheus.Dataquery]:
    """Queries at the end of the dashboard's time, their labels as columns."""
    return [_query(index, one, "").instant().format(PromQueryFormat.TABLE) for index, one in enumerate(expressions)]


def number(
    place: Place,
    queries: list[prometheus.Dataquery],
    *,
    unit: str = "short",
    steps: Steps = NEUTRAL,
    mappings: Sequence[ValueMapping] = (),
) -> stat.Panel:
    """One number, its background coloured by thresholds or mappings where there are any."""
    plain = words.BigValueColorMode.NONE
    panel = (
        stat.Panel()
        .graph_mode(words.BigValueGraphMode.NONE)
        .color_mode(plain if steps is NEUTRAL and not mappings else words.BigValueColorMode.BACKGROUND_SOLID)
        .justify_mode(words.BigValueJustifyMode.CENTER)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(BY_THRESHOLD)
        .thresholds(thresholds(steps))
        .mappings([*mappings])
        .no_value("no data")
        .unit(unit)
    )
    if unit in {"s", "percentunit"}:
        panel.decimals(1)
    return _placed(panel, place, queries)


def bars(
    place: Place, queries: list[prometheus.Dataquery], *, unit: str = "short", steps: Steps = NEUTRAL
) -> bargauge.Panel:
    """One horizontal bar for each series."""
    panel = (
        bargauge.Panel()
        .orientation(words.VizOrientation.HORIZONTAL)
        .display_mode(words.BarGaugeDisplayMode.BASIC)
        .value_mode(words.BarGaugeValueMode.TEXT)
        .name_placement(words.BarGaugeNamePlacement.LEFT)
        .sizing(words.BarGaugeSizing.MANUAL)
        .min_viz_height(16)
        .max_viz_height(28)
        .color_scheme(BY_THRESHOLD)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(thresholds(steps))
        .min(0)
        .unit(unit)
    )
    return _placed(panel, place, queries)


def lines(place: Place, queries: list[prometheus.Dataquery], *, unit: str = "short") -> timeseries.Panel:
    """Lines over time."""
    legend = common.VizLegendOptions().show_legend(show_legend=True).display_mode(words.LegendDisplayMode.LIST)
    panel = (
        timeseries.Panel()
        .color_scheme(BY_SERIES)
        .line_width(1)
        .fill_opacity(8)
        .show_points(words.VisibilityMode.NEVER)
        .tooltip(common.VizTooltipOptions().mode(words.TooltipDisplayMode.MULTI).sort(words.SortOrder.DESCENDING))
        .legend(legend.placement(words.LegendPlacement.BOTTOM))
        .unit(unit)
    )
    return _placed(panel, place, queries)


def stacked(panel: timeseries.Panel) -> timeseries.Panel:
    """The series on top of each other."""
    mode = common.StackingConfig().mode(words.StackingMode.NORMAL)
    return panel.stacking(mode).fill_opacity(70).line_width(0).min(0)


def timeline(
    place: Place,
    queries: list[prometheus.Dataquery],
    *,
    steps: Steps,
    mappings: Sequence[ValueMapping],
    per_page: int = 25,
) -> statetimeline.Panel:
    """One bar of states over time for each series."""
    panel = (
        statetimeline.Panel()
        .merge_values(merge_values=True)
        .show_value(words.VisibilityMode.AUTO)
        .row_height(0.85)
        .fill_opacity(85)
        .line_width(0)
        .per_page(per_page)
        .legend(common.VizLegendOptions().show_legend(show_legend=False))
        .color_scheme(BY_THRESHOLD)
        .thresholds(thresholds(steps))
        .mappings([*mappings])
        .unit("none")
    )
    return _placed(panel, place, queries)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    width: int | None = None
    looks: tuple[DynamicConfigValue, ...] = ()


def grid(
    place: Place,
    queries: list[prometheus.Dataquery],
    columns: Mapping[str, Column],
    *,
    key: str,
    sort: Sequence[tuple[str, bool]] = (),
) -> table.Panel:
    """A table with one row for each value of the label `key`.

    `columns`: by field, in order: a label, or `Value #A` for the first query. `sort`: titles, and whether
    the largest comes first.
    """
    panel = (
        table.Panel()
        .transformations(_join(columns, key))
        .sort_by([common.TableSortByFieldState().display_name(title).desc(descending) for title, descending in sort])
        .color_scheme(BY_THRESHOLD)
        .cell_height(words.TableCellHeight.SM)
        .unit("none")
    )
    for field, column in columns.items():
        width = (DynamicConfigValue("custom.width", column.width),) if column.width else ()
        text = () if field.startswith("Value #") else (DynamicConfigValue("unit", "string"),)  # "1.3" is no number
        panel.override_by_name(column.title, [*width, *text, *column.looks])
    return _placed(panel, place, queries)


def gauge_cell(unit: str, steps: Steps, largest: float) -> tuple[DynamicConfigValue, ...]:
    """A number as a bar from 0 to `largest`, coloured by thresholds."""
    options = {"type": "gauge", "mode": "basic", "valueDisplayMode": "color"}
    return (
        *coloured(unit, steps),
        DynamicConfigValue("custom.cellOptions", options),
        DynamicConfigValue("min", 0),
        DynamicConfigValue("max", largest),
    )


def coloured(unit: str, steps: Steps) -> tuple[DynamicConfigValue, ...]:
    """A number in the colour of its threshold."""
    return (
        *measured(unit),
        DynamicConfigValue("thresholds", thresholds(steps).build()),
        DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
    )


def measured(unit: str) -> tuple[DynamicConfigValue, ...]:
    """A number in a unit; a dash where there is none."""
    return (
        DynamicConfigValue("unit", unit),
        DynamicConfigValue("decimals", 1),
        DynamicConfigValue("mappings", [absent("-")]),
    )


def said(mappings: Sequence[ValueMapping]) -> tuple[DynamicConfigValue, ...]:
    """A number shown as a word in its colour; a dash where there is none."""
    return (
        DynamicConfigValue("mappings", [*mappings, absent("-")]),
        DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
    )


def worded(mappings: Sequence[ValueMapping]) -> tuple[DynamicConfigValue, ...]:
    """A number shown as a word on its colour."""
    return (
        DynamicConfigValue("mappings", [*mappings]),
        DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
    )


def leading_to(*links: dict[str, object]) -> DynamicConfigValue:
    return DynamicConfigValue("links", [*links])


def paint(panel: Panel, colours: Mapping[str, str]) -> Panel:
    """Give series, by their names, a colour."""
    for series, name in colours.items():
        panel.override_by_name(series, [colour(name)])
    return panel


def rename(panel: Panel, titles: Mapping[str, str]) -> Panel:
    """Give series, by their names, a title."""
    for series, title in titles.items():
        panel.override_by_name(series, [named(title)])
    return panel


def _join(columns: Mapping[str, Column], key: str) -> list[DataTransformerConfig]:
    titles = {field: column.title for field, column in columns.items()}
    order = {title: index for index, title in enumerate(titles)}
    return [
        DataTransformerConfig("joinByField", options={"byField": key, "mode": "outer"}),
        DataTransformerConfig("filterFieldsByName", options={"include": {"names": [*titles]}}),
        DataTransformerConfig("organize", options={"excludeByName": {}, "indexByName": order, "renameByName": titles}),
    ]


def _query(index: int, expression: str, legend: str) -> prometheus.Dataquery:
    letter = chr(ord("A") + index)
    return prometheus.Dataquery().ref_id(letter).datasource(DATASOURCE).expr(expression).legend_format(legend)


def _placed(panel: Panel, place: Place, queries: list[prometheus.Dataquery]) -> Panel:
    panel.id(place.id).title(place.title).description(place.description).datasource(DATASOURCE)
    panel.span(place.width).height(place.height)
    for query in queries:
        panel.with_target(query)
    return panel
