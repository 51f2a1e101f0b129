"""Many hosts, for people: how many are ill, a table with the worst first, then why."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ocsp_staple_exporter.check import facts, host_text
from ocsp_staple_exporter.check.grade import Grade
from ocsp_staple_exporter.check.host import Checked, reasons_of
from ocsp_staple_exporter.check.layout import NARROWEST, laid_out
from ocsp_staple_exporter.check.probing import Run
from ocsp_staple_exporter.check.text import GRADE_STYLES
from ocsp_staple_exporter.diagnosis import State

HEADINGS = ("host", "state", "time left", "what is wrong")

UNBOUNDED = 1_000_000
"""Columns: more than any row has."""

PLAIN_STYLES = {
    Grade.GOOD: "green",
    Grade.WARNINGS: "yellow",
    Grade.UNREACHABLE: "red",
    Grade.ERRORS: "red",
    Grade.REVOKED: "bold red",
    Grade.UNKNOWN: "bold red",
}


def as_text(run: Run, console: Console, *, verbose: bool) -> Iterator[str]:
    """The summary in parts, then, where asked for, each host's full report. `run.hosts`: the worst first."""
    yield laid_out([[_count(run)]], console) + "\n"
    yield _table(run.hosts, console)
    ill = [host for host in run.hosts if host.grade is not Grade.GOOD]
    if ill:
        yield "\n" + laid_out([[_reason(host) for host in ill]], console)
    if verbose:
        for host in run.hosts:
            yield "\n\n" + host_text.as_text(host, console)


def _count(run: Run) -> Text:
    states = Counter(host.state for host in run.hosts)
    counts = ", ".join(f"{states[state]} {_word(state)}" for state in State if states[state])
    total = f"{len(run.hosts)} of {run.asked_for}" if run.interrupted else str(run.asked_for)
    return Text(f"{total} hosts: {counts or 'none checked'}", GRADE_STYLES[run.grade])


def _table(hosts: Sequence[Checked], console: Console) -> str:
    """Folded to a terminal's width; in a pipe one line for each host, however long."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold underline")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for host in hosts:
        table.add_row(*_cells(host))
    if not console.is_terminal:
        console = Console(file=io.StringIO(), width=UNBOUNDED, color_system=None)
    with console.capture() as captured:
        console.print(table, width=max(console.width, NARROWEST))
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _cells(host: Checked) -> Iterable[Text]:
    style = PLAIN_STYLES[host.grade]
    yield Text(host.name, "bold")
    yield Text(_word(host.state), style)
    yield _time_left(host)
    yield Text(", ".join(reasons_of(host)) or "nothing", style)


def _time_left(host: Checked) -> Text:
    if host.observation is None or host.verdict is None or host.verdict.next_update is None:
        return Text("-", "dim")
    left = host.verdict.next_update - host.observation.judged_at
    if left.total_seconds() < 0:
        return Text(f"{facts.span_in_words(-left)} ago", "red")
    return Text(facts.span_in_words(left))


def _reason(host: Checked) -> Text:
    return Text.assemble((host.name, "bold"), f": {host_text.headline_of(host)}")


def _word(state: State) -> str:
    return state.value.replace("_", " ")
