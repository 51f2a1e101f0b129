"""The targets in force, the addresses of those that are watched at all of them, and the endpoints that come of both."""

from __future__ import annotations

from ocsp_staple_exporter.watchlist.addresses import Known
from ocsp_staple_exporter.watchlist.watchlist import Unresolved, WatchList

__all__ = ["Known", "Unresolved", "WatchList"]
