"""The variables on top of the dashboards."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")

ALL = VariableOption(selected=True, text=["All"], value=["$__all"])

WINDOWS = {
    "1 hour": 3600,
    "6 hours": 21600,
    "12 hours": 43200,
    "1 day": 86400,
    "2 days": 172800,
    "3 days": 259200,
    "1 week": 604800,
}
"""Text and seconds."""


def datasource() -> dashboard.DatasourceVariable:
    return (
        dashboard.DatasourceVariable("datasource")
        .label("Data source")
        .type("prometheus")
        .current(VariableOption(text="default", value="default"))
    )


def label_values(name: str, label: str, series: str, of: str) -> dashboard.QueryVariable:
    """The values of a label: any number of them, all at first."""
    return (
        _query(name, label, f"label_values({series}, {of})")
        .multi(multi=True)
        .include_all(include_all=True)
        .current(ALL)
    )


def job(series: str) -> dashboard.QueryVariable:
    """All stands for the jobs listed, not for every job: `up` must not be asked about strangers."""
    return label_values("job", "Job", series, "job").description("Of Prometheus's scrape configuration.")


def targets() -> dashboard.QueryVariable:
    return (
        label_values("target", "Target", 'ocsp_staple_probe_success{job=~"$job"}', "target")
        .all_value(".+")
        .description("Entries of the exporter's list, or what /probe is asked about.")
    )


def target() -> dashboard.QueryVariable:
    """One target."""
    return (
        _query("target", "Target", 'label_values(ocsp_staple_probe_success{job=~"$job"}, target)')
        .allow_custom_value(allow_custom_value=False)  # "All", as the other dashboards say, is none
        .description("The target that this dashboard is about.")
    )


def part(label: str, name: str) -> dashboard.QueryVariable:
    """A label that only endpoints of a fan-out have."""
    return (
        label_values(label, name, 'ocsp_staple_probe_success{job=~"$job",target="$target"}', label)
        .all_value(".*")
        .description("All includes endpoints without it.")
    )


def instances() -> dashboard.QueryVariable:
    return (
        label_values("instance", "Instance", 'ocsp_staple_exporter_build_info{job=~"$job"}', "instance")
        .all_value(".+")
        .description("Exporters.")
    )


def chosen_label() -> dashboard.QueryVariable:
    """The name of a label to group and to filter by."""
    return (
        _query("label", "Label", "label_names(ocsp_staple_probe_success)")
        .regex("/^(?!__name__$|target$).+/")
        .current(VariableOption(text="job", value="job"))
        .description("A label of the series, for instance a team's: to filter by and to group by.")
    )


def values_of_chosen_label() -> dashboard.QueryVariable:
    return (
        label_values("value", "Value", 'ocsp_staple_probe_success{job=~"$job"}', "$label")
        .all_value(".*")
        .description("Values of the label; All includes targets without it.")
    )


def window() -> dashboard.CustomVariable:
    options = [
        VariableOption(selected=text == "1 day", text=text, value=str(seconds)) for text, seconds in WINDOWS.items()
    ]
    return (
        dashboard.CustomVariable("window")
        .label("Window")
        .values(", ".join(f"{text} : {seconds}" for text, seconds in WINDOWS.items()))
        .options(options)
        .current(VariableOption(selected=True, text="1 day", value=str(WINDOWS["1 day"])))
        .description("How soon a staple must become stale to be counted as expiring.")
    )


def exporter() -> dashboard.TextBoxVariable:
    """Where a browser finds the exporter's pages."""
    address = "http://localhost:10627"
    return (
        dashboard.TextBoxVariable("exporter")
        .label("Exporter's pages")
        .default_value(address)
        .current(VariableOption(text=address, value=address))
        .options([VariableOption(selected=True, text=address, value=address)])
        .description("The exporter's URL as your browser reaches it: links lead there.")
    )


def _query(name: str, label: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({"query": query, "refId": f"variable-{name}"})
        .definition(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )
