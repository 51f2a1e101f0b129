"""Reads a TLS server's handshake: sans-IO, from TLS 1.0 to 1.3, for the staples in it."""

from __future__ import annotations

from ocsp_staple_exporter.tls.client import ClientHandshake
from ocsp_staple_exporter.tls.clienthello import EVERY_VERSION

__all__ = ["EVERY_VERSION", "ClientHandshake"]
