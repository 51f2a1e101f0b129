"""Units, colours and texts that panels share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DashboardSpecialValueMapOptions,
    DynamicConfigValue,
    SpecialValueMap,
    SpecialValueMatch,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

from dashboards.generate.states import STATES

HOUR = 3600
DAY = 24 * HOUR

Steps = Sequence[tuple[float | None, str]]
"""Thresholds: from which value on, which colour; None is the least."""

NEUTRAL: Steps = [(None, "text")]
NONE_IS_GOOD: Steps = [(None, "green"), (1, "red")]
FEW_ARE_TOLERABLE: Steps = [(None, "green"), (1, "yellow")]
TIME_LEFT: Steps = [(None, "dark-red"), (0, "red"), (6 * HOUR, "orange"), (DAY, "green")]
CERTIFICATE_LEFT: Steps = [(None, "dark-red"), (0, "red"), (7 * DAY, "orange"), (21 * DAY, "green")]
VALIDITY_USED: Steps = [(None, "green"), (0.6, "yellow"), (0.8, "orange"), (1, "dark-red")]
STATE_COLOURS: Steps = [(None, STATES[0].colour), *((state.number, state.colour) for state in STATES[1:])]


def thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    return (
        dashboard.ThresholdsConfig()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(value, colour) for value, colour in steps])
    )


def texts(of: Mapping[float, tuple[str, str]]) -> list[ValueMapping]:
    """Show values as text in a colour."""
    results = {
        f"{value:g}": ValueMappingResult(text=text, color=colour, index=index)
        for index, (value, (text, colour)) in enumerate(of.items())
    }
    return [ValueMap(results)]


def state_texts() -> list[ValueMapping]:
    return texts({state.number: (state.text, state.colour) for state in reversed(STATES)})


def absent(text: str) -> ValueMapping:
    """What to show where the wire carried no value."""
    return SpecialValueMap(
        DashboardSpecialValueMapOptions(
            match=SpecialValueMatch.NULL_AND_NAN, result=ValueMappingResult(text=text, color="text", index=100)
        )
    )


def colour(name: str) -> DynamicConfigValue:
    return DynamicConfigValue("color", {"mode": "fixed", "fixedColor": name})


def named(text: str) -> DynamicConfigValue:
    return DynamicConfigValue("displayName", text)


def link(title: str, url: str, *, new_tab: bool = False) -> dict[str, object]:
    """A data link, as the value of an override."""
    return {"title": title, "url": url, "targetBlank": new_tab}


def to_endpoint(target: str) -> dict[str, object]:
    """To the dashboard about one target. `target`: a variable of Grafana's that holds its name."""
    kept = "${datasource:queryparam}&${job:queryparam}&${exporter:queryparam}&${__url_time_range}"
    return link("Show this target", f"/d/ocsp-staple-endpoint?var-target={target}&{kept}")


def to_exporters_page(target: str) -> dict[str, object]:
    return link("Why? The exporter's page", f"${{exporter}}/?q={target}", new_tab=True)


def to_runbook(slug: str) -> dict[str, object]:
    """`slug`: a variable of Grafana's that holds it."""
    return link("Runbook", f"${{exporter}}/runbooks/{slug}", new_tab=True)


def menu() -> list[dashboard.DashboardLink]:
    """The links on top of each dashboard: to the others, to the exporter and to its runbooks."""
    others = (
        dashboard.DashboardLink("OCSP stapling")
        .type(DashboardLinkType.DASHBOARDS)
        .tags(["ocsp-staple-exporter"])
        .as_dropdown(as_dropdown=False)
        .include_vars(include_vars=True)
        .keep_time(keep_time=True)
    )
    return [
        others,
        _outside("Exporter's pages", "${exporter}/", "Every endpoint with what its last probe saw, and why it is ill."),
        _outside("Runbooks", "${exporter}/runbooks/", "What each alert means, how to confirm it and how to mend it."),
    ]


def _outside(title: str, url: str, tooltip: str) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink(title)
        .type(DashboardLinkType.LINK)
        .icon("external link")
        .url(url)
        .tooltip(tooltip)
        .target_blank(target_blank=True)
    )
