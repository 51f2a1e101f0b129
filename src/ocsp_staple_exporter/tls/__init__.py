"""Reads a TLS server's handshake: sans-IO, from TLS 1.0 to 1.3, for the staples in it."""

from __future__ import annotations

from ocsp_staple_exporter.tls.client import ClientHandshake
from ocsp_staple_exporter.tls.clienthello import CURVES, EVERY_VERSION
from ocsp_staple_exporter.tls.groups import Group
from ocsp_staple_exporter.tls.hybrids import EVERY_GROUP, may_want_hybrid

__all__ = ["CURVES", "EVERY_GROUP", "EVERY_VERSION", "ClientHandshake", "Group", "may_want_hybrid"]
