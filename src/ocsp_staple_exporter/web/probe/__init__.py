"""/probe: one probe, now, for a Prometheus that drives."""

from __future__ import annotations

from ocsp_staple_exporter.web.probe.routes import routes

__all__ = ["routes"]
