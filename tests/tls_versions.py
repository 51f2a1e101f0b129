"""The versions of TLS that the client completes, and those that it only reads."""

from __future__ import annotations

from ocsp_staple_exporter.model import TLSVersion

MODERN = (TLSVersion.TLS_1_2, TLSVersion.TLS_1_3)
OLD = (TLSVersion.TLS_1_0, TLSVersion.TLS_1_1)
