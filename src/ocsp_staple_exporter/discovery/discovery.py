"""Follows all lists and says what came and what went.

Reading and comparing are done in threads. What a list says is put in force in slices, between
which everything else has its turn.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import structlog

from ocsp_staple_exporter.config.collector import collector_paused
from ocsp_staple_exporter.config.lists import TargetLists, TargetURL
from ocsp_staple_exporter.config.problems import Problem
from ocsp_staple_exporter.config.source import UnreadableError
from ocsp_staple_exporter.discovery.entries import Entries, Terms
from ocsp_staple_exporter.discovery.fetching import FetchError, fetch
from ocsp_staple_exporter.discovery.files import Looks, StillWrittenError, find_files, read_whole
from ocsp_staple_exporter.discovery.groups import ListError
from ocsp_staple_exporter.discovery.reading import read_file_of_list, read_json
from ocsp_staple_exporter.discovery.slices import slices
from ocsp_staple_exporter.discovery.states import Key, ListState, Source, merge
from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Change, Target, difference
from ocsp_staple_exporter.sharding import Shard

LOOK_SECONDS = 5.0
"""From one look at the files to the next."""

RESTING_PART = 0.9
"""For so long, as a part of the time between two looks, a file has not been written when it is read."""

OUR_BUG = "the reading of a list broke: this is a bug of the exporter"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the configuration says of the list as a whole."""

    targets: Mapping[str, Target] = field(default_factory=dict)
    """By name: those that the configuration itself names, of this shard."""

    lists: TargetLists = field(default_factory=TargetLists)
    terms: Terms


class _Fetched(NamedTuple):
    digest: bytes
    entries: Entries


