from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ocsp_staple_exporter import reload as reload_module
from ocsp_staple_exporter.config import Config, ConfigError, Problem
from ocsp_staple_exporter.reload import Reloader
from tests.exposition import made_results as made

A, B = Config((made.target("a"),)), Config((made.target("b"),))
BROKEN = ConfigError([Problem("x.yaml", 3, 1, "is wrong"), Problem("x.yaml", 7, 2, "as well")])


@dataclass
class Exporter:
    """What a reload is told, and what it tells."""

    answer: Config | ConfigError = B
    applied: list[Config] = field(default_factory=list)
    rejected: int = 0
    loads: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def load(self) -> Config:
        self.loads += 1
        if isinstance(self.answer, ConfigError):
            raise self.answer
        return self.answer

    async def apply(self, config: Config) -> None:
        self.applied.append(config)
        self.heard.set()

    def reject(self) -> None:
        self.rejected += 1
        self.heard.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.heard.clear()
            await self.heard.wait()

    def reloader(self, config: Config = A, load: Callable[[], Config] | None = None) -> Reloader:
        return Reloader(config, load or self.load, self.apply, self.reject)


async def test_a_good_configuration_takes_the_place_of_the_old_one() -> None:
    exporter = Exporter()
    reloader = exporter.reloader()
    loading = await reloader.reload()
    assert loading.problems == ()
    assert reloader.last_loading == loading
    assert (reloader.config, exporter.applied, exporter.rejected) == (B, [B], 0)


async def test_a_bad_configuration_leaves_the_old_one_in_force_and_is_told_whole() -> None:
    exporter = Exporter(answer=BROKEN)
    reloader = exporter.reloader()
    with capture_logs() as logged:
        loading = await reloader.reload()
    assert loading.problems == ("x.yaml:3:1: is wrong", "x.yaml:7:2: as well")
    assert reloader.last_loading == loading
    assert (reloader.config, exporter.applied, exporter.rejected) == (A, [], 1)
    assert [line["problem"] for line in logged] == list(loading.problems)
    assert {line["log_level"] for line in logged} == {"error"}


async def test_a_bad_one_can_be_mended() -> None:
    exporter = Exporter(answer=BROKEN)
    reloader = exporter.reloader()
    await reloader.reload()
    exporter.answer = B
    assert (await reloader.reload()).problems == ()
    assert exporter.applied == [B]


async def test_loading_does_not_hold_up_the_loop_and_reloads_do_not_overlap() -> None:
    permitted = threading.Event()
    under_way, most = 0, 0

    def load() -> Config:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        permitted.wait(10)
        under_way -= 1
        return B

    reloader = Exporter().reloader(load=load)
    reloads = [asyncio.create_task(reloader.reload()) for _ in range(3)]
    await asyncio.sleep(0)
    permitted.set()
    await asyncio.gather(*reloads)
    assert most == 1


async def test_thirty_who_ask_during_a_load_share_the_next_one() -> None:
    begun, permitted = asyncio.Event(), threading.Event()
    loop, loads = asyncio.get_running_loop(), 0

    def load() -> Config:
        nonlocal loads
        loads += 1
        loop.call_soon_threadsafe(begun.set)
        permitted.wait(10)
        return B

    reloader = Exporter().reloader(load=load)
    first = asyncio.create_task(reloader.reload())
    await begun.wait()
    others = [asyncio.create_task(reloader.reload()) for _ in range(30)]
    await asyncio.sleep(0)
    permitted.set()
    loadings = await asyncio.gather(first, *others)
    assert loads == 2
    assert len(set(map(id, loadings[1:]))) == 1


async def test_whoever_gives_up_waiting_does_not_stop_the_reload_of_others() -> None:
    exporter = Exporter()
    reloader = exporter.reloader()
    impatient, patient = asyncio.create_task(reloader.reload()), asyncio.create_task(reloader.reload())
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).problems == ()
    assert exporter.applied == [B]


async def test_of_many_problems_the_first_are_told_and_the_rest_counted() -> None:
    many = ConfigError(Problem("x.yaml", line, 1, "is wrong") for line in range(1, 50_001))
    with capture_logs() as logged:
        loading = await Exporter(answer=many).reloader().reload()
    assert loading.problems[0] == "x.yaml:1:1: is wrong"
    assert loading.problems[-1] == "and 49980 more: --config.check tells all"
    assert len(loading.problems) == len(logged) == 21


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("one")
    return path


