"""Where the output goes: stdout, or a file that is there whole or not at all."""

from __future__ import annotations

import io
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from ocsp_staple_exporter.check.options import Unusable, Unwritten
from ocsp_staple_exporter.foreign_text import printable

READABLE_BY_ALL = 0o644
"""node_exporter runs as a user of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    console: Console
    """What it can show; nothing is printed with it."""

    encode: Callable[[str], bytes]
    write: Callable[[Iterable[bytes]], None]
    """May raise Unwritten."""

    is_file: bool


def destination_of(output: str | None) -> Destination:
    """The file that --output names, looked at before any work is done; None: stdout. Raises Unusable."""
    if output is not None:
        path = _path_of(output)
        return Destination(
            console=Console(file=io.StringIO(), color_system=None, force_terminal=False),
            encode=str.encode,
            write=lambda chunks: _replace(path, chunks),
            is_file=True,
        )
    console = Console(color_system=None if os.environ.get("NO_COLOR") else "auto")
    return Destination(console=console, encode=_encoded, write=_write_to_stdout, is_file=False)


def _encoded(text: str) -> bytes:
    """As stdout wants it; a character that its encoding lacks is escaped and does not stop us."""
    encoding = sys.stdout.encoding if sys.stdout else None  # None: started without a standard output
    return text.encode(encoding or "utf-8", "backslashreplace")


def _write_to_stdout(chunks: Iterable[bytes]) -> None:
    """A reader that goes away, such as `head`, does not change the exit status; nor does a full disk."""
    try:
        for chunk in chunks:
            click.echo(chunk, nl=False)
    except BrokenPipeError:
        _discard_output()
    except OSError as error:
        _discard_output()
        click.echo(f"Error: the report cannot be written: {error.strerror}", err=True)


def _discard_output() -> None:
    """Python flushes at the end what it still holds, and would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _path_of(name: str) -> Path:
    shown = f"--output: {printable(name)}"
    try:
        path = Path(name).resolve()
        mode = _mode_of(path)
    except (OSError, ValueError, RuntimeError) as error:  # ValueError: a NUL; RuntimeError: links in a circle, to 3.12
        raise Unusable(f"{shown} cannot be written: {printable(str(error))}") from error
    if mode is not None and not stat.S_ISREG(mode):
        raise Unusable(f"{shown} is no ordinary file; without --output the report goes to stdout.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        directory = printable(str(path.parent))
        raise Unusable(f"{shown} cannot be written: {directory} is no directory in which we may create files.")
    return path


def _mode_of(path: Path) -> int | None:
    """None where there is nothing yet. Raises OSError."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _replace(path: Path, chunks: Iterable[bytes]) -> None:
    """Write beside the file and rename, so that no reader ever sees half of it."""
    try:
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:64]}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(chunks)
                os.fchmod(descriptor, READABLE_BY_ALL)
                file.flush()
                os.fsync(descriptor)
            os.replace(beside, path)  # noqa: PTH105 - two names of one directory
        finally:
            with suppress(FileNotFoundError):
                os.unlink(beside)  # noqa: PTH108 - as above
    except OSError as error:
        raise Unwritten(f"--output: {printable(str(path))} was not written: {error.strerror}") from error
