"""A file's text: bounded, UTF-8 and without control characters."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ocsp_staple_exporter.config.problems import ConfigError, Problem

LARGEST = 32 * 1024 * 1024
"""Bytes. A hundred thousand targets with labels need about a third of it."""

_AT_ONCE = 1 << 18
"""Characters searched before other threads have their turn."""

# YAML 1.1 §4.1.1, c-printable: what the text may not hold.
_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class UnreadableError(ValueError):
    """The operating system does not let us read a file."""


def read_text(path: Path) -> str:
    """The text of a config file; raises ConfigError for anything else."""
    try:
        data = read_bytes(path, LARGEST)
    except ValueError as error:
        raise ConfigError([Problem(str(path), None, None, str(error))]) from None
    return decode_yaml(data, str(path))


def decode_yaml(data: bytes, file: str) -> str:
    """The text of a file in YAML; raises ConfigError for what is none."""
    text = decode(data, file)
    for start in range(0, len(text), _AT_ONCE):
        if found := _UNPRINTABLE.search(text, start, start + _AT_ONCE):
            message = f"control character U+{ord(found[0]):04X}: YAML is plain text"
            raise ConfigError([_problem_at(file, text[: found.start()], message)])
    return text


def decode(data: bytes, file: str) -> str:
    """The text of a file in UTF-8, without the mark that may begin it; raises ConfigError for what is none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError([Problem(file, 1, 1, "is UTF-16 text: save it as UTF-8")])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text: byte 0x{data[error.start]:02x}"
        raise ConfigError([_problem_at(file, data[: error.start].decode("utf-8"), message)]) from None
    return text.removeprefix("\ufeff")


def read_bytes(path: Path, largest: int) -> bytes:
    """What a file holds; raises ValueError, whose text says what is wrong with the file.

    UnreadableError where that may pass, though the file stays as it is. A pipe that nobody writes to is empty,
    instead of keeping us waiting.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            data = file.read(largest + 1)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        raise UnreadableError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > largest:
        raise ValueError(f"is larger than {largest // 1024**2} MiB")
    return data


def _open_at_once(path: str, flags: int) -> int:
    if not hasattr(os, "O_NONBLOCK"):  # Windows has no such pipes
        return os.open(path, flags)
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return descriptor


def _problem_at(file: str, before: str, message: str) -> Problem:
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Problem(file, line, column, message)
