"""Servers that are none, that refuse, and that send too much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ocsp_staple_exporter.lab.tls_server import ServerHandshake, Terms
from ocsp_staple_exporter.model import HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import ClientHandshake
from ocsp_staple_exporter.tls.records import (
    LARGEST_FLIGHT,
    LONGEST_CERTIFICATE,
    LONGEST_MESSAGE,
    MOST_IDLE_RECORDS,
)
from ocsp_staple_exporter.tls.wire import HandshakeType
from tests.tls.tls_faults import V12, V13, connect, failure, read_to_the_end
from tests.tls.tls_lab import converse, credential
from tests.tls_versions import MODERN

# ---------------------------------------------------------------- servers that are none


@pytest.mark.parametrize(
    ("banner", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n", 'speaks HTTP: "HTTP/1.1 400 Bad Request"'),
        (b"220 mail.test ESMTP Postfix\r\n", "SMTP or FTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"+OK POP3 ready\r\n", "POP3"),
        (b"* OK IMAP4rev1\r\n", "IMAP"),
        (b"<html>\x1b[31m\r\n", r"\\x1b[31m"),
        (b"J\x00\x00\x00\n8.0.36\x00", "4a 00 00 00 0a"),
        (b"220", "SMTP or FTP"),
    ],
)
def test_other_protocols_are_named_and_quoted(banner: bytes, said: str) -> None:
    error = failure(banner)
    assert error.reason is ProbeFailure.NOT_TLS
    assert said.replace(r"\\", "\\") in error.detail


def test_a_server_that_says_nothing_has_closed() -> None:
    assert failure().reason is ProbeFailure.CONNECTION_CLOSED
    assert failure().detail == "closed before ServerHello"


def test_the_detail_says_how_far_the_server_came() -> None:
    client, server = connect(V12, Terms())
    flight = server.receive(client.receive(b""))
    client.receive(flight[: 5 + int.from_bytes(flight[3:5])])
    with pytest.raises(HandshakeError, match="closed after ServerHello"):
        client.receive_eof()


# ---------------------------------------------------------------- alerts


def test_an_alert_is_named_by_its_rfc_and_number() -> None:
    error = failure(b"\x15\x03\x01\x00\x02\x02\x28")
    assert error.reason is ProbeFailure.ALERT_RECEIVED
    assert error.detail == "handshake_failure (40) before ServerHello"


def test_an_alert_without_a_name_is_shown_by_number() -> None:
    assert "unassigned (255)" in failure(b"\x15\x03\x01\x00\x02\x02\xff").detail


def test_a_close_notify_is_a_closed_connection() -> None:
    assert failure(b"\x15\x03\x01\x00\x02\x01\x00").reason is ProbeFailure.CONNECTION_CLOSED


def test_a_warning_is_passed_over_but_remembered() -> None:
    error = failure(b"\x15\x03\x01\x00\x02\x01\x70")
    assert error.reason is ProbeFailure.CONNECTION_CLOSED
    assert error.detail == "closed before ServerHello, after the warning unrecognized_name (112)"


@pytest.mark.parametrize("version", MODERN)
def test_a_warning_before_server_hello_does_not_end_the_handshake(version: TLSVersion) -> None:
    client, server = connect(version, Terms())
    to_server = client.receive(b"") + client.receive(b"\x15\x03\x01\x00\x02\x01\x70")
    client.receive(server.receive(to_server))
    assert client.handshake is not None or version is V12


@pytest.mark.parametrize("idle", [b"\x15\x03\x01\x00\x02\x01\x70", b"\x14\x03\x03\x00\x01\x01"])
def test_records_that_lead_nowhere_are_counted(idle: bytes) -> None:
    warning = b"\x15\x03\x01\x00\x02\x01\x70"
    assert failure(warning + idle * (MOST_IDLE_RECORDS - 1)).reason is ProbeFailure.CONNECTION_CLOSED
    assert failure(warning + idle * MOST_IDLE_RECORDS).reason is ProbeFailure.TOO_MUCH_DATA


def test_a_malformed_alert_is_malformed() -> None:
    assert failure(b"\x15\x03\x01\x00\x01\x02").reason is ProbeFailure.MALFORMED_MESSAGE


# ---------------------------------------------------------------- too much


def test_a_gigabyte_is_not_kept() -> None:
    """A Certificate of the greatest length that never ends, in the longest records."""
    client, server = connect(V12, Terms())
    flight = server.receive(client.receive(b""))
    client.receive(flight[: 5 + int.from_bytes(flight[3:5])])
    header = b"\x16\x03\x03\x40\x00"
    start = header + bytes([HandshakeType.CERTIFICATE]) + LONGEST_CERTIFICATE.to_bytes(3) + bytes(16380)
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        for record in [start, *[header + bytes(1 << 14)] * (1 << 16)]:
            taken.append(len(record))
            yield record

    with pytest.raises(HandshakeError) as caught:
        read_to_the_end(client, endless())
    assert caught.value.reason is ProbeFailure.MALFORMED_MESSAGE
    assert sum(taken) <= LONGEST_CERTIFICATE + 2 * len(start)


def test_one_huge_read_is_refused() -> None:
    assert failure(b"\x16" + bytes(LARGEST_FLIGHT)).reason is ProbeFailure.TOO_MUCH_DATA


def test_a_long_record_is_refused_by_its_header() -> None:
    assert failure(b"\x16\x03\x03\x40\x01").reason is ProbeFailure.TOO_MUCH_DATA
    assert failure(b"\x16\x03\x03\x40\x00").reason is ProbeFailure.CONNECTION_CLOSED


def test_a_long_message_is_refused_by_its_header() -> None:
    def starts(message_type: HandshakeType, length: int) -> bytes:
        return b"\x16\x03\x03\x00\x04" + bytes([message_type]) + length.to_bytes(3)

    assert failure(starts(HandshakeType.SERVER_HELLO, LONGEST_MESSAGE + 1)).reason is ProbeFailure.TOO_MUCH_DATA
    assert failure(starts(HandshakeType.CERTIFICATE, LONGEST_CERTIFICATE + 1)).reason is ProbeFailure.TOO_MUCH_DATA
    assert failure(starts(HandshakeType.CERTIFICATE, LONGEST_CERTIFICATE)).reason is ProbeFailure.CONNECTION_CLOSED


@pytest.mark.parametrize(("version", "length"), [(V13, 65_000), (V12, 200_000)])
def test_a_large_staple_is_read(version: TLSVersion, length: int) -> None:
    staple = b"\x00\xff" * (length // 2)
    shown = replace(credential("p256"), staple=staple)
    handshake = converse(ClientHandshake(None, frozenset({version})), ServerHandshake(lambda _: shown))
    assert handshake.staple == staple


def test_a_larger_staple_is_refused() -> None:
    shown = replace(credential("p256"), staple=bytes(LONGEST_CERTIFICATE))
    with pytest.raises(HandshakeError) as caught:
        converse(ClientHandshake(None, frozenset({V12})), ServerHandshake(lambda _: shown))
    assert caught.value.reason is ProbeFailure.TOO_MUCH_DATA
