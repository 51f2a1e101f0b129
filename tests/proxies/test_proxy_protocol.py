"""The PROXY protocol's headers, as proxy-protocol.txt writes them."""

from __future__ import annotations

import pytest

from ocsp_staple_exporter.model import ProxyProtocol
from ocsp_staple_exporter.proxies import End, introduction

V4 = End("192.0.2.1", 56324), End("198.51.100.7", 443)
V6 = End("2001:db8::1", 1), End("2001:db8::2", 65535)
LINK_LOCAL = End("fe80::1%eth0", 1), End("fe80::2%7", 2)
SIGNATURE = "0d0a0d0a000d0a515549540a"


@pytest.mark.parametrize(
    ("ends", "header"),
    [
        (V4, b"PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"),
        (V6, b"PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n"),
        (LINK_LOCAL, b"PROXY TCP6 fe80::1 fe80::2 1 2\r\n"),
        (None, b"PROXY UNKNOWN\r\n"),
    ],
)
def test_version_1_is_a_line(ends: tuple[End, End] | None, header: bytes) -> None:
    assert introduction(ProxyProtocol.V1, ends) == header


@pytest.mark.parametrize(
    ("ends", "header"),
    [
        (V4, "21 11 000c c0000201 c6336407 dc04 01bb"),
        (V6, "21 21 0024 20010db8000000000000000000000001 20010db8000000000000000000000002 0001 ffff"),
        (LINK_LOCAL, "21 21 0024 fe800000000000000000000000000001 fe800000000000000000000000000002 0001 0002"),
        (None, "20 00 0000"),
    ],
)
def test_version_2_is_binary(ends: tuple[End, End] | None, header: str) -> None:
    assert introduction(ProxyProtocol.V2, ends) == bytes.fromhex(SIGNATURE + header)
