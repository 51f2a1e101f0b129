"""The command `demo`: the exporter watches the laboratory, and shows on the terminal what it sees."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ocsp_staple_exporter.app import loop_factory, serve
from ocsp_staple_exporter.config import Config, Limits
from ocsp_staple_exporter.lab.hosts import CLOSED_HOST, HOSTS, laboratory
from ocsp_staple_exporter.logs import configure_logging
from ocsp_staple_exporter.model import (
    Absence,
    CertStatus,
    Endpoint,
    Module,
    Observation,
    ProbeError,
    ProbeResult,
    Verdict,
)
from ocsp_staple_exporter.web.listening import ListenAddress, ListenError, listen, name

DEFAULT_ADDRESS = "127.0.0.1:10627"

STORIES = {host.name: host.story for host in (*HOSTS, CLOSED_HOST)}

WIDTH_FOR_STORIES = 136
"""Columns of a terminal that shows the table with the stories and breaks no line."""

STATUS_STYLES = {CertStatus.GOOD: "green", CertStatus.REVOKED: "bold red", CertStatus.UNKNOWN: "red"}


@click.command()
@click.option("--web.listen-address", "address", default=DEFAULT_ADDRESS, show_default=True, help="Where to serve.")
def demo(address: str) -> None:
    """Watch healthy and ill servers, made for the purpose on this machine."""
    configure_logging("error", "logfmt", sys.stderr)
    try:
        sockets = listen([ListenAddress.parse(address)])
    except (ListenError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_watch_the_laboratory(sockets, _Terminal()))


async def _watch_the_laboratory(sockets: Sequence[socket.socket], console: Console) -> None:
    async with laboratory(lambda: datetime.now(UTC)) as lab:
        report = _Report(console, lab.endpoints, lab.port, name(sockets[0]))
        modules = {"default": Module(), lab.module.name: lab.module}
        config = Config(lab.targets, Limits(), modules, probe_on_demand=True)
        await serve(config, sockets, subscribers=[report])


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        """Nobody reads any more; Prometheus still may, so the demo goes on, and says no more."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Report:
    """A subscriber of results: prints one table when every endpoint has been probed."""

    def __init__(self, console: Console, endpoints: Iterable[Endpoint], lab_port: int, address: str) -> None:
        self._console = console
        self._results: dict[str, ProbeResult | None] = dict.fromkeys(endpoint.target for endpoint in endpoints)
        self._lab_port = lab_port
        self._address = address
        self._printed = False

    def published(self, result: ProbeResult, _previous: ProbeResult | None) -> None:
        self._results[result.endpoint.target] = result
        if not self._printed and None not in self._results.values():
            self._printed = True
            results = [result for result in self._results.values() if result is not None]
            self._console.print(table(results, self._console.width))
            self._console.print(_where_to_look(self._address, self._lab_port), soft_wrap=True)

    def removed(self, endpoint: Endpoint) -> None:
        self._results.pop(endpoint.target, None)


def table(results: Iterable[ProbeResult], width: int) -> Table:
    """One row for each endpoint: what it staples, what is wrong with that and, where it fits, how it came to it."""
    headings = ["host", "staple", "status", "time left", "what is wrong"]
    with_stories = width >= WIDTH_FOR_STORIES
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold underline")
    for heading in headings + ["what happened"] * with_stories:
        shown.add_column(heading, overflow="fold")
    for result in results:
        story = [Text(STORIES.get(result.endpoint.target, ""), "dim")] * with_stories
        shown.add_row(*_row(result), *story)
    return shown


def _row(result: ProbeResult) -> tuple[Text, Text, Text, Text, Text]:
    match result.outcome:
        case ProbeError(reason):
            cells = Text("-", "dim"), Text("-", "dim"), Text("-", "dim"), Text(reason.value, "red")
        case Observation(assessment=Absence() as absence) as seen:
            presence = Text("missing", "red" if seen.staple_expected else "dim")
            cells = presence, Text("not known", "dim"), Text("-", "dim"), _opinion(absence)
        case Observation(assessment=Verdict() as verdict):
            presence = Text("verified", "green") if verdict.verified else Text("rejected", "red")
            cells = presence, _status(verdict), _time_left(verdict, result.started_at), _opinion(verdict)
    return Text(result.endpoint.target, "bold"), *cells


def _status(verdict: Verdict) -> Text:
    if verdict.cert_status is None:
        return Text("not known", "dim")
    return Text(verdict.cert_status.value, STATUS_STYLES[verdict.cert_status])


def _time_left(verdict: Verdict, now: datetime) -> Text:
    if verdict.next_update is None:
        return Text("-", "dim")
    left = verdict.next_update - now
    if left < timedelta(0):
        return Text(f"{_in_words(-left)} ago", "red")
    return Text(_in_words(left), "green" if left > timedelta(hours=8) else "yellow")


def _in_words(span: timedelta) -> str:
    hours, seconds = divmod(int(span.total_seconds()), 3600)
    return f"{hours // 24} d {hours % 24} h" if hours >= 24 else f"{hours} h {seconds // 60} min"


def _opinion(assessment: Verdict | Absence) -> Text:
    lines = [Text(error.reason.value, "red") for error in assessment.errors]
    lines += [Text(warning.reason.value, "yellow") for warning in assessment.warnings]
    return Text("\n").join(lines or [Text("nothing", "green")])


def _where_to_look(address: str, lab_port: int) -> Text:
    return Text.assemble(
        ("\nOpen this in a browser: why each host is ill, and how it is mended\n", "bold"),
        f"  http://{address}/\n",
        ("The same for Prometheus\n", "bold"),
        f"  curl -s http://{address}/metrics | grep ^ocsp_staple_verified\n",
        ("As OpenSSL sees a host\n", "bold"),
        f"  openssl s_client -connect 127.0.0.1:{lab_port} -servername revoked.test -status </dev/null\n",
        "Ctrl-C ends the demo.",
    )
