"""The command `ocsp-staple-exporter`.

Exit status: 0 after a signal or a passed --config.check, 1 when that fails or an address
cannot be listened on, 2 for a bad configuration at the start and bad usage. The command
`check` has statuses of its own (check/command.py).
"""

from __future__ import annotations

import importlib
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, NoReturn

import click
import structlog
from click.core import ParameterSource

from ocsp_staple_exporter import __version__, app
from ocsp_staple_exporter.config import Config, ConfigError, load_config
from ocsp_staple_exporter.logs import FORMATS, LEVELS, configure_logging
from ocsp_staple_exporter.web.listening import ListenAddress, ListenError, listen

DEFAULT_CONFIG = "ocsp-staple-exporter.yaml"
DEFAULT_ADDRESS = ":10627"

log = structlog.get_logger()


def _parse_addresses(ctx: click.Context, param: click.Parameter, texts: Sequence[str]) -> tuple[ListenAddress, ...]:
    try:
        return tuple(map(ListenAddress.parse, texts))
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


class _Commands(click.Group):
    """The subcommands; each is imported only when it is asked for."""

    MODULES: ClassVar[Mapping[str, str]] = {
        "check": "ocsp_staple_exporter.check.command",
        "demo": "ocsp_staple_exporter.demo",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(self.MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in self.MODULES:
            return None
        command: click.Command = getattr(importlib.import_module(self.MODULES[cmd_name]), cmd_name)
        return command


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    default=DEFAULT_CONFIG,
    show_default=True,
    help="The file that lists what to probe.",
)
@click.option("--config.check", "check", is_flag=True, help="Check the file, say what is wrong with it, and exit.")
@click.option(
    "--web.listen-address",
    "addresses",
    metavar="ADDRESS",
    callback=_parse_addresses,
    multiple=True,
    default=[DEFAULT_ADDRESS],
    show_default=True,
    help="Where to serve /metrics. May be given more than once.",
)
@click.option("--log.level", "log_level", type=click.Choice(list(LEVELS)), default="info", show_default=True)
@click.option("--log.format", "log_format", type=click.Choice(list(FORMATS)), default="logfmt", show_default=True)
@click.version_option(
    __version__,
    prog_name="ocsp-staple-exporter",
    message=f"%(prog)s %(version)s (revision {app.REVISION}, Python {platform.python_version()})",
)
@click.pass_context
def main(
    ctx: click.Context,
    config_file: Path,
    addresses: Sequence[ListenAddress],
    log_level: str,
    log_format: str,
    *,
    check: bool,
) -> None:
    """Tell Prometheus whether TLS servers staple a right and fresh OCSP response."""
    configure_logging(log_level, log_format, sys.stderr)
    if ctx.invoked_subcommand is not None:
        _refuse_options_before_a_command(ctx)
        return
    if check:
        _check(config_file)
    else:
        _serve(config_file, addresses)


def _refuse_options_before_a_command(ctx: click.Context) -> None:
    """They are the exporter's own: a command that took no notice of them would surprise."""
    for param in ctx.command.params:
        if ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"{param.opts[0]} is an option of the exporter, not of {ctx.invoked_subcommand}", ctx
            )


def _check(config_file: Path) -> None:
    config = _load(config_file, status_if_bad=1)
    count = len(config.endpoints)
    try:
        click.echo(f"ok: {count} target{'' if count == 1 else 's'}")
    except OSError as error:
        _give_up([f"the answer cannot be written: {error.strerror}"], 1)


def _serve(config_file: Path, addresses: Sequence[ListenAddress]) -> None:
    config = _load(config_file, status_if_bad=2)
    log.info("configuration loaded", file=str(config_file), targets=len(config.endpoints))
    try:
        sockets = listen(addresses)
    except ListenError as error:
        _give_up([str(error)], 1)
    app.run(config, sockets, load=lambda: load_config(config_file))


def _load(config_file: Path, *, status_if_bad: int) -> Config:
    try:
        return load_config(config_file)
    except ConfigError as error:
        _give_up(map(str, error.problems), status_if_bad)


def _give_up(lines: Iterable[str], status: int) -> NoReturn:
    for line in lines:
        click.echo(f"error: {line}", err=True)
    sys.exit(status)
