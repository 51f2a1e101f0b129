"""A TLS server by pyOpenSSL: PORT CHAIN KEY STAPLE. Says on its output which handshakes failed."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from OpenSSL import SSL


def main(port: str, chain: str, key: str, staple: str) -> None:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(chain)
    context.use_privatekey_file(key)
    der = Path(staple).read_bytes()
    context.set_ocsp_server_callback(lambda _connection, _data: der)
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        while True:
            connection, _ = listener.accept()
            tls = SSL.Connection(context, connection)
            tls.set_accept_state()
            try:
                tls.do_handshake()
                tls.recv(1)
            except SSL.ZeroReturnError:
                pass  # an orderly end
            except SSL.Error as error:
                print("failed:", repr(error), flush=True)  # noqa: T201
            connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
