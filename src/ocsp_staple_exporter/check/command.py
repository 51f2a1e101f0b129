"""The command `check`: options in, a report on stdout, an exit status for scripts.

Exit status: 0 good, 1 warnings, 2 errors, 3 revoked or unknown, 4 not to be reached, 64 wrong
use or unusable files (EX_USAGE of sysexits.h), 70 a bug of ours (EX_SOFTWARE), 74 the file of
--output was not written (EX_IOERR), 130 interrupted. With --format nagios: 0 to 3, as plugins.

What probes and what judges is imported when it is needed, so that --help and the completion
of a shell answer at once.
"""

from __future__ import annotations

import dataclasses
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ocsp_staple_exporter.check.options import (
    Command,
    Group,
    Option,
    Use,
    WrongUse,
    refuse_options_of_another_use,
)
from ocsp_staple_exporter.check.probing_options import probing_options
from ocsp_staple_exporter.check.values import (
    complete_files,
    parse_duration,
    parse_moment,
)
from ocsp_staple_exporter.diagnosis import Software

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

DEFAULT_FORMAT = "text"
FORMATS = (DEFAULT_FORMAT, "json", "prometheus", "nagios")
FORMATS_OF_FILES = (DEFAULT_FORMAT, "json")

Values = TypeVar("Values", bound="DataclassInstance")

option = partial(click.option, cls=Option)
host_option = partial(option, use=Use.HOSTS)
file_option = partial(option, use=Use.FILE, group=Group.FILE)


@click.command(cls=Command, short_help="Probe hosts now, or judge a staple in a file, and explain.")
@click.argument("hosts", metavar="[HOST[:PORT]]...", nargs=-1)
@host_option(
    "--targets",
    "target_files",
    metavar="FILE",
    shell_complete=complete_files,
    multiple=True,
    group=Group.HOSTS,
    help="Check the hosts in this file: one HOST[:PORT] per line; what follows a # is a comment.",
)
@host_option(
    "--config.file",
    "config_file",
    metavar="FILE",
    shell_complete=complete_files,
    group=Group.HOSTS,
    help="A config file of the exporter: without any HOST all its targets are checked. "
    "A HOST that is a target's name stands for that target.",
)
@probing_options
@file_option("--staple", metavar="FILE", shell_complete=complete_files, help="The OCSP response: DER, Base64 or PEM.")
@file_option(
    "--leaf",
    metavar="FILE",
    shell_complete=complete_files,
    help="The server's certificate: DER, or PEM with the leaf first.",
)
@file_option(
    "--at", metavar="TIME", callback=parse_moment, help="Judge as of this time, 2026-03-01T12:00:00Z; else now."
)
@option(
    "--issuer",
    "issuers",
    metavar="FILE",
    shell_complete=complete_files,
    multiple=True,
    group=Group.JUDGING,
    help="The certificate of the leaf's issuer, or several to choose from. Not needed where the "
    "server sends it, or the leaf's file holds it. May be given more than once.",
)
@host_option(
    "--ca-file",
    metavar="FILE",
    shell_complete=complete_files,
    group=Group.JUDGING,
    help="The CAs to trust, instead of those of this machine.",
)
@option(
    "--clock-skew",
    metavar="DURATION",
    callback=parse_duration,
    group=Group.JUDGING,
    help="How far the clocks of the CA and of clients may differ; 5m by default.",
)
@host_option(
    "--server",
    "software",
    metavar="NAME",
    type=click.Choice([software.value for software in Software]),
    group=Group.FIXES,
    help=f"Tell the fix for this server, instead of guessing: {', '.join(software.value for software in Software)}.",
)
@host_option(
    "--no-http",
    is_flag=True,
    group=Group.FIXES,
    help="Do not guess: else a host that something is wrong with is sent one HEAD request over HTTPS, "
    "on a second connection, to read its Server header.",
)
@option(
    "--format",
    "form",
    metavar="FORMAT",
    type=click.Choice(FORMATS),
    default=DEFAULT_FORMAT,
    show_default=True,
    group=Group.OUTPUT,
    help="text for people, json for programs, prometheus for node_exporter's textfile collector, "
    "nagios to be a plugin of Nagios or Icinga.",
)
@option("--json", "write_json", is_flag=True, group=Group.OUTPUT, help="The same as --format json.")
@option(
    "--output",
    "-o",
    metavar="FILE",
    shell_complete=complete_files,
    group=Group.OUTPUT,
    help="Write to this file, which is replaced as a whole and only at the end.",
)
@host_option(
    "--verbose", "-v", is_flag=True, group=Group.OUTPUT, help="Of many hosts, too, show the full report of each."
)
@click.pass_context
def check(ctx: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - one for each option
    """Probe hosts now, judge what they staple, and explain what is wrong and how it is mended.

    With --staple and --leaf instead: judge a staple in a file before a server staples it.

    A FILE may be -, the standard input. Exit status: 0 good, 1 warnings, 2 errors, 3 revoked or
    unknown, 4 not to be reached, 64 wrong use; of many hosts, that of the worst.
    """
    given["form"] = _form(ctx, given)
    of_file = given["staple"] is not None or given["leaf"] is not None
    refuse_options_of_another_use(ctx, Use.FILE if of_file else Use.HOSTS)
    sys.exit((_check_files if of_file else _check_hosts)(ctx, given))


def _form(ctx: click.Context, given: dict[str, Any]) -> str:
    if not given.pop("write_json"):
        return str(given["form"])
    if given["form"] not in {"json", DEFAULT_FORMAT}:
        raise WrongUse(f"--json is --format json: drop one of --json and --format {given['form']}.", ctx)
    return "json"


def _check_files(ctx: click.Context, given: dict[str, Any]) -> int:
    from ocsp_staple_exporter.check import file_mode  # noqa: PLC0415 - as the module says

    for name in ("staple", "leaf"):
        if given[name] is None:
            raise WrongUse(f"Missing option '--{name}'.", ctx)
    if given["hosts"]:
        raise WrongUse("Got unexpected extra argument: --staple and --leaf judge a file, and probe no HOST.", ctx)
    if given["form"] not in FORMATS_OF_FILES:
        raise WrongUse(f"--format {given['form']} goes with {Use.HOSTS.value}.", ctx)
    files = file_mode.Files(staple=given["staple"], leaf=given["leaf"], issuers=given["issuers"])
    return file_mode.check_files(
        files, at=given["at"], clock_skew=given["clock_skew"], form=given["form"], output=given["output"]
    )


def _check_hosts(ctx: click.Context, given: dict[str, Any]) -> int:
    if not (given["hosts"] or given["target_files"] or given["config_file"] is not None):
        raise WrongUse("Name what to check: a HOST, a file of them with --targets, or --staple and --leaf.", ctx)
    from ocsp_staple_exporter.check import host_mode, wanted  # noqa: PLC0415 - as the module says
    from ocsp_staple_exporter.check.probing import Manner  # noqa: PLC0415 - as above

    if given["address"] and given["all_addresses"]:
        raise WrongUse("--address names one, and --all-addresses asks for all: drop one of them.", ctx)
    hosts = _picked(wanted.Wanted, given | {"probing": _picked(wanted.Probing, given)})
    software = given["software"] and Software(given["software"])
    manner = Manner(concurrency=given["concurrency"], software=software, may_ask=not given["no_http"])
    return host_mode.check_hosts(hosts, manner, form=given["form"], output=given["output"], verbose=given["verbose"])


def _picked(kind: type[Values], given: dict[str, Any]) -> Values:
    """The values that are fields of that dataclass."""
    return kind(**{field.name: given[field.name] for field in dataclasses.fields(kind)})
