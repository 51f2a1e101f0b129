"""Another configuration, without a restart."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from ocsp_staple_exporter.config import Config, ConfigError
from ocsp_staple_exporter.web.parts import Loading

PROBLEMS_TOLD = 20
"""Of a configuration that is not loaded, in the log, on the pages and in the API."""

log = structlog.get_logger()

Load = Callable[[], Config]
Stat = tuple[int, int, int] | None


class Reloader:
    """Knows the configuration in force and replaces it: all of it, or nothing."""

    def __init__(
        self, config: Config, load: Load, applied: Callable[[Config], Awaitable[None]], rejected: Callable[[], None]
    ) -> None:
        """`load` may block, it runs in a thread; `applied` and `rejected` are told what came of it."""
        self.config = config
        self.last_loading = Loading(at=datetime.now(UTC))
        self._load = load
        self._applied = applied
        self._rejected = rejected
        self._one_at_a_time = asyncio.Lock()
        self._next: asyncio.Task[Loading] | None = None
        self._as_read = _stats(config.files)

    async def reload(self) -> Loading:
        """Load anew. A configuration with problems leaves the one in force untouched, and is logged.

        All who ask while another load is under way share the one after it.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._reload())
        return await asyncio.shield(self._next)

    async def _reload(self) -> Loading:
        async with self._one_at_a_time:
            self._next = None  # whoever asks from now on may know of a later change
            before = _stats(self._as_read)  # a change while they are read is then seen as one
            try:
                config = await asyncio.to_thread(self._load)
            except ConfigError as error:
                self._as_read = _stats(error.files) | before
                return self._keep(_told(error))
            self._as_read = _stats(config.files) | {file: before[file] for file in config.files if file in before}
            return await self._replace(config)

    async def follow_files(self, seconds: float) -> None:
        """Look every so many seconds whether a file of the configuration changed, and reload then; until cancelled.

        A file that still changes between two looks is left alone until it rests: half of a list
        is often a valid list.
        """
        seen = self._as_read
        while True:
            await asyncio.sleep(seconds)
            before, seen = seen, await asyncio.to_thread(_stats, self._as_read)
            if seen != self._as_read and seen == before:
                await self.reload()

    async def _replace(self, config: Config) -> Loading:
        await self._applied(config)
        self.config = config
        self.last_loading = Loading(at=datetime.now(UTC))
        log.info("configuration reloaded", targets=len(config.targets))
        return self.last_loading

    def _keep(self, problems: tuple[str, ...]) -> Loading:
        self._rejected()
        self.last_loading = Loading(at=datetime.now(UTC), problems=problems)
        for problem in problems:
            log.error("configuration not reloaded, the running one stays in force", problem=problem)
        return self.last_loading


def _told(error: ConfigError) -> tuple[str, ...]:
    """One mistake may be made in each of 50,000 targets: the first ones tell it all."""
    told = tuple(map(str, error.problems[:PROBLEMS_TOLD]))
    more = len(error.problems) - len(told)
    return (*told, f"and {more} more: --config.check tells all") if more else told


def _stats(files: Iterable[Path]) -> dict[Path, Stat]:
    """What changes when a file is written or replaced; links are followed, as in a mounted ConfigMap."""
    return {file: _stat(file) for file in files}


def _stat(file: Path) -> Stat:
    try:
        found = os.stat(file)  # noqa: PTH116 - half the cost of Path.stat, and there may be many files
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
