"""The lower half of the dashboard Fleet: how fresh the staples are, and which CA or team they belong to."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards.generate import promql
from dashboards.generate.board import AnyPanel
from dashboards.generate.fleet_selection import SHOWN, STATE, THIS_SERIES, THIS_TARGET
from dashboards.generate.looks import (
    FEW_ARE_TOLERABLE,
    NONE_IS_GOOD,
    TIME_LEFT,
    VALIDITY_USED,
    to_endpoint,
    to_exporters_page,
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
    over_time,
    paint,
    rows,
)

SHARES = {
    "up to a quarter": ("< 0.25", "green"),
    "up to a half": (">= 0.25 < 0.5", "green"),
    "up to three quarters": (">= 0.5 < 0.75", "yellow"),
    "more than that": (">= 0.75 < 1", "orange"),
    "all of it: stale": (">= 1", "dark-red"),
}
"""Parts of a staple's validity: comparison and colour."""


def freshness() -> Iterator[AnyPanel]:
    """Staples against their validity."""
    soon = f"{SHOWN.time_left()} < $window > 0"
    yield grid(
        Place(
            20,
            "Expiring within ${window:text}",
            "Staples that will be stale that soon; those that are, are not here.",
            8,
            9,
        ),
        rows(soon, f"{SHOWN.validity_used()} and on (target) ({soon})"),
        {
            "target": Column("Target", 200, (leading_to(to_endpoint(THIS_TARGET), to_exporters_page(THIS_TARGET)),)),
            "Value #A": Column("Time left", 110, coloured("s", TIME_LEFT)),
            "Value #B": Column("Validity used", None, gauge_cell("percentunit", VALIDITY_USED, 1)),
        },
        key="target",
        sort=[("Time left", False)],
    )
    used = SHOWN.validity_used()
    shares = bars(
        Place(
            21,
            "Validity used",
            "How many staples have used up which part of the time from thisUpdate to nextUpdate. "
            "Servers that refresh well stay below three quarters.",
            width=6,
            height=9,
        ),
        now(*((f"count({used} {part}) or 0 * count({used})", text) for text, (part, _) in SHARES.items())),
    )
    yield paint(shares, {text: colour for text, (_, colour) in SHARES.items()})
    over = lines(
        Place(
            22,
            "Validity used, the ten that used most",
            "Falls when a server refreshes; a line that only rises belongs to one that does not. "
            "At 100 % the staple is stale.",
            width=10,
            height=9,
        ),
        over_time((f"topk(10, {used})", "{{target}}")),
        unit="percentunit",
    )
    links = leading_to(to_endpoint(THIS_SERIES), to_exporters_page(THIS_SERIES))
    yield over.min(0).override_by_regexp("/.*/", [links])


def groups() -> Iterator[AnyPanel]:
    """The same questions by CA and by the chosen label."""
    issuer = SHOWN.issuer()
    state, left = promql.with_issuer(STATE, issuer), promql.with_issuer(SHOWN.time_left(), issuer)
    yield _grouped(
        Place(
            30,
            "By CA",
            "By the issuer of the certificate. Several ill targets of one CA point to its responder. "
            "Targets that no handshake was read from have no issuer and are not here.",
            width=12,
            height=7,
        ),
        ("issuer", "Issuer"),
        (state, left, promql.with_issuer(SHOWN.validity_used(), issuer)),
    )
    yield _grouped(
        Place(31, "By $label", "By the label that is chosen above.", 12, 7),
        ("$label", "$label"),
        (SHOWN.state("$label"), SHOWN.time_left("$label"), SHOWN.validity_used("$label")),
    )


def _grouped(place: Place, group: tuple[str, str], values: tuple[str, str, str]) -> AnyPanel:
    label, title = group
    state, left, used = values
    return grid(
        place,
        rows(
            f"count by ({label}) ({state})",
            f"sum by ({label}) ({promql.ill(state)})",
            f"sum by ({label}) ({promql.warned(state)})",
            f"min by ({label}) (({left}) > 0)",
            f"quantile by ({label}) (0.5, {used})",
        ),
        {
            label: Column(title),
            "Value #A": Column("Targets", 80),
            "Value #B": Column("Ill", 70, coloured("short", NONE_IS_GOOD)),
            "Value #C": Column("Warnings", 110, coloured("short", FEW_ARE_TOLERABLE)),
            "Value #D": Column("Next end", 110, measured("s")),
            "Value #E": Column("Validity used, median", 180, gauge_cell("percentunit", VALIDITY_USED, 1)),
        },
        key=label,
        sort=[("Ill", True), ("Targets", True)],
    )
