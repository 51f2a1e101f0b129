"""Every check that was made, for people: what failed, what passed, and what did not apply."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from ocsp_staple_exporter.check.layout import TIED, Block, Line, margined
from ocsp_staple_exporter.ocsp.checks import Failed, Passed, Result, Severity, Skipped

MARGIN = 7
"""Columns of `warning`."""

INDENT = 2

SEVERITY_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def blocks_of(results: tuple[Result, ...], console: Console) -> Iterator[Block]:
    """A block for each group that has a check."""
    for heading, lines in _groups(results):
        if lines:
            yield [Text(heading, "bold"), *margined(lines, MARGIN, console, indent=INDENT)]


def _groups(results: tuple[Result, ...]) -> Iterator[tuple[str, list[Line]]]:
    """What failed first; in each group the order is that of verification."""
    for heading, kind in (("failed", Failed), ("passed", Passed), ("not applicable", Skipped)):
        group = [result for result in results if isinstance(result[1], kind)]
        yield f"{len(group)} of {len(results)} checks {heading}", [_line(result) for result in group]


def _line(result: Result) -> Line:
    check, outcome = result
    match outcome:
        case Failed(reason, detail):
            style = SEVERITY_STYLES[check.severity]
            words = Text.assemble((reason.value, f"bold {style}"), f": {detail} ", _clause(f"{check.name}, ", result))
            return Text(check.severity.value, style), words
        case Passed(detail):
            return Text("passed", "green"), Text.assemble(f"{check.name}: {detail} ", _clause("", result))
        case Skipped(detail):
            return Text("n/a", "dim"), Text.assemble(f"{check.name}: {detail} ", _clause("", result))


def _clause(before: str, result: Result) -> Text:
    return Text(f"[{before}{result[0].clause.replace(' ', TIED)}]", "dim")
