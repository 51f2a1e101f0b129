"""The command `check`: options in, a report on stdout, an exit status for scripts.

Exit status: 0 good, 1 warnings, 2 errors, 3 revoked or unknown, 64 wrong use or unusable
files (EX_USAGE of sysexits.h), 70 a bug of ours (EX_SOFTWARE), 130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, TypeVar

import click
from rich.console import Console

from ocsp_staple_exporter.check.document import as_json
from ocsp_staple_exporter.check.files import STDIN, UnusableFileError, parse_certificates, parse_staple, read_file
from ocsp_staple_exporter.check.report import Report, Subject, examine
from ocsp_staple_exporter.check.text import as_text
from ocsp_staple_exporter.config.durations import parse_duration
from ocsp_staple_exporter.foreign_text import printable

WRONG_USE = 64
BUG = 70
INTERRUPTED = 130

# Far from where a date less or plus a clock skew is none.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9998, 1, 1, tzinfo=UTC)

_MENDS = {
    "--staple": "give an OCSP response, such as the file of ssl_stapling_file: DER, or PEM or Base64 of it",
    "--leaf": "give the server's certificate, such as the file of ssl_certificate: DER, or PEM with the leaf first",
    "--issuer": "give the certificate of the CA that issued the leaf: DER, or PEM",
}

Parsed = TypeVar("Parsed")


class _WrongUse(click.UsageError):
    exit_code = WRONG_USE


class _UnusableFile(click.ClickException):
    exit_code = WRONG_USE


class _Command(click.Command):
    """Click's own statuses are 2 for wrong use and 1 for a traceback, which mean a verdict here."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:  # noqa: ANN401 - click's signature
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise _WrongUse(error.format_message(), error.ctx) from error

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except Exception:  # noqa: BLE001 - reported, with a status of its own
            traceback.print_exc()
            ctx.exit(BUG)


def _parse_time(ctx: click.Context, param: click.Parameter, text: str | None) -> datetime | None:
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


def _parse_clock_skew(ctx: click.Context, param: click.Parameter, text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


@click.command(cls=_Command)
@click.option("--staple", "staple", metavar="FILE", required=True, help="The OCSP response: DER, Base64 or PEM.")
@click.option(
    "--leaf", "leaf", metavar="FILE", required=True, help="The server's certificate: DER, or PEM with the leaf first."
)
@click.option(
    "--issuer",
    "issuers",
    metavar="FILE",
    multiple=True,
    help="The certificate of the leaf's issuer, or several to choose from. "
    "Not needed where the leaf's file holds it. May be given more than once.",
)
@click.option(
    "--at", "at", metavar="TIME", callback=_parse_time, help="Judge as of this time, 2026-03-01T12:00:00Z; else now."
)
@click.option(
    "--clock-skew",
    metavar="DURATION",
    callback=_parse_clock_skew,
    default="5m",
    show_default=True,
    help="How far the clocks of the CA and of clients may differ.",
)
@click.option("--json", "write_json", is_flag=True, help="Write JSON, as docs/check.md describes it.")
def check(
    staple: str,
    leaf: str,
    issuers: Sequence[str],
    at: datetime | None,
    clock_skew: timedelta,
    *,
    write_json: bool,
) -> None:
    """Judge a staple in a file before a server staples it.

    One FILE may be -, the standard input. Exit status: 0 good, 1 warnings, 2 errors,
    3 revoked or unknown, 64 wrong use.
    """
    subject = _read_subject(staple, leaf, issuers)
    report = examine(subject, at or datetime.now(UTC).replace(microsecond=0), clock_skew)
    _write(as_json if write_json else _for_terminal, report)
    sys.exit(report.exit_status)


def _write(render: Callable[[Report], bytes], report: Report) -> None:
    """A reader that goes away, such as `head`, does not change the exit status; nor does a full disk."""
    try:
        click.echo(render(report), nl=False)
    except BrokenPipeError:
        _discard_output()
    except OSError as error:
        _discard_output()
        click.echo(f"Error: the report cannot be written: {error.strerror}", err=True)


def _discard_output() -> None:
    """Python flushes at the end what it still holds, and would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _read_subject(staple: str, leaf: str, issuers: Sequence[str]) -> Subject:
    if [staple, leaf, *issuers].count(STDIN) > 1:
        raise _WrongUse("The standard input (-) can be read once: put the other into a file.")
    response = _read("--staple", staple, parse_staple)
    certificates = _read("--leaf", leaf, parse_certificates)
    others = [certificate for path in issuers for certificate in _read("--issuer", path, parse_certificates)]
    return Subject(
        name=_shown(staple),
        staple=response.der,
        form=response.form,
        leaf=certificates[0],
        issuers=(*certificates[1:], *others),
    )


def _read(option: str, path: str, parse: Callable[[bytes], Parsed]) -> Parsed:
    try:
        return parse(read_file(path, _standard_input()))
    except UnusableFileError as error:
        raise _UnusableFile(f"{option}: {_shown(path)} {error}\nTo mend it, {_MENDS[option]}.") from error


def _standard_input() -> BinaryIO:
    """Empty where the command was started without one."""
    return sys.stdin.buffer if sys.stdin else io.BytesIO()


def _shown(path: str) -> str:
    return "standard input" if path == STDIN else printable(path)


def _for_terminal(report: Report) -> bytes:
    """Bytes, so that a character that the terminal's encoding lacks is escaped and does not stop us."""
    console = Console(color_system=None if os.environ.get("NO_COLOR") else "auto")
    text = as_text(report, console)
    encoding = sys.stdout.encoding if sys.stdout else None  # None: started without a standard output
    return text.encode(encoding or "utf-8", "backslashreplace")
