"""The values of options: read from text, or completed by a shell. What reads them is imported only then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from ocsp_staple_exporter.foreign_text import printable

if TYPE_CHECKING:
    from ocsp_staple_exporter.model import Proxy

# Far from where a date less or plus a clock skew is none.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9998, 1, 1, tzinfo=UTC)


def parse_moment(ctx: click.Context, param: click.Parameter, text: str | None) -> datetime | None:
    """An aware time of RFC 3339; a date alone and a local time would be guessed at."""
    if text is None:
        return None
    shown = f'"{printable(text)}"'
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{shown} is no time: write 2026-03-01T12:00:00Z", ctx, param) from None
    if moment.tzinfo is None:
        mended = f"{moment.isoformat()}Z"
        raise click.BadParameter(f"{shown} has no time zone: write {mended} if that is UTC", ctx, param)
    if not EARLIEST <= moment < LATEST:
        raise click.BadParameter(f"{shown} is not between {EARLIEST.year} and {LATEST.year}", ctx, param)
    return moment.astimezone(UTC)


def parse_duration(ctx: click.Context, param: click.Parameter, text: str | None) -> timedelta | None:
    if text is None:
        return None
    from ocsp_staple_exporter.config import durations  # noqa: PLC0415 - as the module says

    try:
        return durations.parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


def parse_span(ctx: click.Context, param: click.Parameter, text: str | None) -> timedelta | None:
    """A duration that is not 0."""
    length = parse_duration(ctx, param, text)
    if length == timedelta():
        raise click.BadParameter("must be longer than 0s", ctx, param)
    return length


def parse_server_name(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    """A DNS name in ASCII (RFC 6066 §3)."""
    if text is None:
        return None
    from ocsp_staple_exporter.config import hosts  # noqa: PLC0415 - as the module says

    if hosts.is_address(text):
        message = f'"{printable(text)}" is an IP address, which SNI cannot carry: give a DNS name'
        raise click.BadParameter(message, ctx, param)
    try:
        return hosts.parse_name(text)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


def parse_address(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    if text is None:
        return None
    from ocsp_staple_exporter.config import hosts  # noqa: PLC0415 - as the module says

    if not hosts.is_address(text):
        raise click.BadParameter(f'"{printable(text)}" is no IP address', ctx, param)
    return hosts.parse_host(text).resolved


def parse_proxy(ctx: click.Context, param: click.Parameter, text: str | None) -> Proxy | None:
    """Without a password, which everybody on this machine could read in the list of processes."""
    if text is None:
        return None
    from ocsp_staple_exporter.config import proxies  # noqa: PLC0415 - as the module says

    try:
        proxy = proxies.parse_proxy_url(text)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error
    if proxy.credentials:
        message = "holds a user: put the proxy into a module of a config file, and the password into a file"
        raise click.BadParameter(message, ctx, param)
    return proxy


def complete_files(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shell knows its files."""
    return [CompletionItem(incomplete, type="file")]


def complete_modules(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Those of the config file that stands before."""
    from ocsp_staple_exporter.config import ConfigError, load_config  # noqa: PLC0415 - as the module says

    try:
        modules = load_config(Path(ctx.params.get("config_file") or "")).modules
    except ConfigError:
        return []
    return [CompletionItem(name) for name in modules if name.startswith(incomplete)]
