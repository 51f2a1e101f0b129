"""A TLS server by tlslite-ng: PORT CHAIN KEY. Says on its output which handshakes failed."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey


def main(port: str, chain: str, key: str) -> None:
    certificates = X509CertChain()
    certificates.parsePemList(Path(chain).read_text())
    private = parsePEMKey(Path(key).read_text(), private=True)
    settings = HandshakeSettings()
    settings.minVersion = (3, 3)
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        while True:
            connection, _ = listener.accept()
            tls = TLSConnection(connection)
            tls.closeSocket = True
            try:
                tls.handshakeServer(certChain=certificates, privateKey=private, settings=settings)
                tls.read(1)
                tls.close()
            except Exception as error:  # noqa: BLE001 - whatever went wrong is to be seen
                print("failed:", repr(error), flush=True)  # noqa: T201
                connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
