"""--web.config.file: TLS, users, headers and a rate limit, as Prometheus's exporter-toolkit reads them."""

from __future__ import annotations

from ocsp_staple_exporter.web.web_config.access import Access

__all__ = ["Access"]
