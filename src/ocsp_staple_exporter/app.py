"""Wires one running exporter and ends it in order."""

from __future__ import annotations

import asyncio
import importlib
import platform
import signal
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

import structlog

from ocsp_staple_exporter import REVISION, __version__
from ocsp_staple_exporter.collecting import spare_collections
from ocsp_staple_exporter.config import Config, Limits
from ocsp_staple_exporter.discovery import Discovery, Terms, Wanted
from ocsp_staple_exporter.exposition import Exposition, OwnMetrics
from ocsp_staple_exporter.history import History
from ocsp_staple_exporter.journal import Journal
from ocsp_staple_exporter.model import Change, Endpoint
from ocsp_staple_exporter.probe import Doors, Prober
from ocsp_staple_exporter.reload import Load, Reloader
from ocsp_staple_exporter.resolver import Resolver
from ocsp_staple_exporter.results import Results, Subscriber
from ocsp_staple_exporter.schedule import Schedule
from ocsp_staple_exporter.watchlist import WatchList
from ocsp_staple_exporter.web.listening import name
from ocsp_staple_exporter.web.parts import About, Parts, Probing
from ocsp_staple_exporter.web.probe import TIMEOUT_OFFSET
from ocsp_staple_exporter.web.ranking import Ranking
from ocsp_staple_exporter.web.serving import MOST_CONNECTIONS, serving
from ocsp_staple_exporter.web.site import web_app
from ocsp_staple_exporter.web.web_config import Access

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

DESCRIPTORS_FOR_THE_REST = MOST_CONNECTIONS + 64
"""Visitors, listeners and what the interpreter has open."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """How the exporter shows itself over HTTP."""

    access: Access | None = None
    """`--web.config.file`: TLS, users and headers; None: anybody, over plain HTTP."""

    prefix: str = ""
    """What all paths begin with: empty or `/a/b`."""

    home: str = ""
    """The URL for people outside, of `--web.external-url`; empty where none was given."""

    timeout_offset: timedelta = TIMEOUT_OFFSET
    """How much of Prometheus's scrape timeout /probe leaves for its answer."""


PLAIN = Face()


def run(
    config: Config,
    sockets: Sequence[socket.socket],
    *,
    load: Load,
    follow_files: float | None = None,
    face: Face = PLAIN,
) -> None:
    """Serve on uvloop where it is installed (the extra `fast`), on asyncio's own loop otherwise."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve(config, sockets, load=load, follow_files=follow_files, face=face))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's; None for asyncio's own."""
    try:
        uvloop = importlib.import_module("uvloop")
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def serve(  # noqa: PLR0913 - each has a default that tests and the demo keep
    config: Config,
    sockets: Sequence[socket.socket],
    *,
    load: Load | None = None,
    follow_files: float | None = None,
    face: Face = PLAIN,
    probe: Probing | None = None,
    resolver: Resolver | None = None,
    subscribers: Iterable[Subscriber] = (),
) -> None:
    """Probe and answer on the sockets until SIGTERM or SIGINT; the sockets are closed at the end.

    `load` gives the configuration of a reload, the same one again where it is None; `follow_files`
    is after how many seconds its files are looked at for a change, None for never. `subscribers`
    hear of every result, after those that every exporter has. `resolver` finds the addresses of targets
    that are watched at all of them.

    Stops in this order: readiness is withdrawn, connections are no longer accepted,
    answers under way get a moment, probes under way are cancelled.
    """
    resolver = Resolver() if resolver is None else resolver
    prober = Prober(resolver)
    probe = prober.probe if probe is None else probe
    with _Signals() as signals:
        running = _Running(config, load or (lambda: config), probe, resolver, subscribers, prober.doors)
        parts = running.parts(
            is_ready=lambda: running.discovery.every_list_was_tried and not signals.stop.is_set(),
            external_url=face.home,
        )
        site = web_app(parts, prefix=face.prefix, home=face.home, timeout_offset=face.timeout_offset)
        async with asyncio.TaskGroup() as group:
            background = [
                group.create_task(running.schedule.run()),
                group.create_task(running.discovery.run()),
                group.create_task(running.watch_list.run()),
                group.create_task(_reload_on(signals, running)),
                group.create_task(spare_collections()),
            ]
            if follow_files is not None:
                background.append(group.create_task(running.reloader.follow_files(follow_files)))
            async with serving(site, sockets, face.access):
                _announce(config, sockets)
                await signals.stop.wait()
            for task in background:
                task.cancel()
    log.info("stopped")


async def _reload_on(signals: _Signals, running: _Running) -> None:
    while True:
        await signals.reload.wait()
        signals.reload.clear()
        await running.reloader.reload()


