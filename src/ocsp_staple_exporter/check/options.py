"""What click lacks: options in groups that go with one use of the command, and exit statuses of its own."""

from __future__ import annotations

import enum
import traceback
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import click
from click.core import ParameterSource

from ocsp_staple_exporter.check.nagios_status import UNKNOWN, unknown_line
from ocsp_staple_exporter.foreign_text import printable

WRONG_USE = 64
"""EX_USAGE of sysexits.h."""

BUG = 70
"""EX_SOFTWARE."""

UNWRITTEN = 74
"""EX_IOERR."""

INTERRUPTED = 130


class WrongUse(click.UsageError):
    exit_code = WRONG_USE


class Unusable(click.ClickException):
    """What was given is named properly and cannot be used, such as a file with something else in it."""

    exit_code = WRONG_USE


class Unwritten(click.ClickException):
    """The file of --output could not be written."""

    exit_code = UNWRITTEN


class _Unknown(click.ClickException):
    """Nagios reads stdout, and knows no status above 3."""

    exit_code = UNKNOWN

    def show(self, file: Any = None) -> None:  # noqa: ANN401, ARG002 - click's signature
        click.echo(unknown_line(self.message))


class Use(enum.Enum):
    """What the command is used for. Values end the sentence `--at goes with ...`."""

    HOSTS = "HOST, --targets or --config.file"
    FILE = "--staple and --leaf"


class Group(enum.Enum):
    """Options that stand together in the help. The value is the heading."""

    HOSTS = "What to probe"
    PROBING = "How to probe"
    FILE = "A staple in a file, instead of hosts"
    JUDGING = "How to judge"
    FIXES = "Which fix to tell"
    OUTPUT = "What to write"
    OTHER = "Other"


class Option(click.Option):
    """An option of a group; `use`: what it goes with, None for both."""

    def __init__(self, *args: Any, group: Group = Group.OTHER, use: Use | None = None, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.group = group
        self.use = use


class Command(click.Command):
    """Click's own statuses are 2 for wrong use and 1 for a traceback, which mean a verdict here."""

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **kwargs: Any) -> click.Context:  # noqa: ANN401
        plugin = _asks_for_nagios(args)  # parsing takes them off the list
        try:
            return super().make_context(info_name, args, *more, **kwargs)
        except click.UsageError as error:
            failure = WrongUse(error.format_message(), error.ctx)
            raise (_Unknown(failure.format_message()) if plugin else failure) from error

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        plugin = ctx.params.get("form") == "nagios"
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            if plugin:
                raise _Unknown(error.format_message()) from error
            raise
        except (click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except Exception as error:
            traceback.print_exc()
            if plugin:
                raise _Unknown(printable(f"{type(error).__name__}: {error}")) from error
            ctx.exit(BUG)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group in Group:
            records = [param.get_help_record(ctx) for param in self.get_params(ctx) if _group_of(param) is group]
            lines = [record for record in records if record]
            if lines:
                with formatter.section(group.value):
                    formatter.write_dl(lines)


def _group_of(param: click.Parameter) -> Group | None:
    match param:
        case Option():
            return param.group
        case click.Option():
            return Group.OTHER
    return None


def _asks_for_nagios(args: Sequence[str]) -> bool:
    return "--format=nagios" in args or ("--format", "nagios") in pairwise(args)


def refuse_options_of_another_use(ctx: click.Context, use: Use) -> None:
    """Options that would do nothing are a mistake of who wrote them."""
    for param in ctx.command.params:
        given = ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
        if isinstance(param, Option) and given and param.use and param.use is not use:
            raise WrongUse(f"{param.opts[0]} goes with {param.use.value}.", ctx)
