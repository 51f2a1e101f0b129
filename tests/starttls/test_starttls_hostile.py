"""Servers that say too much, for too long, or nothing that makes sense: one reason each, in bounded memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocsp_staple_exporter.dialogue import LARGEST_DIALOGUE, LONGEST_LINE
from ocsp_staple_exporter.model import ProbeFailure, StartTLS
from tests.starttls.transcript import ALL, outcome_of, start

ENDLESS = {
    StartTLS.SMTP: (b"220 m\r\n", b"250-SIZE\r\n"),
    StartTLS.LMTP: (b"220 m\r\n", b"250-SIZE\r\n"),
    StartTLS.IMAP: (b"* OK m\r\n", b"* NO soon full\r\n"),
    StartTLS.POP3: (b"+OK\r\n+OK\r\n", b"USER\r\n"),
    StartTLS.FTP: (b"220-m\r\n", b"hello\r\n"),
    StartTLS.NNTP: (b"200 m\r\n101 list\r\n", b"OVER\r\n"),
    StartTLS.SIEVE: (b"", b'"NOTIFY" "mailto"\r\n'),
    StartTLS.IRC: (b"", b":irc NOTICE * :hello\r\n"),
    StartTLS.XMPP: (b"<s:stream xmlns:s='http://etherx.jabber.org/streams'><s:features>", b"<a/>"),
    StartTLS.XMPP_SERVER: (b"<s:stream xmlns:s='http://etherx.jabber.org/streams'><s:features>", b"<a>b</a>"),
}
"""How an answer begins, and what may follow in it again and again."""

TEXT = sorted(ENDLESS, key=lambda protocol: protocol.value)

GARBAGE = {
    "HTTP": b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n<html>\r\n",
    "a TLS alert": b"\x15\x03\x01\x00\x02\x02\x0a",
    "zeros": bytes(256),
    "ones": b"\xff" * 256 + b"\r\n",
    "lines": b"\r\n\r\n\n\n",
    "terminal escapes": b"\x1b]0;pwned\x07\x1b[31m\r\n",
}


@pytest.mark.parametrize("protocol", TEXT)
@pytest.mark.parametrize("cut", [1 << 20, 4096])
def test_an_answer_without_an_end_is_left(protocol: StartTLS, cut: int) -> None:
    begin, again = ENDLESS[protocol]
    stream = begin + again * (2 * LARGEST_DIALOGUE // len(again))
    outcome = outcome_of(protocol, [stream[at : at + cut] for at in range(0, len(stream), cut)])
    assert outcome.reason is ProbeFailure.TOO_MUCH_DATA
    assert outcome.detail == f"more than {LARGEST_DIALOGUE} bytes and no TLS"


@pytest.mark.parametrize("protocol", TEXT)
def test_a_line_without_an_end_is_left(protocol: StartTLS) -> None:
    stream = b"2" * (2 * LONGEST_LINE)
    whole = outcome_of(protocol, [stream])
    assert whole.reason is ProbeFailure.TOO_MUCH_DATA
    assert whole.detail == f"a line of more than {LONGEST_LINE} bytes"
    assert outcome_of(protocol, [stream[at : at + 100] for at in range(0, len(stream), 100)]) == whole


@pytest.mark.parametrize("protocol", TEXT)
def test_a_line_of_the_longest_length_is_read_whichever_way_it_comes(protocol: StartTLS) -> None:
    for length in (LONGEST_LINE - 1, LONGEST_LINE):
        line = b"2" * length + b"\n"
        whole = outcome_of(protocol, [line])
        assert whole.reason is not None
        assert (whole.reason is ProbeFailure.TOO_MUCH_DATA) == (length == LONGEST_LINE or _reads_xml(protocol))
        assert outcome_of(protocol, [line[:-1], b"\n"]) == whole


def _reads_xml(protocol: StartTLS) -> bool:
    """What ends with `>`, not with a line: the line alone never ends there."""
    return protocol in (StartTLS.XMPP, StartTLS.XMPP_SERVER)


@pytest.mark.parametrize("protocol", StartTLS)
@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_what_makes_no_sense_is_never_taken_for_a_yes(protocol: StartTLS, garbage: bytes) -> None:
    outcome = outcome_of(protocol, [garbage])
    assert outcome.open or outcome.reason is ProbeFailure.STARTTLS_UNEXPECTED
    assert outcome.detail.isprintable()
    assert "\x1b" not in outcome.detail


@pytest.mark.parametrize("protocol", [protocol for protocol in StartTLS if protocol is not StartTLS.MYSQL])
def test_a_server_that_speaks_tls_at_once_is_recognised(protocol: StartTLS) -> None:
    outcome = outcome_of(protocol, [GARBAGE["a TLS alert"]])
    assert outcome.reason is ProbeFailure.STARTTLS_UNEXPECTED
    assert "0x15" in outcome.detail
    assert "TLS, which is due at once on this port" in outcome.detail


@given(protocol=st.sampled_from(StartTLS), stream=st.binary(max_size=300))
def test_random_bytes_end_in_a_reason_or_are_waited_for(protocol: StartTLS, stream: bytes) -> None:
    outcome = outcome_of(protocol, [stream])
    assert outcome == outcome_of(protocol, [bytes([byte]) for byte in stream])
    if protocol is not StartTLS.POSTGRES:  # its yes is one byte
        assert outcome.open or outcome.reason is not None
    assert outcome.detail.isprintable()


@given(data=st.data())
def test_a_transcript_with_damage_ends_as_any_conversation_does(data: st.DataObject) -> None:
    transcript = data.draw(st.sampled_from(ALL))
    stream = bytearray(transcript.from_server)
    at = data.draw(st.integers(0, len(stream) - 1))
    stream[at] ^= data.draw(st.integers(1, 255))
    outcome = outcome_of(transcript.protocol, [bytes(stream)])
    assert outcome.detail.isprintable()


def test_whoever_asks_for_pongs_without_end_gets_few() -> None:
    conversation = start(StartTLS.IRC)
    answers = conversation.receive(b"PING :" + b"x" * 100 + b"\r\n" + b"PING :y\r\n" * 5000)
    assert answers.startswith(b"PONG :" + b"x" * 100 + b"\r\nPONG :y\r\n")
    assert len(answers) < 1024
