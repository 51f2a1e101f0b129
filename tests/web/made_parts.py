"""A running exporter's parts without its probes, its signals and its sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from datetime import UTC, datetime
from typing import ClassVar, NamedTuple

from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.discovery import ListState, Source
from ocsp_staple_exporter.exposition import Exposition, OwnMetrics
from ocsp_staple_exporter.history import History
from ocsp_staple_exporter.model import Endpoint, ProbeResult
from ocsp_staple_exporter.resolver import Resolver
from ocsp_staple_exporter.results import Results, Subscriber
from ocsp_staple_exporter.sharding import WHOLE
from ocsp_staple_exporter.watchlist import WatchList
from ocsp_staple_exporter.web.parts import About, Loading, Parts
from ocsp_staple_exporter.web.ranking import Ranking
from tests.exposition import made_results as made


class Idle:
    in_flight = 0
    places_taken = 0
    lag_seconds = 0.0


class Watching(NamedTuple):
    """A watch list of which only the lengths are of interest."""

    targets: Sized = ()
    unresolved: Sized = ()


NOBODY = Watching()


class NoLists:
    """Discovery without a list."""

    failures: ClassVar[Mapping[Source, int]] = dict.fromkeys(Source, 0)
    lists: ClassVar[Sequence[ListState]] = ()
    shard = WHOLE


async def answer(
    endpoint: Endpoint, *, may_connect: Callable[[str], bool] = lambda _: True, **_more: object
) -> ProbeResult:
    may_connect("127.0.0.1")
    return made.result(of=endpoint)


def parts(
    endpoints: Iterable[Endpoint] = (),
    *,
    config: Config | None = None,
    is_ready: Callable[[], bool] = lambda: True,
    problems: tuple[str, ...] = (),
    lists: Sequence[ListState] = (),
) -> Parts:
    """What `publish` is given afterwards, as in `parts(...).results.publish(result)`, is what the routes show."""
    config = config or Config(())
    results = Results(endpoints)
    watch_list = WatchList(results.change, Resolver().resolve)
    watch_list.watch(config.targets)
    exposition, history = Exposition(), History()
    own = OwnMetrics(results, Idle(), watch_list, NoLists(), version="1.2.3", revision="abc")
    everybody: tuple[Subscriber, ...] = (exposition, history, own)
    for subscriber in everybody:
        results.subscribe(subscriber)
    loading = Loading(at=datetime(2026, 3, 1, 12, tzinfo=UTC), problems=problems)

    async def reload() -> Loading:
        return loading

    async def probe_now(endpoint: Endpoint) -> ProbeResult:
        result = await answer(endpoint)
        results.publish(result)
        return result

    return Parts(
        about=About(version="1.2.3", revision="abc", started_at=datetime(2026, 3, 1, tzinfo=UTC)),
        results=results,
        watch_list=watch_list,
        ranking=Ranking(results),
        history=history,
        exposition=exposition,
        own=own,
        is_ready=is_ready,
        config=lambda: config,
        lists=lambda: lists,
        last_loading=lambda: loading,
        reload=reload,
        probe=answer,
        probe_now=probe_now,
        now=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC),
    )
