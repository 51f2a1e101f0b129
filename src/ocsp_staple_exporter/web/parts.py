"""The running exporter, as the pages see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.discovery import ListState
from ocsp_staple_exporter.exposition import Exposition, OwnMetrics
from ocsp_staple_exporter.history import History
from ocsp_staple_exporter.model import Endpoint, ProbeResult
from ocsp_staple_exporter.probe import Apart
from ocsp_staple_exporter.results import Results
from ocsp_staple_exporter.watchlist import WatchList
from ocsp_staple_exporter.web.ranking import Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What never changes while it runs."""

    version: str
    revision: str
    started_at: datetime
    """Aware UTC."""

    external_url: str = ""
    """Where people outside reach the list, with a slash at its end; empty where nobody said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """The last attempt to load the configuration."""

    at: datetime
    problems: tuple[str, ...] = ()
    """One line each; none: it is in force."""


class Probing(Protocol):
    """Probes a host once and publishes nothing."""

    async def __call__(
        self, endpoint: Endpoint, *, may_connect: Callable[[str], bool] = ..., apart: Apart = ...
    ) -> ProbeResult: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the routes show, and what they can set off."""

    about: About
    results: Results
    watch_list: WatchList
    ranking: Ranking
    history: History
    exposition: Exposition
    own: OwnMetrics

    is_ready: Callable[[], bool]
    """The configuration is loaded and the schedule runs."""

    config: Callable[[], Config]
    """The one in force."""

    lists: Callable[[], Sequence[ListState]]
    """The lists of targets, in the order in which they count."""

    last_loading: Callable[[], Loading]
    reload: Callable[[], Awaitable[Loading]]
    """Load the configuration anew; one that cannot be loaded leaves the running one in force."""

    probe: Probing
    probe_now: Callable[[Endpoint], Awaitable[ProbeResult]]
    """Probe a watched endpoint out of turn, and publish the result. Joins a probe of it that is under way."""

    now: Callable[[], datetime]
    """Aware UTC."""
