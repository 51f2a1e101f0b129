"""Files of targets: which there are, and which are to be read now.

A file that is written while it is read, or still grows between two looks, is left alone until
it rests: half of a list is often a valid list.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from pathlib import Path

from ocsp_staple_exporter.config.source import read_bytes
from ocsp_staple_exporter.discovery.reading import LARGEST

Stat = tuple[int, ...] | None
"""None: there is no such file."""

WILDCARDS = frozenset("*?")


class StillWrittenError(Exception):
    """The file changed while it was read."""


def find_files(patterns: Iterable[Path]) -> tuple[Path, ...]:
    """The files of these patterns, each once, in order; one named without a wildcard whether or not it is there."""
    found = (file for pattern in patterns for file in _matching(pattern))
    return tuple(dict.fromkeys(found))


def _matching(pattern: Path) -> Iterable[Path]:
    """A bracket stands for itself: directories are named so."""
    if WILDCARDS.isdisjoint(str(pattern)):
        return [pattern]
    return map(Path, sorted(glob.glob(str(pattern).replace("[", "[[]"))))  # noqa: PTH207


def stat_of(file: Path) -> Stat:
    """What changes when a file is written or replaced; links are followed, as in a mounted ConfigMap."""
    try:
        found = os.stat(file)  # noqa: PTH116 - half the cost of Path.stat, and there may be many files
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev


def read_whole(file: Path) -> tuple[bytes, Stat]:
    """What a file holds, and what it was then.

    Raises StillWrittenError for one that changed meanwhile, UnreadableError for one that cannot be read now, and
    ValueError for one that is too large, or no file: a pipe would keep us waiting.
    """
    before = stat_of(file)
    if file.exists() and not file.is_file():
        raise ValueError("is no ordinary file")
    data = read_bytes(file, LARGEST)
    if stat_of(file) != before:
        raise StillWrittenError(file)
    return data, before


class Looks:
    """What the files were when they were last looked at, and when they were last read.

    In the first look of all, files count as resting: nothing is known of them, and nothing is in force.
    """

    def __init__(self) -> None:
        self._seen: dict[Path, Stat] | None = None
        self._read: dict[Path, Stat] = {}

    def anew(self) -> Looks:
        """The same, as though nothing had been read yet."""
        looks = Looks()
        looks._seen = None if self._seen is None else self._seen.copy()
        return looks

    def due(self, files: Iterable[Path]) -> tuple[Path, ...]:
        """Those that are another than when they were read, and rest. Costs a stat each."""
        seen = {file: stat_of(file) for file in files}
        before = seen if self._seen is None else self._seen
        self._seen = seen
        return tuple(
            file for file, now in seen.items() if before.get(file, ()) == now and self._read.get(file, ()) != now
        )

    def seen(self, file: Path) -> Stat:
        """What the file was at the last look."""
        return (self._seen or {}).get(file)

    def read_as(self, file: Path, stat: Stat) -> None:
        """The file was read, or could not be, and was this then: it is not due before it is another."""
        self._read[file] = stat