class Discovery:
    """`change` puts a change of the list in force. What `wanted` names itself is in force already.

    `now` gives aware UTC; files are looked at every `look_seconds`.
    """

    def __init__(
        self,
        wanted: Wanted,
        change: Callable[[Change[Target]], None],
        *,
        now: Callable[[], datetime],
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self.failures = dict.fromkeys(Source, 0)
        """How often a list could not be read, since the start."""

        self._wanted = wanted
        self._change = change
        self._now = now
        self._look_seconds = look_seconds
        self._in_force = dict(wanted.targets)
        self._states: dict[Key, ListState] = {}
        self._looks = Looks(RESTING_PART * look_seconds)
        self._bodies: dict[Key, bytes] = {}
        self._one_at_a_time = asyncio.Lock()
        self._group: asyncio.TaskGroup | None = None
        self._followers: list[asyncio.Task[None]] = []
        self._untried = _to_try(wanted.lists)

    @property
    def lists(self) -> tuple[ListState, ...]:
        """Every list that was tried, in the order in which they count."""
        return tuple(self._states.values())

    @property
    def shard(self) -> Shard:
        return self._wanted.terms.shard

    @property
    def every_list_was_tried(self) -> bool:
        return not self._untried

    async def run(self) -> None:
        """Follow the lists until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._follow()
            await asyncio.Event().wait()

    async def configure(self, wanted: Wanted) -> None:
        """Follow these lists from now on, and read all of them anew. What is still named stays as last read."""
        for follower in self._followers:
            follower.cancel()
        await asyncio.gather(*self._followers, return_exceptions=True)
        files = await asyncio.to_thread(find_files, wanted.lists.files)
        named = {*(Key(Source.FILE, str(file)) for file in files), *_keys(wanted.lists.urls)}
        self._wanted = wanted
        self._states = {key: state for key, state in self._states.items() if key in named}
        self._looks = self._looks.anew()  # another one: a thread may still read a file for the one before
        self._bodies.clear()
        self._untried = _to_try(wanted.lists)
        await self._put_in_force()
        self._follow()

    def _follow(self) -> None:
        if self._group is None:  # not yet: `run` will
            return
        lists = self._wanted.lists
        following = [self._follow_files(lists.files)] if lists.files else []
        following += [self._follow_url(source) for source in lists.urls]
        self._followers = [self._group.create_task(follower) for follower in following]

    async def _follow_files(self, patterns: tuple[Path, ...]) -> None:
        while True:
            if await self._look(patterns):
                await self._put_in_force()
            self._untried.discard(Source.FILE)
            await asyncio.sleep(self._look_seconds)

    async def _look(self, patterns: tuple[Path, ...]) -> bool:
        """Read the files that are due; whether one was read."""
        known = [Path(key.name) for key in self._states if key.source is Source.FILE]
        due = await asyncio.to_thread(self._due, patterns, known)
        read = [await self._read_file(file) for file in due]
        return any(read)

    def _due(self, patterns: Iterable[Path], known: Iterable[Path]) -> tuple[Path, ...]:
        """Files that a pattern no longer finds are not forgotten: they are gone."""
        return self._looks.due(dict.fromkeys((*find_files(patterns), *known)), self._now().timestamp())

    async def _read_file(self, file: Path) -> bool:
        key = Key(Source.FILE, str(file))
        try:
            entries = await asyncio.to_thread(_entries_of, file, self._looks, self._wanted.terms, self._before(key))
        except StillWrittenError:
            return False
        except ListError as error:
            return self._failed(key, error.problems)
        except Exception as error:
            log.exception(OUR_BUG, list=key.name)
            return self._broke(key, error)
        return self._succeeded(key, entries)

    async def _follow_url(self, source: TargetURL) -> None:
        while True:
            if await self._refresh(source):
                await self._put_in_force()
            self._untried.discard(source.url)
            await asyncio.sleep(source.refresh_interval.total_seconds())

    async def _refresh(self, source: TargetURL) -> bool:
        """Fetch the list; whether there is another one now."""
        key = Key(Source.URL, source.url)
        try:
            body = await fetch(source)
            fetched = await asyncio.to_thread(self._read_body, key, body, self._before(key))
        except FetchError as error:
            return self._failed(key, (Problem(source.url, None, None, str(error)),))
        except ListError as error:
            return self._failed(key, error.problems)
        except Exception as error:
            log.exception(OUR_BUG, list=key.name)
            return self._broke(key, error)
        self._bodies[key] = fetched.digest
        return self._succeeded(key, fetched.entries)

    def _read_body(self, key: Key, body: bytes, before: Mapping[str, Target]) -> _Fetched:
        """Most answers are those of the minute before: they need not be read."""
        digest = hashlib.sha256(body).digest()
        state = self._states.get(key)
        if state is not None and digest == self._bodies.get(key):
            return _Fetched(digest, state.entries)
        return _Fetched(digest, read_json(body, key.name, self._wanted.terms, before))

    def _before(self, key: Key) -> Mapping[str, Target]:
        state = self._states.get(key)
        return state.entries.targets if state else {}

    def _succeeded(self, key: Key, entries: Entries) -> bool:
        """Keep what was read; whether it is something else than before."""
        before = self._states.get(key)
        shadowed = before.shadowed if before else 0
        self._states[key] = ListState(key=key, entries=entries, read_at=self._now(), shadowed=shadowed)
        changed = before is None or before.entries is not entries
        if changed or (before and before.problems):
            log.info("list read", source=key.source.value, list=key.name, targets=len(entries.targets))
        if changed and entries.repeated:
            log.warning("targets stand in a list more than once", list=key.name, count=entries.repeated)
        return changed

    def _failed(self, key: Key, problems: Iterable[Problem]) -> bool:
        """Say what is wrong with the list, once; what it held before stays."""
        self.failures[key.source] += 1
        before = self._states.get(key) or ListState(key=key, entries=Entries())
        told = tuple(map(str, problems))
        self._states[key] = replace(before, problems=told)
        if told != before.problems:
            kept = len(before.entries.targets)
            for problem in told:
                log.error("list not read, the last good one stays in force", problem=problem, targets=kept)
        return False

    def _broke(self, key: Key, error: Exception) -> bool:
        """One list that we cannot cope with must not end the watch over all others."""
        detail = printable(f"{type(error).__name__}: {error}")
        return self._failed(key, (Problem(key.name, None, None, f"internal error: {detail}"),))

    async def _put_in_force(self) -> None:
        async with self._one_at_a_time:
            states = self._in_order()
            parts, shadowed = await asyncio.to_thread(self._compare, states)
            for part in parts:
                self._put_part_in_force(part)
                await asyncio.sleep(0)
            self._note_shadowed(shadowed)

    def _compare(self, states: Iterable[ListState]) -> tuple[list[Change[Target]], Mapping[Key, int]]:
        """What is to be put in force, slice by slice; nobody changes what is in force meanwhile."""
        with collector_paused():
            merged, shadowed = merge(self._wanted.targets, states)
            return list(slices(difference(self._in_force, merged))), shadowed

    def _put_part_in_force(self, part: Change[Target]) -> None:
        for target in part.removed:
            self._in_force.pop(target.name, None)
        self._in_force.update((target.name, target) for target in part.added)
        self._change(part)

    def _in_order(self) -> list[ListState]:
        """Files by their names, then URLs as the configuration has them."""
        order = {key: place for place, key in enumerate(_keys(self._wanted.lists.urls))}
        ordered = sorted(self._states.values(), key=lambda state: (order.get(state.key, -1), state.key.name))
        self._states = {state.key: state for state in ordered}
        return ordered

    def _note_shadowed(self, shadowed: Mapping[Key, int]) -> None:
        for key, count in shadowed.items():
            state = self._states.get(key)
            if state is not None and state.shadowed != count:
                self._states[key] = replace(state, shadowed=count)
                if count:
                    log.warning("targets of a list stand in an earlier one, which counts", list=key.name, count=count)


def _entries_of(file: Path, looks: Looks, terms: Terms, before: Mapping[str, Target]) -> Entries:
    """Raises StillWrittenError and ListError. A file that is there and cannot be read stays due."""
    stat, again = looks.seen(file), False
    try:
        data, stat = read_whole(file)
        return read_file_of_list(data, file, terms, before)
    except ValueError as error:
        again = isinstance(error, UnreadableError) and stat is not None
        raise ListError((Problem(str(file), None, None, str(error)),)) from None
    finally:
        if not again:
            looks.read_as(file, stat)


def _keys(urls: Iterable[TargetURL]) -> tuple[Key, ...]:
    return tuple(Key(Source.URL, source.url) for source in urls)


def _to_try(lists: TargetLists) -> set[Source | str]:
    return {source.url for source in lists.urls} | ({Source.FILE} if lists.files else set())
