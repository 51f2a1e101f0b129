"""/probe: one probe, now, for a Prometheus that drives."""

from __future__ import annotations

from ocsp_staple_exporter.web.probe.routes import TIMEOUT_OFFSET, routes

__all__ = ["TIMEOUT_OFFSET", "routes"]
