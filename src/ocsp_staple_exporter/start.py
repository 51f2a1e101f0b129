"""Starts one exporter as the command line says, or checks that it could be started."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click
import structlog

from ocsp_staple_exporter import app
from ocsp_staple_exporter.config import Config, ConfigError, load_config
from ocsp_staple_exporter.web.listening import ListenAddress, ListenError, listen

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says of one exporter."""

    config_file: Path
    follow_files: float | None
    """Seconds between two looks at the files of the configuration; None: it is reloaded only when asked."""

    addresses: tuple[ListenAddress, ...]


def check(options: Options) -> None:
    """Say whether the configuration could be served; exits with 1 where it could not."""
    config = _load(options.config_file, status_if_bad=1)
    count = len(config.endpoints)
    try:
        click.echo(f"ok: {count} target{'' if count == 1 else 's'}")
    except OSError as error:
        _give_up([f"the answer cannot be written: {error.strerror}"], 1)


def serve(options: Options) -> None:
    """Serve until a signal; exits with 2 for a bad configuration and 1 for an address that is in use."""
    config = _load(options.config_file, status_if_bad=2)
    log.info("configuration loaded", file=str(options.config_file), targets=len(config.endpoints))
    try:
        sockets = listen(options.addresses)
    except ListenError as error:
        _give_up([str(error)], 1)
    app.run(config, sockets, load=lambda: load_config(options.config_file), follow_files=options.follow_files)


def _load(config_file: Path, *, status_if_bad: int) -> Config:
    try:
        return load_config(config_file)
    except ConfigError as error:
        _give_up(map(str, error.problems), status_if_bad)


def _give_up(lines: Iterable[str], status: int) -> NoReturn:
    for line in lines:
        click.echo(f"error: {line}", err=True)
    sys.exit(status)
