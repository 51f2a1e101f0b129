"""OpenSSL's own server as the other side of a handshake: Debian's program, and the OpenSSL 4 below pyOpenSSL."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL
from OpenSSL._util import lib

from ocsp_staple_exporter.model import Handshake, KeyType, TLSVersion
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.groups import GROUPS, Group
from tests.tls.tls_lab import KEYS, credential

CURVES = tuple(GROUPS.values())


def write_files(directory: Path) -> None:
    """`KIND.key`, `KIND.pem` and `KIND.der` of every kind of key, and `ca.pem`."""
    for kind in KEYS:
        shown = credential(kind)
        pem = shown.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (directory / f"{kind}.key").write_bytes(pem)
        (directory / f"{kind}.pem").write_text(ssl.DER_cert_to_PEM_cert(shown.chain[0]))
        (directory / "ca.pem").write_text(ssl.DER_cert_to_PEM_cert(shown.chain[1]))
        (directory / f"{kind}.der").write_bytes(shown.staple or b"")


@contextmanager
def s_server(files: Path, kind: str, *options: str) -> Iterator[int]:
    """`openssl s_server` on a port that the kernel chose."""
    identity = ["-cert", f"{kind}.pem", "-cert_chain", "ca.pem", "-key", f"{kind}.key"]
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", *identity, *options]
    with subprocess.Popen(
        command, cwd=files, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdout is not None
        try:
            for line in server.stdout:
                if line.startswith(b"ACCEPT"):
                    yield int(line.rsplit(b":")[-1])
                    break
            else:
                pytest.fail("s_server did not start")
        finally:
            server.kill()


@contextmanager
def pyopenssl_server(files: Path, kind: str, groups: bytes | None = None) -> Iterator[int]:
    """One connection to OpenSSL 4, on a port that the kernel chose; `groups` as its configuration names them."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(files / f"{kind}.pem")
    context.use_privatekey_file(files / f"{kind}.key")
    context.set_ocsp_server_callback(lambda *_: (files / f"{kind}.der").read_bytes())
    if groups is not None:
        assert lib.SSL_CTX_set1_curves_list(context._context, groups) == 1
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve_once, args=(listener, context))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join(timeout=10)


def _serve_once(listener: socket.socket, context: SSL.Context) -> None:
    connection, _ = listener.accept()
    with connection, suppress(SSL.Error):
        server = SSL.Connection(context, connection)
        server.set_accept_state()
        server.do_handshake()
        server.recv(1)


def shake_hands(
    port: int, *versions: TLSVersion, key_type: KeyType | None = None, groups: tuple[Group, ...] = CURVES
) -> Handshake:
    client = ClientHandshake("leaf.test", frozenset(versions), key_type, groups)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(client.receive(b""))
        while client.handshake is None:
            data = connection.recv(65536)
            if data:
                connection.sendall(client.receive(data))
            else:
                client.receive_eof()
    return client.handshake
