"""The way to a host that is not reached directly: what is said to proxies, and what is said of ourselves.

Pure, sans-IO: dialogues over `dialogue.Wire`, and bytes.
"""

from __future__ import annotations

from ocsp_staple_exporter.proxies.http_connect import http_connect
from ocsp_staple_exporter.proxies.proxy_protocol import End, introduction
from ocsp_staple_exporter.proxies.socks5 import socks5

__all__ = ["End", "http_connect", "introduction", "socks5"]