@asynccontextmanager
async def following(reloader: Reloader) -> AsyncIterator[None]:
    task = asyncio.create_task(reloader.follow_files(0.005))
    try:
        async with asyncio.timeout(10):
            yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def rewrite(file: Path) -> None:
    file.write_text("another text")


def replace(file: Path) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text("one")
    fresh.replace(file)


def swap_link(file: Path) -> None:
    """As Kubernetes updates a mounted ConfigMap."""
    target = file.with_name("other.yaml")
    target.write_text("two")
    link = file.with_name("link")
    link.symlink_to(target)
    os.replace(link, file)  # noqa: PTH105


@pytest.mark.parametrize("change", [rewrite, replace, swap_link, Path.unlink])
async def test_a_file_that_changes_is_a_reason_to_reload_once(file: Path, change: Callable[[Path], None]) -> None:
    exporter = Exporter(answer=Config(B.targets, files=(file,)))
    reloader = exporter.reloader(Config(A.targets, files=(file,)))
    async with following(reloader):
        await asyncio.sleep(0.02)
        assert exporter.loads == 0
        change(file)
        await exporter.until(lambda: exporter.applied != [])
        await asyncio.sleep(0.03)
    assert exporter.loads == 1


async def test_a_bad_file_is_complained_of_once_and_followed_further(file: Path) -> None:
    exporter = Exporter(answer=BROKEN)
    reloader = exporter.reloader(Config(A.targets, files=(file,)))
    async with following(reloader):
        file.write_text("broken")
        await exporter.until(lambda: exporter.rejected > 0)
        await asyncio.sleep(0.03)
        assert exporter.rejected == 1
        exporter.answer = B
        file.write_text("mended again")
        await exporter.until(lambda: exporter.applied != [])


async def test_a_change_during_a_reload_is_not_missed(file: Path) -> None:
    loads = 0

    def load() -> Config:
        nonlocal loads
        loads += 1
        if loads == 1:
            file.write_text("changed while it was read")
        return Config(B.targets, files=(file,))

    exporter = Exporter()
    reloader = exporter.reloader(Config(A.targets, files=(file,)), load)
    async with following(reloader):
        file.write_text("first change")
        await exporter.until(lambda: len(exporter.applied) == 2)


async def test_the_files_of_the_new_configuration_are_followed(file: Path, tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_text("a")
    exporter = Exporter(answer=Config(B.targets, files=(file, roots)))
    reloader = exporter.reloader(Config(A.targets, files=(file,)))
    async with following(reloader):
        file.write_text("names another file now")
        await exporter.until(lambda: len(exporter.applied) == 1)
        roots.write_text("renewed")
        await exporter.until(lambda: len(exporter.applied) == 2)


async def test_a_change_is_not_missed_when_the_list_of_files_changes_too(file: Path, tmp_path: Path) -> None:
    exporter = Exporter()

    def load() -> Config:
        if not exporter.applied:
            file.write_text("changed while it was read")
        return Config(B.targets, files=(file, tmp_path / "roots.pem"))

    reloader = exporter.reloader(Config(A.targets, files=(file,)), load)
    async with following(reloader):
        file.write_text("first change")
        await exporter.until(lambda: len(exporter.applied) == 2)


async def test_a_file_that_was_missing_is_followed_too(file: Path, tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    exporter = Exporter(answer=ConfigError([Problem("x.yaml", 1, 1, "names what is missing")], [roots]))
    reloader = exporter.reloader(Config(A.targets, files=(file,)))
    async with following(reloader):
        file.write_text("names the roots")
        await exporter.until(lambda: exporter.rejected == 1)
        exporter.answer = Config(B.targets, files=(file, roots))
        roots.write_text("here they are")
        await exporter.until(lambda: exporter.applied != [])


async def test_a_file_is_read_when_its_writer_has_come_to_rest(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stats = iter([(0, 0, size) for size in (1, 2, 3, 4, 5, 5)])
    last = (0, 0, 5)
    monkeypatch.setattr(reload_module, "_stat", lambda _: next(stats, last))
    exporter = Exporter(answer=Config(B.targets, files=(file,)))
    reloader = exporter.reloader(Config(A.targets, files=(file,)))
    async with following(reloader):
        await exporter.until(lambda: exporter.applied != [])
    assert next(stats, None) is None
    assert exporter.loads == 1
