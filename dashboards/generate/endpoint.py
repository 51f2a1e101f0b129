"""The dashboard about one target: what is so now, since when, and what its server did about it."""

from __future__ import annotations

from collections.abc import Iterator

from grafana_foundation_sdk.models import common as words
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from dashboards.generate import promql, variables
from dashboards.generate.board import AnyPanel, Board, Section
from dashboards.generate.endpoint_facts import facts, probes
from dashboards.generate.looks import (
    CERTIFICATE_LEFT,
    STATE_COLOURS,
    TIME_LEFT,
    VALIDITY_USED,
    state_texts,
    texts,
    to_runbook,
)
from dashboards.generate.panels import (
    Column,
    Place,
    coloured,
    grid,
    leading_to,
    lines,
    now,
    number,
    over_time,
    paint,
    rows,
    timeline,
    worded,
)
from dashboards.generate.states import NOT_DUE

PARTS = ("address", "key_type", "tls_version")
"""The labels that tell the endpoints of a target apart, where its module fans it out."""

SHOWN = promql.Endpoints(",".join(('job=~"$job",target="$target"', *(f'{label}=~"${label}"' for label in PARTS))))
STATE = SHOWN.state()

MILLISECONDS = 1000
"""Grafana's dates count them."""


def endpoint() -> Board:
    return Board(
        uid="ocsp-staple-endpoint",
        title="OCSP stapling / Endpoint",
        description="One target of the OCSP staple exporter: its state, its staples and their refreshes over time.",
        variables=[
            variables.datasource(),
            variables.job("ocsp_staple_probe_success"),
            variables.target(),
            variables.part("address", "Address"),
            variables.part("key_type", "Key type"),
            variables.part("tls_version", "TLS version"),
            variables.exporter(),
        ],
        sections=[
            Section([*_at_a_glance(), _parts(), *_since_when()]),
            Section(list(_staples()), 50, "Staples"),
            Section(list(facts(SHOWN)), 60, "What the server shows"),
            Section(list(probes(SHOWN)), 70, "Probes"),
        ],
        since="now-2d",
    )


def _at_a_glance() -> Iterator[AnyPanel]:
    yield number(
        Place(1, "State", "What the last probe came to.", 4, 4),
        now((STATE, "")),
        unit="none",
        mappings=state_texts(),
    )
    what = number(
        Place(2, "What is wrong", "Red: clients reject the staple, or nothing is known. Yellow: look after it.", 5, 4),
        now((promql.or_nothing(SHOWN.findings(), SHOWN.of("probe_success")), "{{reason}}")),
        unit="none",
        steps=[(None, "green"), (1, "yellow"), (2, "red")],
    )
    what.override_by_regexp("/.*/", [leading_to(to_runbook("${__field.labels.runbook}"))])
    yield what.text_mode(words.BigValueTextMode.NAME)
    yield number(
        Place(3, "Time left", "Until the staple is stale. No data: none came, or it does not say.", 4, 4),
        now((SHOWN.time_left(), "")),
        unit="s",
        steps=TIME_LEFT,
    )
    yield number(
        Place(4, "Validity used", "Part of the time from thisUpdate to nextUpdate that has passed.", 3, 4),
        now((SHOWN.validity_used(), "")),
        unit="percentunit",
        steps=VALIDITY_USED,
    )
    yield number(
        Place(5, "Certificate left", "Until the certificate itself expires.", 4, 4),
        now((SHOWN.certificate_left(), "")),
        unit="s",
        steps=CERTIFICATE_LEFT,
    )
    yield number(
        Place(6, "Last probe", "How long ago it started. All on this page is as of then.", 4, 4),
        now((SHOWN.probe_age(), "")),
        unit="s",
    )


def _parts() -> AnyPanel:
    return grid(
        Place(
            7,
            "Endpoints",
            "Each address, certificate and version that is probed by itself; one row where the module asks for none. "
            "The other panels show the worst of those that are chosen above.",
            24,
            6,
        ),
        rows(_named(SHOWN.state(*PARTS)), _named(SHOWN.time_left(*PARTS))),
        {
            "Value #A": Column("State", 160, worded(state_texts())),
            "endpoint": Column("Endpoint"),
            "Value #B": Column("Time left", 160, coloured("s", TIME_LEFT)),
        },
        key="endpoint",
        sort=[("State", True), ("Time left", False)],
    )


