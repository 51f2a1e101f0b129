"""Whatever bytes a message, a certificate, a public value or a record has: a value or one HandshakeError.

Each parser is called by itself, also with what the flow of a handshake would never bring it.

python -m fuzz.fuzz_messages [input...]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import atheris

from fuzz.session import fuzz, prepare

with atheris.instrument_imports(include=["ocsp_staple_exporter.tls"]):
    from fuzz.servers import SEEDED_OPTIONS, genuine_messages, leaf_of
    from ocsp_staple_exporter.model import HandshakeError, ProbeFailure, TLSVersion
    from ocsp_staple_exporter.tls import messages, older_messages
    from ocsp_staple_exporter.tls.finite_field import FiniteField
    from ocsp_staple_exporter.tls.groups import GROUPS
    from ocsp_staple_exporter.tls.leafkey import leaf_key
    from ocsp_staple_exporter.tls.records import RecordLayer
    from ocsp_staple_exporter.tls.suites import KeyExchange
    from ocsp_staple_exporter.tls.wire import HandshakeType, Message, handshake_message

LONGEST_DETAIL = 1200
HEADER = 2
"""Bytes: which parser, and how records are cut."""

FINISHED_LENGTH = 32

REASONS = frozenset(
    {
        ProbeFailure.MALFORMED_MESSAGE,
        ProbeFailure.ILLEGAL_PARAMETER,
        ProbeFailure.NO_CERTIFICATE,
        ProbeFailure.CERTIFICATE_UNREADABLE,
        ProbeFailure.UNEXPECTED_STATUS_TYPE,
        ProbeFailure.TOO_MUCH_DATA,
    }
)
"""Of a parser; what is out of turn is the flow's to say."""

Parser = Callable[[bytes], object]


def _of(kind: HandshakeType, parse: Callable[[Message], object]) -> Parser:
    """Given the body of a message of that kind."""
    return lambda body: parse(Message(kind, handshake_message(kind, body)))


def _key_exchange(key_exchange: KeyExchange, version: TLSVersion) -> Callable[[Message], object]:
    return lambda message: older_messages.parse_server_key_exchange(message, key_exchange, version)


V12, V11 = TLSVersion.TLS_1_2, TLSVersion.TLS_1_1

MESSAGES: tuple[tuple[HandshakeType, Callable[[Message], object]], ...] = (
    (HandshakeType.SERVER_HELLO, messages.parse_server_hello),
    (HandshakeType.ENCRYPTED_EXTENSIONS, messages.parse_encrypted_extensions),
    (HandshakeType.CERTIFICATE_REQUEST, messages.parse_tls13_certificate_request),
    (HandshakeType.CERTIFICATE, messages.parse_tls13_certificate),
    (HandshakeType.CERTIFICATE_VERIFY, messages.parse_certificate_verify),
    (HandshakeType.FINISHED, partial(messages.parse_finished, length=FINISHED_LENGTH)),
    (HandshakeType.CERTIFICATE, older_messages.parse_certificate),
    (HandshakeType.CERTIFICATE_STATUS, partial(older_messages.parse_certificate_status, certificates=3, multi=True)),
    (HandshakeType.CERTIFICATE_STATUS, partial(older_messages.parse_certificate_status, certificates=1, multi=False)),
    (HandshakeType.SERVER_KEY_EXCHANGE, _key_exchange(KeyExchange.ECDHE, V12)),
    (HandshakeType.SERVER_KEY_EXCHANGE, _key_exchange(KeyExchange.ECDHE, V11)),
    (HandshakeType.SERVER_KEY_EXCHANGE, _key_exchange(KeyExchange.DHE, V12)),
    (HandshakeType.SERVER_KEY_EXCHANGE, _key_exchange(KeyExchange.DHE, V11)),
    (HandshakeType.CERTIFICATE_REQUEST, partial(older_messages.parse_certificate_request, version=V12)),
    (HandshakeType.CERTIFICATE_REQUEST, partial(older_messages.parse_certificate_request, version=V11)),
    (HandshakeType.SERVER_HELLO_DONE, older_messages.parse_server_hello_done),
)

EXACT: tuple[Parser, ...] = (
    *(_of(kind, parse) for kind, parse in MESSAGES),
    messages.parse_key_share,
    messages.parse_cookie,
    partial(messages.parse_uint16, what="supported_versions"),
)
"""What ends where its fields end: neither a byte more nor a byte less is the same kind of thing."""

FIELD = FiniteField((1 << 1024) - 105, 2)
LOOSE: tuple[Parser, ...] = (
    leaf_key,
    FIELD.generate().shared_secret,
    *(group.generate().shared_secret for group in GROUPS.values()),
)
RECORDS = len(EXACT) + len(LOOSE)
"""The number of the record layer among the parsers."""


def parse(data: bytes) -> None:
    header, rest = data[:HEADER].ljust(HEADER, b"\x00"), data[HEADER:]
    number = header[0] % (RECORDS + 1)
    if number == RECORDS:
        check_records(rest, 1 + header[1] % 32)
    elif number >= len(EXACT):
        parses(LOOSE[number - len(EXACT)], rest)
    elif parses(EXACT[number], rest):
        assert not parses(EXACT[number], rest + b"\x00"), "a byte too many was passed over"
        assert not parses(EXACT[number], rest[:-1]) or not rest, "a byte too few was not missed"


def parses(parser: Parser, content: bytes) -> bool:
    try:
        parser(content)
    except HandshakeError as error:
        check_failure(error)
        return False
    return True


def check_failure(error: HandshakeError) -> None:
    assert error.reason in REASONS, error
    check_detail(error)


def check_detail(error: HandshakeError) -> None:
    assert error.detail.isprintable(), error.detail
    assert len(error.detail) < LONGEST_DETAIL, error.detail


def check_records(stream: bytes, width: int) -> None:
    """The messages of a stream are the same however it is cut, and so is the reason why there are no more."""
    pieces = [stream[begin : begin + width] for begin in range(0, len(stream), width)]
    assert assembled([stream]) == assembled(pieces)


def assembled(pieces: list[bytes]) -> tuple[list[bytes], ProbeFailure | None]:
    records, found = RecordLayer(V12), list[bytes]()
    try:
        for piece in pieces:
            records.feed(piece)
            while (message := records.next_message()) is not None:
                found.append(message.raw)
    except HandshakeError as error:
        check_detail(error)
        return found, error.reason
    return found, None


def seeds() -> Iterator[tuple[str, bytes]]:
    """File names and inputs: genuine messages for each parser of their kind, and flights of them in records."""
    for options in SEEDED_OPTIONS:
        genuine = genuine_messages(options)
        for number, (kind, _) in enumerate(MESSAGES):
            for place, (sent, body) in enumerate(genuine):
                if sent is kind:
                    yield f"message-{number}-{options}-{place}", bytes([number, 0]) + body
        flight = b"".join(_record(handshake_message(kind, body)) for kind, body in genuine)
        yield f"records-{options}", bytes([RECORDS, options % 256]) + flight
    for options in (0, 4):
        yield f"leaf-{options}", bytes([len(EXACT), 0]) + leaf_of(options)
    for number, group in enumerate(GROUPS.values(), len(EXACT) + 2):
        yield f"public-{number}", bytes([number, 0]) + group.generate().public


def _record(message: bytes) -> bytes:
    return b"\x16\x03\x03" + len(message).to_bytes(2) + message


if __name__ == "__main__":
    fuzz(prepare("messages", seeds()), parse)
