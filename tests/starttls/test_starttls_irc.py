"""PING before TLS: the one word of a server that asks for an answer, whose time may be over when it is read."""

from __future__ import annotations

import pytest

from ocsp_staple_exporter.model import StartTLS
from tests.starttls.transcript import outcome_of, start

PING, PONG = b"PING :cookie 12\r\n", b"PONG :cookie 12\r\n"
LIST = b":irc.example CAP * LS :multi-prefix tls\r\n"
PROCEED = b":irc.example 670 * :STARTTLS successful\r\n"


@pytest.mark.parametrize("before", [b"", b"NOTICE AUTH :*** Looking up your hostname\r\n", LIST])
def test_a_server_that_waits_for_its_pong_gets_it_and_goes_on(before: bytes) -> None:
    conversation = start(StartTLS.IRC)
    assert conversation.receive(before + PING) == PONG
    assert conversation.receive(LIST + PROCEED) == b""
    assert conversation.done


@pytest.mark.parametrize("said", [PING + PROCEED, PING + LIST + PROCEED, LIST + PING + PING + PROCEED])
def test_a_server_that_has_accepted_already_is_told_nothing_more_in_the_clear(said: bytes) -> None:
    conversation = start(StartTLS.IRC)
    assert conversation.receive(said) == b""
    assert conversation.done


def test_while_a_server_is_in_the_middle_of_a_word_its_pong_waits() -> None:
    conversation = start(StartTLS.IRC)
    assert conversation.receive(PING + PROCEED[:20]) == b""
    assert conversation.receive(PROCEED[20:]) == b""
    assert conversation.done


def test_a_pong_that_waited_is_said_when_the_word_was_another() -> None:
    conversation = start(StartTLS.IRC)
    assert conversation.receive(PING + LIST[:20]) == b""
    assert conversation.receive(LIST[20:]) == PONG
    assert conversation.receive(PROCEED) == b""


@pytest.mark.parametrize("cut", range(len(PING + LIST + PROCEED)))
def test_wherever_the_words_are_cut_tls_begins_once(cut: int) -> None:
    said = PING + LIST + PROCEED
    outcome = outcome_of(StartTLS.IRC, [said[:cut], said[cut:]])
    assert (outcome.open, outcome.reason) == (False, None)
    assert outcome.said.removeprefix(b"CAP LS 302\r\nSTARTTLS\r\n") in {b"", PONG}
