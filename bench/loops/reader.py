"""This exporter's reader of handshakes, over a blocking socket."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing

from bench.loops.looping import Server, loop
from ocsp_staple_exporter.tls import ClientHandshake


def client(server: Server) -> Callable[[], None]:
    def probe() -> None:
        handshake = ClientHandshake(server.name)
        with closing(socket.create_connection(("127.0.0.1", server.port))) as connection:
            to_send = handshake.receive(b"")
            while not handshake.done:
                if to_send:
                    connection.sendall(to_send)
                to_send = handshake.receive(connection.recv(65536))
            connection.sendall(to_send)
        assert handshake.result().staple

    return probe


if __name__ == "__main__":
    loop(client)
