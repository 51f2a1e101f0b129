"""`check HOST...`: probes, and writes what came of it."""

from __future__ import annotations

from collections.abc import Iterable

import click

from ocsp_staple_exporter.check import host_text, summary
from ocsp_staple_exporter.check.grade import EXIT_STATUSES
from ocsp_staple_exporter.check.host import Checked
from ocsp_staple_exporter.check.host_document import as_json
from ocsp_staple_exporter.check.nagios import as_plugin_output, status_of_all
from ocsp_staple_exporter.check.options import BUG, INTERRUPTED
from ocsp_staple_exporter.check.output import Destination, destination_of
from ocsp_staple_exporter.check.probing import Manner, Run, run
from ocsp_staple_exporter.check.prometheus import as_metrics
from ocsp_staple_exporter.check.wanted import Wanted, targets_of
from ocsp_staple_exporter.model import ProbeError, ProbeFailure


def check_hosts(wanted: Wanted, manner: Manner, *, form: str, output: str | None, verbose: bool) -> int:
    """The exit status. Raises WrongUse, Unusable and Unwritten."""
    destination = destination_of(output)
    done = run(targets_of(wanted), wanted.address, manner)
    if done.interrupted:
        click.echo(f"Interrupted: {len(done.hosts)} of {done.asked_for} hosts were checked.", err=True)
    if not (done.interrupted and (destination.is_file or not done.hosts)):
        destination.write(_rendered(done, form, destination, verbose=verbose))
    return _exit_status(done, form)


def _rendered(done: Run, form: str, destination: Destination, *, verbose: bool) -> Iterable[bytes]:
    """`form`: a word of --format."""
    match form:
        case "json":
            return as_json(done, _exit_status(done, form))
        case "prometheus":
            return [as_metrics(done.hosts)]
        case "nagios":
            return as_plugin_output(done.hosts)
    console = destination.console
    if done.asked_for == 1:
        return (destination.encode(host_text.as_text(host, console)) for host in done.hosts)
    return map(destination.encode, summary.as_text(done, console, verbose=verbose))


def _exit_status(done: Run, form: str) -> int:
    if done.interrupted:
        return INTERRUPTED
    if form == "nagios":
        return status_of_all(done.hosts)
    return BUG if any(map(_shows_a_bug, done.hosts)) else EXIT_STATUSES[done.grade]


def _shows_a_bug(host: Checked) -> bool:
    outcome = host.result.outcome
    return isinstance(outcome, ProbeError) and outcome.reason is ProbeFailure.INTERNAL_ERROR
