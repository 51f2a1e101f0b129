"""A Prometheus exporter for the OCSP responses that TLS servers staple."""

from __future__ import annotations

import os

__version__ = "0.1.0"

REVISION = os.environ.get("OCSP_STAPLE_EXPORTER_REVISION", "unknown")
"""The commit that an image or package was built from; whoever builds it sets the variable."""
