"""When each endpoint is probed, and how many at a time."""

from __future__ import annotations

from ocsp_staple_exporter.schedule.schedule import JITTER, NoLongerWatchedError, Schedule, place

__all__ = ["JITTER", "NoLongerWatchedError", "Schedule", "place"]
