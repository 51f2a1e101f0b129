"""A Prometheus exporter for the OCSP responses that TLS servers staple."""

from __future__ import annotations

__version__ = "0.1.0"
