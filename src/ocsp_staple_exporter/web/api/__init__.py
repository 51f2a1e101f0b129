"""/api/v1: the results as JSON, for programs."""

from __future__ import annotations

from ocsp_staple_exporter.web.api.routes import routes

__all__ = ["routes"]