class _Running:
    """The parts of one exporter, and the wires between them."""

    def __init__(
        self,
        config: Config,
        load: Load,
        probe: Probing,
        resolver: Resolver,
        subscribers: Iterable[Subscriber],
        doors: Doors,
    ) -> None:
        self.probe = probe
        self.doors = doors
        self.results = Results()
        self.schedule = Schedule((), probe, self.results.publish, probes_in_flight=1)
        self.watch_list = WatchList(self._list_changed, resolver.resolve)
        self.exposition, self.history = Exposition(), History()
        self.discovery = Discovery(_wanted(config), self.watch_list.change, now=lambda: datetime.now(UTC))
        self.own = OwnMetrics(
            self.results,
            self.schedule,
            self.watch_list,
            self.discovery,
            version=__version__,
            revision=REVISION,
        )
        self.own.config_loaded(datetime.now(UTC))
        self.ranking = Ranking(self.results)
        self.reloader = Reloader(config, load, self._apply, self.own.config_rejected)
        everybody: tuple[Subscriber, ...] = (self.exposition, self.history, self.own, Journal(), *subscribers)
        for subscriber in everybody:
            self.results.subscribe(subscriber)
        self._allow(config.limits)
        self.watch_list.watch(config.targets)

    def _list_changed(self, change: Change[Endpoint]) -> None:
        self.results.change(change)
        self.schedule.change(change)

    async def _apply(self, config: Config) -> None:
        self._allow(config.limits)
        await self.discovery.configure(_wanted(config))
        self.own.config_loaded(datetime.now(UTC))

    def _allow(self, limits: Limits) -> None:
        _allow_descriptors(limits.probes_in_flight + limits.probes_aside)
        self.schedule.allow(
            limits.probes_in_flight, probes_aside=limits.probes_aside, per_second=limits.probes_per_second
        )
        self.doors.allow(limits.probes_per_address)

    def parts(self, *, is_ready: Callable[[], bool], external_url: str) -> Parts:
        return Parts(
            about=About(
                version=__version__, revision=REVISION, started_at=datetime.now(UTC), external_url=external_url
            ),
            results=self.results,
            watch_list=self.watch_list,
            ranking=self.ranking,
            history=self.history,
            exposition=self.exposition,
            own=self.own,
            lists=lambda: self.discovery.lists,
            is_ready=is_ready,
            config=lambda: self.reloader.config,
            last_loading=lambda: self.reloader.last_loading,
            reload=self.reloader.reload,
            probe=self.probe,
            probe_now=self.schedule.probe_now,
            now=lambda: datetime.now(UTC),
        )


def _wanted(config: Config) -> Wanted:
    targets = {target.name: target for target in config.targets}
    return Wanted(targets=targets, lists=config.lists, terms=Terms(config.modules, config.shard))


def _allow_descriptors(probes: int) -> None:
    """Each probe under way takes a file descriptor: use all that we may have, and say when that is little."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    if soft != resource.RLIM_INFINITY and soft < probes + DESCRIPTORS_FOR_THE_REST:
        log.warning(
            "few file descriptors: lower limits.probes_in_flight and limits.probes_aside, or raise the limit",
            limit=soft,
        )


def _announce(config: Config, sockets: Sequence[socket.socket]) -> None:
    log.info(
        "started",
        version=__version__,
        revision=REVISION,
        python=platform.python_version(),
        loop=type(asyncio.get_running_loop()).__module__.partition(".")[0],
        targets=len(config.targets),
    )
    for listening in sockets:
        log.info("listening", address=name(listening))


class _Signals:
    """SIGTERM and SIGINT set `stop`, SIGHUP sets `reload`, while the context is open.

    Where a loop has no signals (Windows), Ctrl-C cancels us instead.
    """

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.reload = asyncio.Event()
        self._handlers = {signal.SIGTERM: self._stop, signal.SIGINT: self._stop}
        if hasattr(signal, "SIGHUP"):
            self._handlers[signal.SIGHUP] = self._reload

    def __enter__(self) -> Self:
        with suppress(NotImplementedError):
            for number, handler in self._handlers.items():
                asyncio.get_running_loop().add_signal_handler(number, handler, number)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(NotImplementedError):
            for number in self._handlers:
                asyncio.get_running_loop().remove_signal_handler(number)

    def _stop(self, number: signal.Signals) -> None:
        log.info("stopping", signal=number.name)
        self.stop.set()

    def _reload(self, number: signal.Signals) -> None:
        log.info("reloading", signal=number.name)
        self.reload.set()
