"""Files of targets, and what becomes of them."""

from __future__ import annotations

import asyncio
import operator
import os
import threading
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ocsp_staple_exporter.config.source import UnreadableError
from ocsp_staple_exporter.discovery import Source
from ocsp_staple_exporter.discovery import reading as reading_module
from ocsp_staple_exporter.discovery.files import Looks, Stat, StillWrittenError, find_files, read_whole
from ocsp_staple_exporter.model import Module
from ocsp_staple_exporter.sharding import Shard
from tests.discovery.following import following, groups, replace_file, target, wanted

T = 1_800_000_000.0
"""Some Unix time."""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


async def test_targets_of_files_join_those_of_the_configuration(tmp_path: Path) -> None:
    write(tmp_path / "a.json", groups("a"))
    write(tmp_path / "b.yaml", "- targets: [b]\n")
    write(tmp_path / "c.txt", "nobody asked")
    patterns = [tmp_path / "*.json", tmp_path / "*.yaml"]
    async with following(wanted(target("own"), files=patterns)) as lists:
        assert lists.names == {"own", "a", "b"}
        assert [state.key.name for state in lists.discovery.lists] == [
            str(tmp_path / "a.json"),
            str(tmp_path / "b.yaml"),
        ]
        assert lists.discovery.failures == {Source.FILE: 0, Source.URL: 0}


