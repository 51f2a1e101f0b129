"""A client that breaks off, to see what a server logs then."""

from __future__ import annotations

import socket
import ssl

TIMEOUT_SECONDS = 10.0


def distrust(port: int, server_name: str) -> None:
    """Shake hands as a client that knows no CA: it ends with the alert unknown_ca (RFC 8446 §6.2)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) as connection:
        try:
            context.wrap_socket(connection, server_hostname=server_name)
        except ssl.SSLCertVerificationError:
            return
    raise AssertionError("the lab's certificate was trusted")
