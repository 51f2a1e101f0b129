"""Whatever a server sends: a handshake that is authentic, or one HandshakeError.

python -m fuzz.fuzz_handshake [input...]
"""

from __future__ import annotations

from itertools import count

import atheris

from fuzz.session import fuzz, prepare

with atheris.instrument_imports(include=["ocsp_staple_exporter.tls"]):
    from fuzz.servers import IN_FLIGHT, RAW, Input, client_of, seeds, server_of
    from ocsp_staple_exporter.lab.tls_server import ServerHandshake
    from ocsp_staple_exporter.model import HandshakeError
    from ocsp_staple_exporter.tls import ClientHandshake
    from ocsp_staple_exporter.tls.leafkey import leaf_key

LONGEST_DETAIL = 1200


def shake_hands(data: bytes) -> None:
    read = Input.decode(data)
    client = client_of(read)
    try:
        if read.kind == RAW:
            client.receive(b"")
            client.receive(read.put)
            client.receive_eof()
        else:
            converse(client, server_of(read), read)
    except HandshakeError as error:
        check_failure(client, error)
    else:
        check_handshake(client, read)


def converse(client: ClientHandshake, server: ServerHandshake, read: Input) -> None:
    """Until the client is done or the server closes; one flight is edited on its way."""
    to_server = client.receive(b"")
    for flight_number in count():
        if client.handshake is not None:
            return
        to_client = reply(server, to_server)
        if read.kind == IN_FLIGHT and flight_number == read.number % 2:
            to_client = read.edit(to_client)
        if not to_client:
            break
        to_server = client.receive(to_client)
    client.receive_eof()


def reply(server: ServerHandshake, data: bytes) -> bytes:
    try:
        return server.receive(data)
    except HandshakeError:
        server.closed = True
        return server.parting_alert


def check_failure(client: ClientHandshake, error: HandshakeError) -> None:
    """It has a printable reason, and the client sticks to it."""
    assert client.handshake is None
    assert error.detail.isprintable(), error.detail
    assert len(error.detail) < LONGEST_DETAIL, error.detail
    assert isinstance(client.parting_alert, bytes)
    reason = None
    try:
        client.receive(b"more")
    except HandshakeError as again:
        reason = again.reason
    assert reason is error.reason, "the client forgot its failure"


def check_handshake(client: ClientHandshake, read: Input) -> None:
    """Only who has the leaf's key can complete one or sign; nobody could have changed a completed one on its way."""
    shown = client.handshake
    assert shown is not None
    assert read.kind != RAW or not shown.key_proven
    assert shown.tls_version is read.version
    if read.kind == IN_FLIGHT and shown.finished:
        assert shown.chain == read.credential.chain
        assert shown.staple == read.credential.staple
    elif read.kind == IN_FLIGHT and shown.key_proven:
        assert leaf_key(shown.leaf) == leaf_key(read.credential.chain[0])
    client.receive(b"anything")


if __name__ == "__main__":
    fuzz(prepare("handshake", seeds()), shake_hands)