async def test_a_change_touches_only_what_changed(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", groups("a", "b", "c"))
    async with following(wanted(files=[file])) as lists:
        before = lists.in_force["a:443"]
        lists.changes.clear()
        replace_file(file, groups("a", "c", "d"))
        await lists.until(lambda: lists.names == {"a", "c", "d"})
        ((added, removed),) = lists.changes
        assert ([one.host for one in added], [one.host for one in removed]) == (["d"], ["b"])
        assert lists.in_force["a:443"] is before


async def test_a_target_that_is_another_one_under_its_name_goes_and_comes(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", groups("a"))
    async with following(wanted(files=[file])) as lists:
        lists.changes.clear()
        replace_file(file, groups("a", labels={"team": "web"}))
        await lists.until(lambda: bool(lists.changes))
        ((added, removed),) = lists.changes
        assert added[0].labels == (("team", "web"),)
        assert removed[0].labels == ()


async def test_a_new_file_is_found_without_a_reload(tmp_path: Path) -> None:
    async with following(wanted(files=[tmp_path / "*.json"])) as lists:
        assert not lists.names
        write(tmp_path / "new.json", groups("new"))
        await lists.until(lambda: lists.names == {"new"})


@pytest.mark.parametrize("pattern", ["a.json", "*.json"])
async def test_a_file_that_vanishes_leaves_its_last_good_list(tmp_path: Path, pattern: str) -> None:
    file = write(tmp_path / "a.json", groups("a"))
    async with following(wanted(files=[tmp_path / pattern])) as lists:
        with capture_logs() as logged:
            file.unlink()
            await lists.until(lambda: bool(lists.state(file).problems))
        assert lists.names == {"a"}
        assert lists.discovery.failures[Source.FILE] == 1
        assert lists.state(file).problems == (f"{file}: cannot be read: No such file or directory",)
        assert [line["targets"] for line in logged if line["log_level"] == "error"] == [1]
        write(file, groups("back"))
        await lists.until(lambda: lists.names == {"back"})
        assert not lists.state(file).problems


@pytest.mark.parametrize("text", ["", "[", '[{"targets": ["a"]}, {"targets": ["*"]}]', '{"targets": ["a"]}'])
async def test_a_file_that_breaks_leaves_its_last_good_list(tmp_path: Path, text: str) -> None:
    file = write(tmp_path / "a.json", groups("a", "b"))
    async with following(wanted(files=[file])) as lists:
        read_at = lists.state(file).read_at
        replace_file(file, text)
        await lists.until(lambda: bool(lists.state(file).problems))
        assert lists.names == {"a", "b"}
        assert lists.discovery.failures[Source.FILE] == 1
        assert lists.state(file).read_at == read_at
        replace_file(file, "[]")
        await lists.until(lambda: not lists.names)


async def test_a_file_that_is_broken_from_the_start_holds_nobody_up(tmp_path: Path) -> None:
    files = [write(tmp_path / "a.json", "["), write(tmp_path / "b.json", groups("b")), tmp_path / "missing.json"]
    async with following(wanted(target("own"), files=files)) as lists:
        assert lists.names == {"own", "b"}
        assert lists.discovery.failures[Source.FILE] == 2
        assert lists.state(files[0]).read_at is None
        assert lists.state(files[2]).problems


async def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocsp_staple_exporter.discovery.files.LARGEST", 1024**2)
    file = write(tmp_path / "a.json", groups("a"))
    async with following(wanted(files=[file])) as lists:
        replace_file(file, " " * (1024**2 + 1))
        await lists.until(lambda: bool(lists.state(file).problems))
        assert lists.state(file).problems == (f"{file}: is larger than 1 MiB",)
        assert lists.names == {"a"}


async def test_a_file_of_a_hundred_megabytes_leaves_the_last_good_list(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", groups("a"))
    async with following(wanted(files=[file])) as lists:
        with file.open("r+b") as opened:
            opened.truncate(100_000_000)
        await lists.until(lambda: bool(lists.state(file).problems))
        assert lists.state(file).problems == (f"{file}: is larger than 32 MiB",)
        assert lists.names == {"a"}


async def test_the_first_of_a_name_counts_and_the_next_takes_its_place(tmp_path: Path) -> None:
    first = write(tmp_path / "a.json", groups("x", "own", labels={"from": "a"}))
    second = write(tmp_path / "b.json", groups("x", "y", labels={"from": "b"}))
    async with following(wanted(target("own"), files=[tmp_path / "*.json"])) as lists:
        assert lists.in_force["own:443"].labels == ()
        assert lists.in_force["x:443"].labels == (("from", "a"),)
        assert (lists.state(first).shadowed, lists.state(second).shadowed) == (1, 1)
        replace_file(first, groups("own", labels={"from": "a"}))
        await lists.until(lambda: lists.in_force["x:443"].labels == (("from", "b"),))
        await lists.until(lambda: lists.state(second).shadowed == 0)


async def test_another_configuration_reads_the_files_anew(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", groups("a", labels={"__param_module": "slow"}))
    slow, slower = Module(name="slow"), Module(name="slow", server_name="sni.example.com")
    async with following(wanted(files=[file], modules={"slow": slow})) as lists:
        assert lists.in_force["a:443"].module is slow
        await lists.discovery.configure(wanted(target("own"), files=[file], modules={"slow": slower}))
        assert lists.names == {"own", "a"}
        await lists.until(lambda: lists.in_force["a:443"].module is slower)


async def test_a_reload_while_a_file_is_read_reads_it_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "a.json", groups("a", labels={"__param_module": "slow"}))
    begun, go_on, reads = threading.Event(), threading.Event(), 0

    def held(path: Path) -> tuple[bytes, Stat]:
        nonlocal reads
        reads += 1
        if reads == 2:
            begun.set()
            go_on.wait(30)
        return read_whole(path)

    monkeypatch.setattr("ocsp_staple_exporter.discovery.discovery.read_whole", held)
    slow, slower = Module(name="slow"), Module(name="slow", server_name="sni.example.com")
    async with following(wanted(files=[file], modules={"slow": slow})) as lists:
        replace_file(file, groups("a", "b", labels={"__param_module": "slow"}))
        await lists.until(begun.is_set)
        reloading = lists.discovery.configure(wanted(files=[file], modules={"slow": slower}))
        await asyncio.gather(reloading, asyncio.to_thread(go_on.set))
        await lists.until(lambda: [one.module for one in lists.in_force.values()] == [slower, slower])


async def test_another_configuration_without_the_list_lets_its_targets_go(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", groups("a"))
    async with following(wanted(target("own"), files=[file])) as lists:
        await lists.discovery.configure(wanted(target("own")))
        assert lists.names == {"own"}
        assert lists.discovery.lists == ()


async def test_a_reload_lets_a_file_go_that_no_pattern_finds_any_more(tmp_path: Path) -> None:
    file, named = write(tmp_path / "a.json", groups("a")), write(tmp_path / "named.yml", "- targets: [b]")
    of = wanted(files=[tmp_path / "*.json", named])
    async with following(of) as lists:
        file.unlink()
        named.unlink()
        await lists.until(lambda: lists.discovery.failures[Source.FILE] == 2)
        await lists.discovery.configure(of)
        assert lists.names == {"b"}


async def test_a_module_that_goes_while_a_list_names_it_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", groups("a", labels={"__param_module": "slow"}))
    async with following(wanted(files=[file], modules={"slow": Module(name="slow")})) as lists:
        await lists.discovery.configure(wanted(files=[file]))
        await lists.until(lambda: bool(lists.state(file).problems))
        assert "not defined under modules" in lists.state(file).problems[0]
        assert lists.names == {"a"}


async def test_a_shard_takes_its_part_of_a_file(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", groups(*(f"host-{number}" for number in range(50))))
    taken: list[str] = []
    for ordinal in range(2):
        async with following(wanted(files=[file], shard=Shard(ordinal, 2))) as lists:
            taken += lists.names
            assert lists.discovery.shard == Shard(ordinal, 2)
    assert sorted(taken) == sorted(f"host-{number}" for number in range(50))


async def test_a_list_that_breaks_its_reader_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = write(tmp_path / "a.json", "[]"), write(tmp_path / "b.json", groups("b"))

    def breaking(path: Path) -> tuple[bytes, Stat]:
        if path == bad:
            raise KeyError("x")
        return read_whole(path)

    monkeypatch.setattr("ocsp_staple_exporter.discovery.discovery.read_whole", breaking)
    with capture_logs() as logged:
        async with following(wanted(files=[bad, good])) as lists:
            assert lists.names == {"b"}
            assert lists.state(bad).problems == (f"{bad}: internal error: KeyError: 'x'",)
    assert any("this is a bug" in line["event"] for line in logged)


async def test_a_long_list_is_put_in_force_in_slices(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", groups(*(f"host-{number}" for number in range(1200))))
    async with following(wanted(files=[file])) as lists:
        assert len(lists.names) == 1200
        assert max(len(change.added) for change in lists.changes) <= 200


def write_at(file: Path, text: str, when: float) -> Path:
    write(file, text)
    os.utime(file, (when, when))
    return file


def test_a_file_that_still_grows_is_left_alone_until_it_rests(tmp_path: Path) -> None:
    file, looks = tmp_path / "a.json", Looks(5.0)
    assert looks.due([file], T) == (file,)
    looks.read_as(file, None)
    for second, text in enumerate(("[", "[]", "[] ")):
        write_at(file, text, T + second)
        assert looks.due([file], T + second) == ()
    assert looks.due([file], T + 6.9) == ()
    assert looks.due([file], T + 7) == (file,)
    looks.read_as(file, looks.seen(file))
    assert looks.due([file], T + 100) == ()


def test_a_file_that_comes_later_is_read_at_once_if_it_was_written_long_ago(tmp_path: Path) -> None:
    looks = Looks(5.0)
    assert looks.due([], T) == ()
    fresh, old = write_at(tmp_path / "a.json", "[", T), write_at(tmp_path / "b.json", "[]", T - 5)
    assert looks.due([fresh, old], T) == (old,)
    looks.read_as(old, looks.seen(old))
    assert looks.due([fresh, old], T + 5) == (fresh,)


def test_a_file_that_was_written_in_the_future_rests_once_it_was_the_same_for_long_enough(tmp_path: Path) -> None:
    file, looks = write_at(tmp_path / "a.json", "[]", T + 1e6), Looks(5.0)
    looks.due([], T)
    assert [looks.due([file], T + second) for second in (1, 5.9, 6)] == [(), (), (file,)]


def test_a_file_that_went_is_missed_after_a_while(tmp_path: Path) -> None:
    file, looks = write_at(tmp_path / "a.json", "[]", T - 5), Looks(5.0)
    assert looks.due([file], T) == (file,)
    looks.read_as(file, looks.seen(file))
    file.unlink()
    assert [looks.due([file], T + second) for second in (1, 5.9, 6)] == [(), (), (file,)]


def test_a_reload_reads_anew_what_rests_and_leaves_alone_what_was_just_written(tmp_path: Path) -> None:
    rests, grows = write_at(tmp_path / "a.json", "[]", T - 9), write_at(tmp_path / "b.json", "[]", T - 9)
    looks = Looks(5.0)
    for file in looks.due([rests, grows], T):
        looks.read_as(file, looks.seen(file))
    write_at(grows, "[ ", T + 1)
    for second in (1.0, 1.1, 1.2):
        looks = looks.anew()
        assert looks.due([rests, grows], T + second) == (rests,)
    assert looks.due([grows], T + 6) == (grows,)


async def test_a_reload_while_a_list_is_written_does_not_take_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, looked, due = write(tmp_path / "a.yaml", "- targets: [a, b, c]\n"), [0], Looks.due

    def look(looks: Looks, files: Iterable[Path], now: float) -> tuple[Path, ...]:
        looked[0] += 1
        return due(looks, files, now)

    of = wanted(files=[file])
    async with following(of, look_seconds=0.5) as lists:
        monkeypatch.setattr(Looks, "due", look)
        write(file, "- targets: [a]\n")
        for reloads in (1, 2):
            await lists.discovery.configure(of)
            await lists.until(partial(operator.le, [reloads], looked))
            for _ in range(10):
                await asyncio.to_thread(int)
        write(file, "- targets: [a, b, c, d]\n")
        await lists.until(lambda: len(lists.names) == 4)
        assert not any(change.removed for change in lists.changes)


async def test_a_file_that_cannot_be_read_for_a_while_is_tried_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out_of_descriptors = write(tmp_path / "a.json", groups("a")), threading.Event()

    def read(path: Path) -> tuple[bytes, Stat]:
        if out_of_descriptors.is_set():
            raise UnreadableError("cannot be read: Too many open files")
        return read_whole(path)

    monkeypatch.setattr("ocsp_staple_exporter.discovery.discovery.read_whole", read)
    async with following(wanted(files=[file])) as lists:
        out_of_descriptors.set()
        replace_file(file, groups("b"))
        await lists.until(lambda: lists.discovery.failures[Source.FILE] >= 2)
        assert lists.names == {"a"}
        assert lists.state(file).problems == (f"{file}: cannot be read: Too many open files",)
        out_of_descriptors.clear()
        await lists.until(lambda: lists.names == {"b"})
        assert lists.state(file).problems == ()


async def test_what_cannot_be_a_list_is_not_read_again_before_it_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = write(tmp_path / "a.json", "[" * 100), write(tmp_path / "b.json", groups("b"))
    missing = tmp_path / "c.json"
    monkeypatch.setattr("ocsp_staple_exporter.discovery.files.LARGEST", 50)
    async with following(wanted(files=[file, other, missing])) as lists:
        assert lists.state(file).problems == (f"{file}: is larger than 0 MiB",)
        assert lists.state(missing).problems == (f"{missing}: cannot be read: No such file or directory",)
        replace_file(other, groups("c"))
        await lists.until(lambda: lists.names == {"c"})
        assert lists.discovery.failures[Source.FILE] == 2


def test_only_what_the_system_does_not_let_us_read_may_be_readable_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocsp_staple_exporter.discovery.files.LARGEST", 50)
    (tmp_path / "circle.json").symlink_to("circle.json")
    with pytest.raises(UnreadableError, match="cannot be read: File name too long"):
        read_whole(tmp_path / ("a" * 300 + ".json"))
    with pytest.raises(UnreadableError, match="cannot be read: Too many levels of symbolic links"):
        read_whole(tmp_path / "circle.json")
    with pytest.raises(ValueError, match="is larger than") as caught:
        read_whole(write(tmp_path / "large.json", "[" * 100))
    assert not isinstance(caught.value, UnreadableError)


async def test_a_pipe_is_no_list_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    pipe, file = tmp_path / "a.json", write(tmp_path / "b.json", groups("b"))
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)  # a writer who says nothing
    try:
        async with following(wanted(files=[pipe, file])) as lists:
            assert lists.names == {"b"}
            assert lists.state(pipe).problems == (f"{pipe}: is no ordinary file",)
    finally:
        os.close(writer)


def test_a_file_that_changes_while_it_is_read_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "a.json", "[]")

    def read_and_write(path: Path, _largest: int) -> bytes:
        data = path.read_bytes()
        replace_file(path, groups("later"))
        return data

    monkeypatch.setattr("ocsp_staple_exporter.discovery.files.read_bytes", read_and_write)
    with pytest.raises(StillWrittenError):
        read_whole(file)


async def test_a_file_that_is_always_written_is_never_taken_and_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "a.json", groups("a"))
    tries = 0

    def never_at_rest(path: Path) -> tuple[bytes, None]:
        nonlocal tries
        tries += 1
        raise StillWrittenError(path)

    monkeypatch.setattr("ocsp_staple_exporter.discovery.discovery.read_whole", never_at_rest)
    async with following(wanted(files=[file])) as lists:
        replace_file(file, groups("b"))
        await lists.until(lambda: tries >= 2)
        assert not lists.names
        assert lists.discovery.failures[Source.FILE] == 0


def test_patterns_find_each_file_once_and_in_order(tmp_path: Path) -> None:
    for name in ("b.json", "a.json", "c.yml", ".hidden.json"):
        write(tmp_path / name, "[]")
    found = find_files([tmp_path / "*.json", tmp_path / "missing.yml", tmp_path / "?.*", tmp_path / "none-*.yml"])
    assert [file.name for file in found] == ["a.json", "b.json", "missing.yml", "c.yml"]


def test_brackets_in_a_name_stand_for_themselves(tmp_path: Path) -> None:
    directory = tmp_path / "rack[1]"
    directory.mkdir()
    for name in ("a[1].json", "a1.json"):
        write(directory / name, "[]")
    assert find_files([directory / "a[1].json"]) == (directory / "a[1].json",)
    assert find_files([directory / "none[1].json"]) == (directory / "none[1].json",)
    assert find_files([directory / "a*.json"]) == (directory / "a1.json", directory / "a[1].json")
    assert find_files([directory / "*[1].json"]) == (directory / "a[1].json",)


def test_the_largest_list_is_larger_than_a_hundred_thousand_targets_need() -> None:
    assert len(groups(*(f"host-{number:06}.some-department.example.com:8443" for number in range(100_000)))) * 5 < (
        reading_module.LARGEST
    )
