"""A discovery that runs, and what it says."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from ocsp_staple_exporter.config.lists import TargetLists, TargetURL
from ocsp_staple_exporter.discovery import Discovery, Key, ListState, Source, Terms, Wanted
from ocsp_staple_exporter.model import Change, Module, Target
from ocsp_staple_exporter.sharding import WHOLE, Shard

MODULES = {"default": Module()}


def target(name: str, module: Module = MODULES["default"]) -> Target:
    return Target(name=f"{name}:443", host=name, port=443, server_name=name, module=module)


def groups(*names: str, labels: Mapping[str, str] | None = None) -> str:
    return json.dumps([{"targets": names, "labels": dict(labels or {})}])


def wanted(
    *own: Target,
    files: Iterable[Path] = (),
    urls: Iterable[TargetURL] = (),
    modules: Mapping[str, Module] = MODULES,
    shard: Shard = WHOLE,
) -> Wanted:
    return Wanted(
        targets={one.name: one for one in own},
        lists=TargetLists(files=tuple(files), urls=tuple(urls)),
        terms=Terms(modules, shard),
    )


def replace_file(path: Path, text: str) -> None:
    """As a careful writer does."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)  # noqa: PTH105 - the name says it


class Following:
    """A discovery with what it put in force so far."""

    def __init__(self, of: Wanted, look_seconds: float = 0.01) -> None:
        self.in_force = dict(of.targets)
        self.changes: list[Change[Target]] = []
        self.heard = asyncio.Event()
        self.discovery = Discovery(of, self._change, now=lambda: datetime.now(UTC), look_seconds=look_seconds)

    def _change(self, change: Change[Target]) -> None:
        self.changes.append(change)
        for one in change.removed:
            del self.in_force[one.name]
        for one in change.added:
            assert one.name not in self.in_force
            self.in_force[one.name] = one
        self.heard.set()

    @property
    def names(self) -> set[str]:
        return {one.host for one in self.in_force.values()}

    def state(self, name: str | Path, source: Source = Source.FILE) -> ListState:
        return next(state for state in self.discovery.lists if state.key == Key(source, str(name)))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Look again at every change, and every hundredth of a second for what is told by nobody."""
        async with asyncio.timeout(30):
            while not condition():
                self.heard.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.heard.wait(), 0.01)


@asynccontextmanager
async def following(of: Wanted, look_seconds: float = 0.01) -> AsyncIterator[Following]:
    """Every list was tried once when the context begins."""
    under_test = Following(of, look_seconds)
    running = asyncio.create_task(under_test.discovery.run())
    try:
        await under_test.until(lambda: under_test.discovery.every_list_was_tried or running.done())
        yield under_test
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
