"""A file's text: bounded, UTF-8 and without control characters."""

from __future__ import annotations

import re
from pathlib import Path

from ocsp_staple_exporter.config.problems import ConfigError, Problem

LARGEST = 32 * 1024 * 1024
"""Bytes. A hundred thousand targets with labels need about a third of it."""

# YAML 1.1 §4.1.1, c-printable: what the text may not hold.
_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_text(path: Path) -> str:
    """The text of a config file; raises ConfigError for anything else."""
    data = _read_bytes(path)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError([Problem(str(path), 1, 1, "is UTF-16 text: save it as UTF-8")])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text: byte 0x{data[error.start]:02x}"
        raise ConfigError([_problem_at(path, data[: error.start].decode("utf-8"), message)]) from None
    text = text.removeprefix("\ufeff")
    if found := _UNPRINTABLE.search(text):
        message = f"control character U+{ord(found[0]):04X}: YAML is plain text"
        raise ConfigError([_problem_at(path, text[: found.start()], message)])
    return text


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError([Problem(str(path), None, None, f"cannot be read: {reason}")]) from None
    if len(data) > LARGEST:
        raise ConfigError([Problem(str(path), None, None, f"is larger than {LARGEST // 1024**2} MiB")])
    return data


def _problem_at(path: Path, before: str, message: str) -> Problem:
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Problem(str(path), line, column, message)
