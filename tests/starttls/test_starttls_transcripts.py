"""Conversations from the RFCs and the servers' own, word for word, and cut in every way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocsp_staple_exporter.dialogue import DialogueError
from ocsp_staple_exporter.model import ProbeFailure, StartTLS
from ocsp_staple_exporter.starttls import FAREWELLS
from tests.starttls.transcript import ALL, WELL, Transcript, outcome_of, start

each = pytest.mark.parametrize("transcript", ALL, ids=str)
each_that_ends_well = pytest.mark.parametrize("transcript", WELL, ids=str)


def test_every_protocol_has_conversations_that_end_well_and_ill() -> None:
    assert {transcript.protocol for transcript in WELL} == set(StartTLS)
    for protocol in StartTLS:
        reasons = {transcript.reason for transcript in ALL if transcript.protocol is protocol}
        assert ProbeFailure.STARTTLS_NOT_OFFERED in reasons


@each
def test_the_client_says_what_is_its_turn_to_say(transcript: Transcript) -> None:
    conversation = start_and_expect(transcript)
    assert conversation == transcript.from_client


def start_and_expect(transcript: Transcript) -> bytes:
    """Feed the server's turns, and compare what the client said by then."""
    said, expected, pieces = b"", b"", [b""]
    for who, words in transcript.turns:
        if who == "S":
            pieces.append(words)
        else:
            expected += words
            said = outcome_of(transcript.protocol, pieces).said
            assert said == expected
    return outcome_of(transcript.protocol, pieces).said


@each
def test_a_conversation_ends_as_it_should_and_says_why(transcript: Transcript) -> None:
    outcome = outcome_of(transcript.protocol, [transcript.from_server])
    assert not outcome.open
    assert outcome.reason is transcript.reason
    assert transcript.detail in outcome.detail
    assert outcome.detail.isprintable()
    assert len(outcome.detail) < 600


@each
def test_where_the_bytes_are_cut_changes_nothing(transcript: Transcript) -> None:
    stream = transcript.from_server
    whole = outcome_of(transcript.protocol, [stream])
    assert outcome_of(transcript.protocol, [bytes([byte]) for byte in stream]) == whole
    for place in range(len(stream)):
        assert outcome_of(transcript.protocol, [stream[:place], stream[place:]]) == whole


@given(data=st.data())
def test_nor_do_many_cuts(data: st.DataObject) -> None:
    transcript = data.draw(st.sampled_from(ALL))
    stream = transcript.from_server
    places = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    pieces = [stream[begin:end] for begin, end in zip([0, *places], [*places, len(stream)], strict=True)]
    assert outcome_of(transcript.protocol, pieces) == outcome_of(transcript.protocol, [stream])


@each_that_ends_well
def test_a_byte_that_comes_with_the_last_word_is_an_injection(transcript: Transcript) -> None:
    clean = outcome_of(transcript.protocol, [transcript.from_server])
    assert clean.reason is None
    injected = outcome_of(transcript.protocol, [transcript.from_server + b"x"])
    assert injected.reason is ProbeFailure.STARTTLS_INJECTION
    assert '"x" came with' in injected.detail


@each_that_ends_well
def test_an_end_in_the_middle_is_told_as_one(transcript: Transcript) -> None:
    stream = transcript.from_server
    for length in range(len(stream)):
        conversation = start(transcript.protocol)
        if length:
            conversation.receive(stream[:length])
        with pytest.raises(DialogueError) as caught:
            conversation.receive_eof()
        assert caught.value.reason is ProbeFailure.CONNECTION_CLOSED
        assert caught.value.detail.startswith("closed before TLS began")


@each_that_ends_well
def test_an_end_after_the_last_word_is_for_tls_to_tell(transcript: Transcript) -> None:
    conversation = start(transcript.protocol)
    conversation.receive(transcript.from_server)
    conversation.receive_eof()
    assert conversation.done


def test_mysql_is_offered_a_login_without_a_password_in_the_terms_of_the_request_for_tls() -> None:
    transcript = next(each for each in WELL if each.protocol is StartTLS.MYSQL)
    request, farewell = transcript.from_client, FAREWELLS[StartTLS.MYSQL]
    length = int.from_bytes(farewell[:3], "little")
    login, again = farewell[4 : 4 + length], farewell[4 + length :]
    assert farewell[3] == request[3] + 1  # the packets of a connection are numbered
    assert login.startswith(request[4:])
    assert login[len(request) - 4 :].split(b"\0") == [b"ocsp-staple-exporter", b"", b"mysql_native_password", b""]
    assert again == b"\0\0\0\x04"  # the server's question for another proof has number 3


@pytest.mark.parametrize("transcript", [each for each in ALL if each.reason is not None], ids=str)
def test_a_conversation_that_failed_stays_failed(transcript: Transcript) -> None:
    conversation = start(transcript.protocol)
    failures = []
    for piece in (transcript.from_server, b"more", b""):
        with pytest.raises(DialogueError) as caught:
            conversation.receive(piece)
        failures.append(caught.value)
    with pytest.raises(DialogueError) as caught:
        conversation.receive_eof()
    assert set(failures) == {caught.value}
    assert not conversation.done
