"""One probe: resolve, connect, handshake, judge. The only sockets to watched hosts are here."""

from __future__ import annotations

from ocsp_staple_exporter.probe.prober import Prober, system_trust_anchors

__all__ = ["Prober", "system_trust_anchors"]
