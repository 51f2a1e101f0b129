"""Files that are read again when they have changed, and only then."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SETTLED_NANOSECONDS = 2_000_000_000
"""The times of a file are coarse: two writes within a tick look like one, so younger files are compared by content."""


@dataclass(frozen=True, slots=True)
class _Look:
    stat: tuple[int, ...] | None
    """None: there is nothing to be read."""

    settled: bool
    """A later write would show in `stat`."""

    digest: bytes


class Files:
    """What some files were when they were last looked at."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._looks = {path: _look(path) for path in paths}

    def changed(self) -> bool:
        """Whether the content of one is another than the last time. Costs a stat each."""
        changed = False
        for path, before in self._looks.items():
            if before.settled and _stat(path) == before.stat:
                continue
            self._looks[path] = now = _look(path)
            changed |= (now.stat is None, now.digest) != (before.stat is None, before.digest)
        return changed


def _look(path: Path) -> _Look:
    stat = _stat(path)
    young = stat is not None and time.time_ns() - stat[0] < SETTLED_NANOSECONDS
    try:
        digest = hashlib.sha256(path.read_bytes()).digest()
    except (OSError, ValueError):
        return _Look(None, stat is None, b"")
    return _Look(stat, not young, digest)


def _stat(path: Path) -> tuple[int, ...] | None:
    """Follows links, so that a mounted Secret that is replaced is noticed."""
    try:
        found = os.stat(path)  # noqa: PTH116 - half the cost of Path.stat, and made for every request
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev
