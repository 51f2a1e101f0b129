"""--web.config.file as it stands now, for every connection and every request.

A change needs no restart. As in the toolkit, requests are refused (500) while the file cannot
be used. Handshakes differ: where the toolkit would let them fail, the last certificate, key and
authorities that were good stay in force, since a renewal is often caught half-done. TLS once
on stays on: a file without certificates does not turn a listener to plain HTTP. Users go only
with a file that has come to rest: one that is empty or half written lets nobody in.
"""

from __future__ import annotations

import math
import time
from pathlib import Path

import structlog

from ocsp_staple_exporter.config import ConfigError
from ocsp_staple_exporter.web.web_config.following import SETTLED_NANOSECONDS, Files
from ocsp_staple_exporter.web.web_config.loading import WebConfig, read_web_config
from ocsp_staple_exporter.web.web_config.settings import ServerTLS, Settings

log = structlog.get_logger()


RETRY_SECONDS = 10.0
"""Until what could not be read is tried again without a change: file descriptors may have run out for a moment."""

REST_SECONDS = SETTLED_NANOSECONDS / 1e9
"""For a file that no longer names users: shorter than that, somebody may be writing it."""


class Access:
    """What a connection and a request have to fulfil."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigError with every problem of the file and of those that it names."""
        self._path = path
        self._file = Files([path])
        self._changed_at = -math.inf
        self._retry_at = math.inf
        self._complained: tuple[str, ...] = ()
        self._config = read_web_config(path)
        _warn(self._config)
        self._tls_files = Files(self._config.tls_files())
        self._settings: Settings | None = self._config.settings
        self._tls = self._config.open_tls()

    def settings(self) -> Settings | None:
        """None: the file cannot be used now."""
        self._refresh()
        return self._settings

    def tls(self) -> ServerTLS | None:
        """None: plain HTTP."""
        self._refresh()
        return self._tls

    def _refresh(self) -> None:
        now = time.monotonic()
        due = now >= self._retry_at
        changed = self._file.changed()
        if changed:
            self._changed_at = now
        if changed or (due and self._settings is None):
            self._retry_at = math.inf
            self._reload(now)
        elif self._tls_files.changed() or due:
            if self._settings is not None:  # else it is the file itself that waits
                self._retry_at = math.inf
            self._open_tls()

    def _reload(self, now: float) -> None:
        try:
            config = read_web_config(self._path)
        except ConfigError as error:
            self._settings = None
            self._complain("web configuration unusable, requests are refused", error)
            return
        if self._config.settings.users and not config.settings.users:
            rested_at = self._changed_at + REST_SECONDS
            if now < rested_at:
                self._settings = None
                self._retry_at = rested_at
                log.error("web configuration names no users any more, requests are refused until it has come to rest")
                return
            log.warning("web configuration names no users any more, everybody may ask")
        self._take(config)

    def _take(self, config: WebConfig) -> None:
        _warn(config)
        log.info("web configuration reloaded", file=str(self._path))
        self._config = config
        self._settings = config.settings
        self._tls_files = Files(config.tls_files())
        self._open_tls()

    def _open_tls(self) -> None:
        try:
            tls = self._config.open_tls()
        except ConfigError as error:
            self._complain("certificate or key unusable, the ones before stay in force", error)
            return
        self._complained = ()
        if tls is None and self._tls is not None:
            log.error("TLS stays on until a restart: the web configuration no longer names a certificate")
            return
        self._tls = tls
        if tls is not None:
            log.info("TLS certificate and key loaded")

    def _complain(self, event: str, error: ConfigError) -> None:
        self._retry_at = min(self._retry_at, time.monotonic() + RETRY_SECONDS)
        problems = tuple(map(str, error.problems))
        if problems != self._complained:
            self._complained = problems
            for problem in problems:
                log.error(event, problem=problem)


def _warn(config: WebConfig) -> None:
    for warning in config.warnings:
        log.warning("web configuration", warning=warning)
