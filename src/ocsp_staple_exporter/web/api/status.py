"""The exporter itself, as the API shows it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ocsp_staple_exporter.diagnosis import State
from ocsp_staple_exporter.discovery import ListState, Source
from ocsp_staple_exporter.documents import Document, Time
from ocsp_staple_exporter.watchlist import WatchList
from ocsp_staple_exporter.web.api.models import Name
from ocsp_staple_exporter.web.parts import Parts

UNRESOLVED_TOLD = 20


class Loading(Document):
    """The last attempt to load the configuration."""

    at: Time
    succeeded: bool
    problems: tuple[Name, ...]
    """Why it did not, so that the configuration before it stays in force."""


class Configuration(Document):
    """The configuration in force."""

    files: tuple[Name, ...]
    """The config file and the files that it names."""

    probe_on_demand: bool
    """Whether an endpoint can be probed through this API."""

    last_loading: Loading


class ListOfTargets(Document):
    """A file or a URL with targets."""

    source: Source
    name: Annotated[Name, Field(examples=["/etc/ocsp-staple-exporter/targets/web.json"])]
    """The path or the URL."""

    targets: int
    """How many targets it names for this exporter, as it was last read without a fault."""

    of_other_shards: int
    """How many it names for other exporters."""

    repeated: int
    """How many of its entries name a target that it names before."""

    shadowed: int
    """How many of its targets are left out, as the configuration or an earlier list names them too."""

    read_at: Time | None
    """When it was last read without a fault; null: never yet."""

    problems: tuple[Name, ...]
    """Why it is not in force as it is now; none: it is."""


class Shard(Document):
    """Which part of all targets is for this exporter."""

    ordinal: int
    """Counted from 0."""

    total: int
    """1: all targets are."""


class Population(Document):
    """The watched endpoints."""

    total: int
    states: Annotated[dict[State, int], Field(examples=[{"revoked": 0, "invalid": 2, "good": 40}])]
    """How many are in each state; every state is named."""


class UnresolvedTarget(Document):
    """A target with `addresses: all` whose name does not resolve."""

    target: Name
    detail: str
    """Why the last look-up failed."""

    addresses: int
    """Known from earlier and still probed."""


class Resolution(Document):
    """The names of targets that are watched at all of their addresses."""

    unresolved: int
    first: Annotated[tuple[UnresolvedTarget, ...], Field(max_length=UNRESOLVED_TOLD)]
    """Of these, by name."""


class Probing(Document):
    """The timer that probes the watched endpoints."""

    in_flight: int
    in_flight_limit: int
    lag_seconds: float
    """The largest delay, in the last one to two minutes, between the time of a probe and its start."""


class Status(Document):
    """The exporter itself."""

    answered_at: Time
    version: Annotated[str, Field(examples=["1.0.0"])]
    revision: str
    """The commit that it was built from; `unknown` where nobody said."""

    started_at: Time
    ready: bool
    """The configuration is loaded and the timer runs."""

    configuration: Configuration
    lists: tuple[ListOfTargets, ...]
    """In the order in which they count."""

    shard: Shard
    resolution: Resolution
    endpoints: Population
    probing: Probing
    resident_memory_bytes: int | None
    """Null: the system does not say."""


def status(parts: Parts, states: dict[State, int]) -> Status:
    config, loading, progress = parts.config(), parts.last_loading(), parts.own.progress
    return Status(
        answered_at=parts.now(),
        version=parts.about.version,
        revision=parts.about.revision,
        started_at=parts.about.started_at,
        ready=parts.is_ready(),
        configuration=Configuration(
            files=tuple(map(str, config.files)),
            probe_on_demand=config.probe_on_demand,
            last_loading=Loading(at=loading.at, succeeded=not loading.problems, problems=loading.problems),
        ),
        lists=tuple(map(_list, parts.lists())),
        shard=Shard(ordinal=config.shard.ordinal, total=config.shard.total),
        resolution=_resolution(parts.watch_list),
        endpoints=Population(total=sum(states.values()), states=states),
        probing=Probing(
            in_flight=progress.in_flight,
            in_flight_limit=config.limits.probes_in_flight,
            lag_seconds=progress.lag_seconds,
        ),
        resident_memory_bytes=_resident_memory(),
    )


def _resolution(watched: WatchList) -> Resolution:
    first = tuple(
        UnresolvedTarget(target=one.target, detail=one.detail, addresses=one.known)
        for one in watched.why_unresolved(UNRESOLVED_TOLD)
    )
    return Resolution(unresolved=len(watched.unresolved), first=first)


def _list(state: ListState) -> ListOfTargets:
    return ListOfTargets(
        source=state.key.source,
        name=state.key.name,
        targets=len(state.entries.targets),
        of_other_shards=state.entries.of_other_shards,
        repeated=state.entries.repeated,
        shadowed=state.shadowed,
        read_at=state.read_at,
        problems=state.problems,
    )


def _resident_memory() -> int | None:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError, IndexError):  # not Linux
        return None
