"""The command `ocsp-staple-exporter`.

Exit status: 0 after a signal or a passed --config.check, 1 when that fails or an address
cannot be listened on, 2 for a bad configuration at the start and bad usage. The command
`check` has statuses of its own (check/command.py).

Nothing heavy is imported here: each command, and the exporter itself, when it is asked for.
"""

from __future__ import annotations

import importlib
import math
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import click
from click.core import ParameterSource

from ocsp_staple_exporter import REVISION, __version__
from ocsp_staple_exporter.sharding import MOST_SHARDS
from ocsp_staple_exporter.web.listening import ListenAddress

DEFAULT_CONFIG = "ocsp-staple-exporter.yaml"
DEFAULT_ADDRESS = ":10627"

LOG_LEVELS = ("debug", "info", "warn", "error")
LOG_FORMATS = ("logfmt", "json")


def _parse_addresses(ctx: click.Context, param: click.Parameter, texts: Sequence[str]) -> tuple[ListenAddress, ...]:
    try:
        return tuple(map(ListenAddress.parse, texts))
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


def _refuse_nan(ctx: click.Context, param: click.Parameter, seconds: float) -> float:
    if math.isnan(seconds):  # which every range lets pass
        raise click.BadParameter("'nan' is no number of seconds", ctx, param)
    return seconds


class _Commands(click.Group):
    """The subcommands; each is imported only when it is asked for."""

    MODULES: ClassVar[Mapping[str, str]] = {
        "check": "ocsp_staple_exporter.check.command",
        "completion": "ocsp_staple_exporter.completion",
        "config-schema": "ocsp_staple_exporter.schema_command",
        "demo": "ocsp_staple_exporter.demo",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(self.MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in self.MODULES:
            return None
        module = importlib.import_module(self.MODULES[cmd_name])
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
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
    "--config.enable-auto-reload",
    "auto_reload",
    is_flag=True,
    help="Reload the configuration when one of its files changes. SIGHUP and POST /-/reload always do.",
)
@click.option(
    "--config.auto-reload-interval",
    "auto_reload_interval",
    metavar="DURATION",
    default="30s",
    show_default=True,
    help="How often to look for such changes.",
)
@click.option(
    "--web.listen-address",
    "addresses",
    metavar="ADDRESS",
    callback=_parse_addresses,
    multiple=True,
    default=[DEFAULT_ADDRESS],
    show_default=True,
    help="Where to serve. May be given more than once.",
)
@click.option(
    "--web.systemd-socket",
    "systemd_socket",
    is_flag=True,
    help="Serve on the sockets that systemd passes instead.",
)
@click.option(
    "--web.config.file",
    "web_config_file",
    type=click.Path(path_type=Path),
    help="A file with TLS, users and headers, as other exporters have it (docs/web-config.md).",
)
@click.option(
    "--web.external-url",
    "external_url",
    metavar="URL",
    help="Where people reach the exporter, behind a proxy for instance. Its path is the default route prefix.",
)
@click.option("--web.route-prefix", "route_prefix", metavar="PATH", help="What all paths begin with.")
@click.option(
    "--timeout-offset",
    "timeout_offset",
    type=click.FloatRange(min=0, max=60),
    callback=_refuse_nan,
    metavar="SECONDS",
    default=0.5,
    show_default=True,
    help="How much of Prometheus's scrape timeout /probe leaves for its answer.",
)
@click.option(
    "--shard",
    "shard",
    metavar="ORDINAL",
    help="Which of the shards this exporter is, counted from 0: a number; pod-index for what the environment "
    "variable POD_INDEX says; hostname for the number at the end of the host's name.",
)
@click.option(
    "--total-shards",
    "total_shards",
    type=click.IntRange(1, MOST_SHARDS),
    metavar="COUNT",
    default=1,
    show_default=True,
    help="Among how many exporters the targets are divided (docs/scaling.md).",
)
@click.option("--log.level", "log_level", type=click.Choice(LOG_LEVELS), default="info", show_default=True)
@click.option("--log.format", "log_format", type=click.Choice(LOG_FORMATS), default="logfmt", show_default=True)
@click.version_option(
    __version__,
    prog_name="ocsp-staple-exporter",
    message=f"%(prog)s %(version)s (revision {REVISION}, Python {platform.python_version()})",
)
@click.pass_context
def main(ctx: click.Context, /, *, check: bool, log_level: str, log_format: str, **given: Any) -> None:  # noqa: ANN401
    """Tell Prometheus whether TLS servers staple a right and fresh OCSP response."""
    if ctx.invoked_subcommand is not None:
        _refuse_options_before_a_command(ctx)
        return
    importlib.import_module("ocsp_staple_exporter.logs").configure_logging(log_level, log_format, sys.stderr)
    start = importlib.import_module("ocsp_staple_exporter.start")
    (start.check if check else start.serve)(start.Options(**given))


def _refuse_options_before_a_command(ctx: click.Context) -> None:
    """They are the exporter's own: a command that took no notice of them would surprise."""
    for param in ctx.command.params:
        if ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"{param.opts[0]} is an option of the exporter, not of {ctx.invoked_subcommand}", ctx
            )
