"""The state of a target as a number, so that time series, tables and timelines can show it.

The numbers order the states from the best to the worst: `max` gives the worst of several.
"""

from __future__ import annotations

from typing import NamedTuple


class State(NamedTuple):
    number: int
    word: str
    """Of the exporter's pages and its API."""

    text: str
    """What panels show."""

    colour: str
    """A name of Grafana's palette."""


NOT_DUE = State(0, "not_due", "no staple due", "#8c8c8c")
GOOD = State(1, "good", "good", "green")
WARNING = State(2, "warning", "warning", "yellow")
MISSING = State(3, "missing", "missing", "orange")
UNREACHABLE = State(4, "unreachable", "unreachable", "purple")
INVALID = State(5, "invalid", "invalid", "red")
UNKNOWN = State(6, "unknown", "unknown", "semi-dark-red")
MUST_STAPLE_MISSING = State(7, "must_staple_missing", "must-staple missing", "dark-orange")
REVOKED = State(8, "revoked", "revoked", "dark-red")

STATES = (NOT_DUE, GOOD, WARNING, MISSING, UNREACHABLE, INVALID, UNKNOWN, MUST_STAPLE_MISSING, REVOKED)
"""Without `waiting`: before its first probe has ended, an endpoint has no series."""

MILDEST_ILLNESS = MISSING
"""From here on, what is due does not come, clients are turned away, or nothing is known."""
