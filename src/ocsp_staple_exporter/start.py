"""Starts one exporter as the command line says, or checks that it could be started."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import NoReturn, TypeVar

import click
import structlog

from ocsp_staple_exporter import app
from ocsp_staple_exporter.config import Config, ConfigError, load_config
from ocsp_staple_exporter.config.durations import parse_duration
from ocsp_staple_exporter.discovery import Terms, check_files
from ocsp_staple_exporter.sharding import Shard, parse_ordinal
from ocsp_staple_exporter.web.listening import ListenAddress, ListenError, listen, systemd_sockets
from ocsp_staple_exporter.web.location import parse_external_url, parse_route_prefix, route_prefix
from ocsp_staple_exporter.web.web_config import Access

log = structlog.get_logger()

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says of one exporter, as text where it needs reading."""

    config_file: Path
    auto_reload: bool
    auto_reload_interval: str
    addresses: tuple[ListenAddress, ...]
    systemd_socket: bool
    web_config_file: Path | None
    external_url: str | None
    route_prefix: str | None
    timeout_offset: float
    """Seconds."""

    shard: str | None
    total_shards: int


def check(options: Options) -> None:
    """Say whether the exporter could be started so; exits with 1 where a file is at fault."""
    face, _ = _read(options)
    config = _load(options.config_file, _shard(options), status_if_bad=1)
    _open_access(options, face, status_if_bad=1)
    lists, problems = check_files(config.lists.files, Terms(config.modules, config.shard))
    if problems:
        _give_up(problems, 1)
    urls = len(config.lists.urls)
    parts = [
        _counted(len({target.name for target in config.targets} | lists), "target"),
        f"{_counted(urls, 'URL')} of targets not asked" if urls else "",
    ]
    try:
        click.echo(f"ok: {', '.join(filter(None, parts))}")
    except OSError as error:
        _give_up([f"the answer cannot be written: {error.strerror}"], 1)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def serve(options: Options) -> None:
    """Serve until a signal; exits with 2 for a bad configuration and 1 for an address that is in use."""
    face, interval = _read(options)
    shard = _shard(options)
    config = _load(options.config_file, shard, status_if_bad=2)
    face = _open_access(options, face, status_if_bad=2)
    log.info("configuration loaded", file=str(options.config_file), targets=len(config.targets))
    try:
        sockets = systemd_sockets() if options.systemd_socket else listen(options.addresses)
    except ListenError as error:
        _give_up([str(error)], 1)
    app.run(
        config,
        sockets,
        load=lambda: load_config(options.config_file, shard),
        follow_files=interval if options.auto_reload else None,
        face=face,
    )


def _read(options: Options) -> tuple[app.Face, float]:
    """How the exporter shows itself, and the seconds between two looks at its files; raises click.BadParameter."""
    url = _parsed("--web.external-url", parse_external_url, options.external_url or "", "")
    prefix = route_prefix(url) if options.route_prefix is None else options.route_prefix
    face = app.Face(
        prefix=_parsed("--web.route-prefix", parse_route_prefix, prefix, ""),
        home=f"{url}/" if url else "",
        timeout_offset=timedelta(seconds=options.timeout_offset),
    )
    return face, _parsed("--config.auto-reload-interval", _parse_interval, options.auto_reload_interval, 0.0)


def _parsed(option: str, parse: Callable[[str], Parsed], text: str, if_empty: Parsed) -> Parsed:
    try:
        return parse(text) if text else if_empty
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def _parse_interval(text: str) -> float:
    seconds = parse_duration(text).total_seconds()
    if not seconds:
        raise ValueError("must be longer than 0s")
    return seconds


def _open_access(options: Options, face: app.Face, *, status_if_bad: int) -> app.Face:
    if options.web_config_file is None:
        return face
    try:
        return replace(face, access=Access(options.web_config_file))
    except ConfigError as error:
        _give_up(map(str, error.problems), status_if_bad)


def _shard(options: Options) -> Shard:
    """Raises click.BadParameter."""
    if options.shard is None and options.total_shards > 1:
        raise click.BadParameter("say with --shard which of them this exporter is", param_hint="--total-shards")
    try:
        return Shard(
            parse_ordinal("0" if options.shard is None else options.shard, os.environ, socket.gethostname()),
            options.total_shards,
        )
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--shard") from error


def _load(config_file: Path, shard: Shard, *, status_if_bad: int) -> Config:
    try:
        return load_config(config_file, shard)
    except ConfigError as error:
        _give_up(map(str, error.problems), status_if_bad)


def _give_up(lines: Iterable[str], status: int) -> NoReturn:
    for line in lines:
        click.echo(f"error: {line}", err=True)
    sys.exit(status)
