"""Proxies that say what a script says, in pieces of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest

from ocsp_staple_exporter.dialogue import Conversation, Dialogue, DialogueError, Wire
from ocsp_staple_exporter.model import Credentials, ProbeFailure

SECRET = Credentials("prober", "open sesame")

Ask = Callable[[Wire], Dialogue]


@dataclass(frozen=True, slots=True)
class Passed:
    """A way that was opened."""

    said: bytes
    """All that was said to the proxy."""

    unread: bytes
    """What came from the host behind it."""


def whole(words: bytes) -> Iterator[bytes]:
    yield words


def byte_by_byte(words: bytes) -> Iterator[bytes]:
    for at in range(len(words)):
        yield words[at : at + 1]


def every_cut_in_two(words: bytes) -> list[Sequence[bytes]]:
    return [(words[:at], words[at:]) for at in range(1, len(words))]


def converse(ask: Ask, pieces: Sequence[bytes] | Iterator[bytes]) -> Passed:
    """Hear the pieces, one after the other. Raises DialogueError; a script that ends too early is one too."""
    conversation = Conversation(ask)
    said = conversation.receive(b"")
    waiting = iter(pieces)
    for piece in waiting:
        said += conversation.receive(piece)
        if conversation.done:
            break
    conversation.receive_eof()
    return Passed(said, conversation.unread + b"".join(waiting))


def refused(ask: Ask, words: bytes) -> tuple[ProbeFailure, str]:
    """The failure and its detail; the same failure comes when the words come octet by octet."""
    with pytest.raises(DialogueError) as at_once:
        converse(ask, whole(words))
    with pytest.raises(DialogueError) as in_drops:
        converse(ask, byte_by_byte(words))
    assert in_drops.value.reason is at_once.value.reason
    assert at_once.value.detail.isprintable()
    return at_once.value.reason, at_once.value.detail


def ending_of(ask: Ask, words: bytes) -> Passed | str:
    """The opened way, or the detail of the failure."""
    try:
        return converse(ask, whole(words))
    except DialogueError as error:
        return error.detail
