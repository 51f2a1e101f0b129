"""A handshake by pyOpenSSL that reads the staple; with CHAIN=1 in the environment it verifies the chain too."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import closing

from OpenSSL import SSL

from bench.loops.looping import Server, loop


def client(server: Server) -> Callable[[], None]:
    staples: list[bytes] = []

    def keep(_connection: SSL.Connection, staple: bytes, _data: object) -> bool:
        staples.append(staple)
        return True

    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_verify(SSL.VERIFY_NONE)
    if os.environ.get("CHAIN"):  # with trust anchors, OpenSSL verifies the chain whatever becomes of the result
        context.load_verify_locations(server.ca_file)
        context.set_verify(SSL.VERIFY_PEER)
    context.set_ocsp_client_callback(keep)

    def probe() -> None:
        staples.clear()
        with closing(socket.create_connection(("127.0.0.1", server.port))) as connection:
            handshake = SSL.Connection(context, connection)
            handshake.set_connect_state()
            handshake.set_tlsext_host_name(server.name.encode())
            handshake.request_ocsp()
            handshake.do_handshake()
            handshake.shutdown()
        assert staples[0]

    return probe


if __name__ == "__main__":
    loop(client)
