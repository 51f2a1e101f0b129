"""Reads a TLS server's handshake: sans-IO, TLS 1.3 and 1.2, for the staples in it."""

from __future__ import annotations

from ocsp_staple_exporter.tls.client import ClientHandshake
from ocsp_staple_exporter.tls.clienthello import EVERY_VERSION

__all__ = ["EVERY_VERSION", "ClientHandshake"]
