"""What the exporter says about itself; read from where it lives at each scrape."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence, Sized
from datetime import datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from ocsp_staple_exporter.discovery import ListState, Source
from ocsp_staple_exporter.model import Endpoint, Observation, ProbeResult
from ocsp_staple_exporter.results import Results
from ocsp_staple_exporter.sharding import Shard

PREFIX = "ocsp_staple_exporter_"


class Progress(Protocol):
    """What a schedule tells of itself."""

    @property
    def in_flight(self) -> int: ...

    @property
    def places_taken(self) -> int: ...

    @property
    def lag_seconds(self) -> float: ...


class Lists(Protocol):
    """What discovery tells of the lists."""

    @property
    def failures(self) -> Mapping[Source, int]: ...

    @property
    def lists(self) -> Sequence[ListState]: ...

    @property
    def shard(self) -> Shard: ...


class Watched(Protocol):
    """What a watch list tells of itself."""

    @property
    def targets(self) -> Sized: ...

    @property
    def unresolved(self) -> Sized: ...


class OwnMetrics(Collector):
    """The exporter's own metrics, and those of its process, in a registry of their own.

    A subscriber of results, for it counts the probes.
    """

    def __init__(
        self, results: Results, progress: Progress, watched: Watched, lists: Lists, *, version: str, revision: str
    ) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(self)
        ProcessCollector(registry=self.registry)
        self._results = results
        self._list = watched
        self._lists = lists
        self.progress = progress
        self._build = {"version": version, "revision": revision, "pythonversion": platform.python_version()}
        self.probes = {"success": 0, "failure": 0}
        self._loaded: datetime | None = None
        self._last_load_worked = False

    def published(self, result: ProbeResult, _previous: ProbeResult | None) -> None:
        self.probes["success" if isinstance(result.outcome, Observation) else "failure"] += 1

    def removed(self, endpoint: Endpoint) -> None:
        """A count of probes never goes back."""

    def config_loaded(self, at: datetime) -> None:
        self._loaded = at
        self._last_load_worked = True

    def config_rejected(self) -> None:
        self._last_load_worked = False

    def collect(self) -> Iterator[Metric]:
        """Read what is so now; part of prometheus_client's protocol."""
        yield InfoMetricFamily(f"{PREFIX}build", "The exporter's version and that of its Python.", self._build)
        yield from self._config()
        yield from self._watched()
        yield from self._discovery()
        yield from self._sharding()
        yield from self._probing()

    def describe(self) -> list[Metric]:
        """Nothing: to register must not ask a schedule that does not run yet."""
        return []

    def _config(self) -> Iterator[Metric]:
        yield _gauge(
            "config_last_reload_successful",
            "1 if the last attempt to load the configuration succeeded.",
            self._last_load_worked,
        )
        if self._loaded is not None:
            yield _gauge(
                "config_last_reload_success_timestamp_seconds",
                "Unix time at which the configuration was last loaded.",
                self._loaded.timestamp(),
            )

    def _watched(self) -> Iterator[Metric]:
        yield _gauge(
            "targets", "Targets that are watched: those of the configuration and of its lists.", len(self._list.targets)
        )
        yield _gauge(
            "unresolved_targets",
            "Targets that are watched at all of their addresses, whose names do not resolve.",
            len(self._list.unresolved),
        )
        endpoints = len(self._results.watched)
        yield _gauge("endpoints", "Endpoints that are probed, whether or not a probe has ended yet.", endpoints)

    def _discovery(self) -> Iterator[Metric]:
        failures = CounterMetricFamily(
            f"{PREFIX}discovery_failures", "Attempts to read a list of targets that failed.", labels=["source"]
        )
        failing = GaugeMetricFamily(
            f"{PREFIX}discovery_lists_failing",
            "Lists of targets that are not as they were last read, since that failed.",
            labels=["source"],
        )
        states = self._lists.lists
        for source, count in self._lists.failures.items():
            failures.add_metric([source.value], count)
            ill = sum(bool(state.problems) for state in states if state.key.source is source)
            failing.add_metric([source.value], ill)
        yield failures
        yield failing

    def _sharding(self) -> Iterator[Metric]:
        shard = self._lists.shard
        yield _gauge("shard_ordinal", "Which of the shards this exporter is, counted from 0.", shard.ordinal)
        yield _gauge("total_shards", "Among how many exporters the targets are divided; 1: they are not.", shard.total)

    def _probing(self) -> Iterator[Metric]:
        probes = CounterMetricFamily(
            f"{PREFIX}probes", "Probes that ended, by whether they read a handshake.", labels=["result"]
        )
        for result, count in self.probes.items():
            probes.add_metric([result], count)
        yield probes
        yield _gauge("probes_in_flight", "Probes under way.", self.progress.in_flight)
        yield _gauge(
            "schedule_lag_seconds",
            "Largest delay, in the last one to two minutes, between the time of a probe and its start; "
            "probes that are overdue now count with their delay so far.",
            self.progress.lag_seconds,
        )


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}{name}", documentation, value=value)
