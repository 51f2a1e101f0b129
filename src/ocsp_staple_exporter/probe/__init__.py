"""One probe: resolve, connect, handshake, judge. The only sockets to watched hosts are here."""

from __future__ import annotations

from ocsp_staple_exporter.probe.doors import Apart, Doors
from ocsp_staple_exporter.probe.prober import Prober, system_trust_anchors
from ocsp_staple_exporter.probe.routing import eligible_family

__all__ = ["Apart", "Doors", "Prober", "eligible_family", "system_trust_anchors"]
