"""The dashboard about all targets: is anything wrong, what is it, and what will be next."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards.generate import promql, variables
from dashboards.generate.board import AnyPanel, Board, Section
from dashboards.generate.fleet_groups import freshness, groups
from dashboards.generate.fleet_selection import SHOWN, STATE, THIS_SERIES, THIS_TARGET
from dashboards.generate.looks import (
    CERTIFICATE_LEFT,
    DAY,
    FEW_ARE_TOLERABLE,
    NONE_IS_GOOD,
    STATE_COLOURS,
    TIME_LEFT,
    VALIDITY_USED,
    state_texts,
    texts,
    to_endpoint,
    to_exporters_page,
    to_runbook,
)
from dashboards.generate.panels import (
    Column,
    Place,
    bars,
    coloured,
    gauge_cell,
    grid,
    leading_to,
    lines,
    measured,
    now,
    number,
    over_time,
    paint,
    rename,
    rows,
    said,
    stacked,
    timeline,
    worded,
)
from dashboards.generate.states import STATES


def fleet() -> Board:
    return Board(
        uid="ocsp-staple-fleet",
        title="OCSP stapling / Fleet",
        description="All targets of the OCSP staple exporter: who is ill and why, and whose staple ends next.",
        variables=[
            variables.datasource(),
            variables.job("ocsp_staple_probe_success"),
            variables.targets(),
            variables.chosen_label(),
            variables.values_of_chosen_label(),
            variables.window(),
            variables.exporter(),
        ],
        sections=[
            Section([*_at_a_glance(), *_what_is_wrong(), _worst_first(), _history()]),
            Section(list(freshness()), 50, "Freshness"),
            Section(list(groups()), 60, "Groups"),
        ],
    )


def _at_a_glance() -> Iterator[AnyPanel]:
    left = SHOWN.time_left()
    yield number(
        Place(
            1,
            "Ill",
            "Targets whose staple is rejected, missing where one is due, or says that the certificate is not good; "
            "and targets that no handshake was read from. Nothing here means that nothing is known.",
            width=4,
            height=4,
        ),
        now((f"sum({promql.ill(STATE)})", "")),
        steps=NONE_IS_GOOD,
    )
    yield number(
        Place(2, "Warnings", "Targets with warnings only: clients accept their staples so far.", 3, 4),
        now((f"sum({promql.warned(STATE)})", "")),
        steps=FEW_ARE_TOLERABLE,
    )
    yield number(
        Place(3, "Healthy", "Targets with a good staple, and those where no staple is due.", 3, 4),
        now((f"sum({promql.healthy(STATE)})", "")),
        steps=[(None, "red"), (1, "green")],
    )
    yield number(
        Place(4, "Expiring within ${window:text}", "Staples that will be stale that soon, if nobody refreshes.", 4, 4),
        now((f"count({left} < $window > 0) or 0 * count({left})", "")),
        steps=FEW_ARE_TOLERABLE,
    )
    yield number(
        Place(5, "Next end", "How long the staple that ends next will last, of those that are not stale.", 4, 4),
        now((f"min({left} > 0)", "")),
        unit="s",
        steps=TIME_LEFT,
    )
    yield number(
        Place(6, "Results overdue", "Targets whose last probe is older than two intervals and five minutes.", 3, 4),
        now((f"sum({SHOWN.overdue()})", "")),
        steps=NONE_IS_GOOD,
    )
    yield number(
        Place(7, "Scrapes failing", "Scrapes of the selected jobs that fail: what they would show is not known.", 3, 4),
        now((promql.failing_scrapes('job=~"$job"'), "")),
        steps=NONE_IS_GOOD,
    )


def _what_is_wrong() -> Iterator[AnyPanel]:
    over_states = lines(
        Place(8, "Targets by state", "How many targets were in each state. A gap: nothing was known.", 10),
        over_time((f'count_values("state", {STATE})', "{{state}}")),
    )
    paint(over_states, {str(state.number): state.colour for state in STATES})
    yield rename(stacked(over_states), {str(state.number): state.text for state in STATES})
    to_its_runbook = leading_to(to_runbook("${__field.labels.runbook}"))
    ills = bars(
        Place(9, "Ill, by reason", "Targets for each reason to be ill; one target may have several.", 7),
        now((promql.targets_by_reason(SHOWN.illnesses(), SHOWN.of("probe_success")), "{{reason}}")),
        steps=NONE_IS_GOOD,
    )
    yield ills.override_by_regexp("/.*/", [to_its_runbook])
    warnings = bars(
        Place(10, "Warnings, by reason", "Targets for each reason to look after a staple that clients accept.", 7),
        now((promql.targets_by_reason(SHOWN.warnings(), SHOWN.of("probe_success")), "{{reason}}")),
        steps=FEW_ARE_TOLERABLE,
    )
    yield warnings.override_by_regexp("/.*/", [to_its_runbook])


def _worst_first() -> AnyPanel:
    must_staple = f"max by (target) ({SHOWN.of('must_staple')})"
    return grid(
        Place(
            11,
            "Worst first",
            "One row for each target. Reason: one of those found, an illness before a warning; the exporter's page has "
            "them all. A dash: the server sent nothing that would say. A click on a target leads on.",
            width=24,
            height=14,
        ),
        rows(
            STATE,
            SHOWN.first_reason(),
            SHOWN.time_left(),
            SHOWN.validity_used(),
            SHOWN.age(),
            must_staple,
            SHOWN.certificate_left(),
            SHOWN.issuer(),
        ),
        {
            "Value #A": Column("State", 160, worded(state_texts())),
            "target": Column("Target", 200, (leading_to(to_endpoint(THIS_TARGET), to_exporters_page(THIS_TARGET)),)),
            "reason": Column("Reason", 220),
            "runbook": Column("Runbook", 230, (leading_to(to_runbook("${__value.raw}")),)),
            "Value #C": Column("Time left", 160, gauge_cell("s", TIME_LEFT, 7 * DAY)),
            "Value #D": Column("Validity used", 160, gauge_cell("percentunit", VALIDITY_USED, 1)),
            "Value #E": Column("Age", 90, measured("s")),
            "Value #F": Column("Must-staple", 100, said(texts({1: ("yes", "orange"), 0: ("no", "text")}))),
            "Value #G": Column("Certificate left", 115, coloured("s", CERTIFICATE_LEFT)),
            "issuer": Column("Issuer"),
        },
        key="target",
        sort=[("State", True), ("Time left", False)],
    )


def _history() -> AnyPanel:
    panel = timeline(
        Place(
            12,
            "States over time",
            "The states of the 25 targets that were worst at each moment. A gap: nothing was known, "
            "or 25 others were worse.",
            width=24,
            height=10,
        ),
        over_time((f"topk(25, {STATE})", "{{target}}")),
        steps=STATE_COLOURS,
        mappings=state_texts(),
    )
    links = leading_to(to_endpoint(THIS_SERIES), to_exporters_page(THIS_SERIES))
    return panel.override_by_regexp("/.*/", [links])
