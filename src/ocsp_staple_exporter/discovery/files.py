"""Files of targets: which there are, and which are to be read now.

A file that is written while it is read, or was written a moment ago, is left alone until it rests: half of a
list is often a valid list.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

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


def _is_special(file: Path) -> bool:
    try:
        return not S_ISREG(file.stat().st_mode)
    except (OSError, ValueError):  # what is wrong with it is told when it is read
        return False


def read_whole(file: Path) -> tuple[bytes, Stat]:
    """What a file holds, and what it was then.

    Raises StillWrittenError for one that changed meanwhile, UnreadableError for one that cannot be read now, and
    ValueError for one that is too large, or no file: a pipe would keep us waiting.
    """
    before = stat_of(file)
    if _is_special(file):
        raise ValueError("is no ordinary file")
    data = read_bytes(file, LARGEST)
    if stat_of(file) != before:
        raise StillWrittenError(file)
    return data, before


class _Seen(NamedTuple):
    """What a file is, and since when it was seen to be that (Unix time)."""

    stat: Stat
    since: float


class Looks:
    """What the files were when they were last looked at, and when they were last read.

    A file rests that was not written for `rest_seconds`, or was the same for so long where its time of writing is
    of no use. In the first look of all, every file counts as resting: nothing is in force yet.
    """

    def __init__(self, rest_seconds: float) -> None:
        self._rest_seconds = rest_seconds
        self._seen: dict[Path, _Seen] | None = None
        self._read: dict[Path, Stat] = {}

    def anew(self) -> Looks:
        """The same, as though nothing had been read yet."""
        looks = Looks(self._rest_seconds)
        looks._seen = None if self._seen is None else self._seen.copy()
        return looks

    def due(self, files: Iterable[Path], now: float) -> tuple[Path, ...]:
        """Those that are another than when they were read, and rest at `now` (Unix time). Costs a stat each."""
        before, first = self._seen or {}, self._seen is None
        self._seen = {file: _seen_now(stat_of(file), before.get(file), now) for file in files}
        return tuple(
            file
            for file, seen in self._seen.items()
            if seen.stat != self._read.get(file, ()) and (first or self._rests(seen, now))
        )

    def seen(self, file: Path) -> Stat:
        """What the file was at the last look."""
        seen = (self._seen or {}).get(file)
        return None if seen is None else seen.stat

    def read_as(self, file: Path, stat: Stat) -> None:
        """The file was read, or could not be, and was this then: it is not due before it is another."""
        self._read[file] = stat

    def _rests(self, seen: _Seen, now: float) -> bool:
        written = now if seen.stat is None else seen.stat[0] / 1e9
        return now - min(written, seen.since) >= self._rest_seconds


def _seen_now(stat: Stat, before: _Seen | None, now: float) -> _Seen:
    return before if before is not None and before.stat == stat else _Seen(stat, now)