def _named(values: str) -> str:
    """Values of endpoints by one label, as a table has one key."""
    labels = ", ".join(f'"{label}"' for label in ("target", *PARTS))
    return f'max by (endpoint) (label_join({values}, "endpoint", " ", {labels}))'


def _since_when() -> Iterator[AnyPanel]:
    yield timeline(
        Place(10, "State over time", "A gap: nothing was known; the exporter or Prometheus did not run.", 24, 4),
        over_time((STATE, "{{target}}")),
        steps=STATE_COLOURS,
        mappings=state_texts(),
    )
    yield timeline(
        Place(
            11,
            "Findings over time",
            "One line for each reason that stood at some time, by the names of the metrics' label `reason`.",
            24,
            6,
        ),
        over_time((SHOWN.findings(), "{{reason}}")),
        steps=[(None, "yellow"), (2, "red")],
        mappings=texts({2: ("error", "red"), 1: ("warning", "yellow")}),
    )


def _staples() -> Iterator[AnyPanel]:
    this, then, made = (
        f"{MILLISECONDS} * min by (target) ({SHOWN.of(f'{name}_timestamp_seconds')})"
        for name in ("this_update", "next_update", "produced_at")
    )
    window = lines(
        Place(
            20,
            "Validity window",
            "What the served staple says, against the clock. Each step is a refresh. "
            "Where the line of the clock leaves the band, the staple is stale or not yet valid.",
            12,
            10,
        ),
        over_time(
            (this, "thisUpdate"),
            (then, "nextUpdate"),
            (made, "producedAt"),
            (f"{MILLISECONDS} * vector(time())", "the clock"),
        ),
        unit="dateTimeAsIso",
    )
    colours = {
        "nextUpdate": "green",
        "thisUpdate": "blue",
        "producedAt": "light-blue",
        "the clock": "text",
    }
    yield paint(window.fill_opacity(0).line_width(2), colours).override_by_name(
        "nextUpdate",
        [DynamicConfigValue("custom.fillBelowTo", "thisUpdate"), DynamicConfigValue("custom.fillOpacity", 15)],
    )
    against = lines(
        Place(
            21,
            "Age and time left",
            "A refresh takes the age down and the time left up. Below zero the staple is stale.",
            12,
            10,
        ),
        over_time((SHOWN.age(), "age"), (SHOWN.time_left(), "time left")),
        unit="s",
    )
    yield paint(against.line_width(2), {"age": "blue", "time left": "green"})
    yield from _about_staples()


def _about_staples() -> Iterator[AnyPanel]:
    yield number(
        Place(22, "Refreshes", "How often another staple came within the dashboard's time.", 6, 4),
        now((f"max by (target) (changes({SHOWN.of('this_update_timestamp_seconds')}[$__range]))", "")),
        steps=[(None, "yellow"), (1, "green")],
    )
    due = f"max by (target) ({SHOWN.of('expected')}) + max by (target) ({SHOWN.of('must_staple')})"
    yield number(
        Place(23, "Staple due", "Demanded: the certificate says must-staple, and some browsers insist.", 6, 4),
        now((due, "")),
        unit="none",
        mappings=texts({0: ("no", NOT_DUE.colour), 1: ("yes", "blue"), 2: ("demanded", "orange")}),
    )
    responder = SHOWN.of("responder_certificate_not_after_timestamp_seconds")
    yield number(
        Place(24, "Responder's certificate left", "A staple ends no later than the certificate that signed it.", 6, 4),
        now((f"min by (target) ({responder}) - time()", "")),
        unit="s",
        steps=TIME_LEFT,
    )
    revoked = f"{MILLISECONDS} * min by (target) ({SHOWN.of('revocation_timestamp_seconds')})"
    yield number(
        Place(25, "Revoked at", "As the staple says, also where it is not to be believed.", 6, 4),
        now((revoked, "")),
        unit="dateTimeAsIso",
        steps=[(None, "dark-red")],
    ).no_value("not revoked")
