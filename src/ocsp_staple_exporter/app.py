"""Wires one running exporter and ends it in order."""

from __future__ import annotations

import asyncio
import importlib
import os
import platform
import signal
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import structlog

from ocsp_staple_exporter import __version__
from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.exposition import Exposition, OwnMetrics
from ocsp_staple_exporter.journal import Journal
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.results import Results, Subscriber
from ocsp_staple_exporter.schedule import Probe, Schedule
from ocsp_staple_exporter.web.listening import name
from ocsp_staple_exporter.web.server import serving, web_app

REVISION = os.environ.get("OCSP_STAPLE_EXPORTER_REVISION", "unknown")
"""The commit that an image or package was built from; whoever builds it sets the variable."""

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

DESCRIPTORS_FOR_THE_REST = 64
"""Listeners, scrapes and what the interpreter has open."""

log = structlog.get_logger()


def run(config: Config, sockets: Sequence[socket.socket], *, probe: Probe | None = None) -> None:
    """Serve on uvloop where it is installed (the extra `fast`), on asyncio's own loop otherwise."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve(config, sockets, probe=probe))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's; None for asyncio's own."""
    try:
        uvloop = importlib.import_module("uvloop")
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def serve(
    config: Config,
    sockets: Sequence[socket.socket],
    *,
    probe: Probe | None = None,
    subscribers: Iterable[Subscriber] = (),
) -> None:
    """Probe and answer on the sockets until SIGTERM or SIGINT; the sockets are closed at the end.

    `subscribers` hear of every result, after those that every exporter has.

    Stops in this order: readiness is withdrawn, connections are no longer accepted,
    answers under way get a moment, probes under way are cancelled.
    """
    _allow_descriptors(config.limits.probes_in_flight)
    probe = Prober().probe if probe is None else probe
    results = Results(config.endpoints)
    schedule = Schedule(config.endpoints, probe, results.publish, probes_in_flight=config.limits.probes_in_flight)
    exposition = Exposition()
    own = OwnMetrics(results, schedule, version=__version__, revision=REVISION)
    own.config_loaded(datetime.now(UTC))
    everybody: tuple[Subscriber, ...] = (exposition, own, Journal(), *subscribers)
    for subscriber in everybody:
        results.subscribe(subscriber)
    with _stop_signals() as stop:
        pages = web_app(exposition, own, is_ready=lambda: not stop.is_set(), version=__version__)
        async with asyncio.TaskGroup() as group:
            probing = group.create_task(schedule.run())
            async with serving(pages, sockets):
                _announce(config, sockets)
                await stop.wait()
            probing.cancel()
    log.info("stopped")


def _allow_descriptors(probes_in_flight: int) -> None:
    """Each probe under way takes a file descriptor: use all that we may have, and say when that is little."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    if soft != resource.RLIM_INFINITY and soft < probes_in_flight + DESCRIPTORS_FOR_THE_REST:
        log.warning("few file descriptors: lower limits.probes_in_flight or raise the limit", limit=soft)


def _announce(config: Config, sockets: Sequence[socket.socket]) -> None:
    log.info(
        "started",
        version=__version__,
        revision=REVISION,
        python=platform.python_version(),
        loop=type(asyncio.get_running_loop()).__module__.partition(".")[0],
        targets=len(config.endpoints),
    )
    for listening in sockets:
        log.info("listening", address=name(listening))


@contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set. Where a loop has no signals (Windows), Ctrl-C cancels us instead."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def stop_on(number: signal.Signals) -> None:
        log.info("stopping", signal=number.name)
        stop.set()

    def go_on(number: signal.Signals) -> None:
        log.warning("the configuration is read at the start only: restart to load another", signal=number.name)

    handlers = {signal.SIGTERM: stop_on, signal.SIGINT: stop_on}
    if hasattr(signal, "SIGHUP"):
        handlers[signal.SIGHUP] = go_on
    with suppress(NotImplementedError):
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler, number)
    try:
        yield stop
    finally:
        with suppress(NotImplementedError):
            for number in handlers:
                loop.remove_signal_handler(number)
