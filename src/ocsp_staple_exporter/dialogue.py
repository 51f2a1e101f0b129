"""What is said in the clear before TLS begins: STARTTLS, and the words that open a way through a proxy.

Sans-IO, like tls/: a dialogue is a generator that reads from a `Wire` and says things on it,
and knows no socket. `Conversation` drives it; it takes and gives bytes, as `tls.ClientHandshake`
does, so one carrier serves both. What is kept of a peer's words is bounded, and where a peer's
bytes are cut changes nothing: every limit counts what the dialogue took, not what had come.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import PeerError, ProbeFailure

LONGEST_LINE = 8192
"""Bytes; IMAP and LDAP servers announce their capabilities in lines of some hundreds."""

LARGEST_DIALOGUE = 1 << 16
"""Bytes taken from a peer before TLS begins."""

Read = TypeVar("Read")

Reading = Generator[None, None, Read]
"""Resumed whenever more bytes have come; returns what it read."""

Dialogue = Reading[None]
"""Ends when the next byte belongs to what follows."""


class DialogueError(PeerError):
    """What the peer said leads to no TLS."""


class Wire:
    """What a dialogue reads from and says things on."""

    def __init__(self) -> None:
        self.unsent = b""
        self._received = b""
        self._at = 0
        self._taken = 0

    @property
    def unread(self) -> bytes:
        """What has come and was not taken."""
        return self._received[self._at :]

    def feed(self, data: bytes) -> None:
        """More has come from the peer."""
        self._received = self.unread + data
        self._at = 0

    def say(self, words: bytes) -> None:
        self.unsent += words

    def peek(self) -> Reading[int]:
        """The next byte, which stays unread."""
        while self._at == len(self._received):
            yield
        return self._received[self._at]

    def through(self, end: bytes) -> Reading[bytes]:
        """The next bytes up to `end` and with it; raises TOO_MUCH_DATA beyond LONGEST_LINE."""
        while (found := self._received.find(end, self._at, self._at + LONGEST_LINE)) < 0:
            if len(self._received) - self._at >= LONGEST_LINE:
                raise _too_much(f"a line of more than {LONGEST_LINE} bytes")
            yield
        return self._take(found + len(end) - self._at)

    def line(self) -> Reading[bytes]:
        """The next line without its CRLF or LF; raises TOO_MUCH_DATA."""
        line = yield from self.through(b"\n")
        return line.removesuffix(b"\n").removesuffix(b"\r")

    def take(self, length: int) -> Reading[bytes]:
        """The next `length` bytes; raises TOO_MUCH_DATA where no dialogue is so long."""
        if self._taken + length > LARGEST_DIALOGUE:
            raise _too_much(f"{length} bytes announced")
        while len(self._received) - self._at < length:
            yield
        return self._take(length)

    def _take(self, length: int) -> bytes:
        self._taken += length
        if self._taken > LARGEST_DIALOGUE:
            raise _too_much(f"more than {LARGEST_DIALOGUE} bytes and no TLS")
        begin, self._at = self._at, self._at + length
        return self._received[begin : self._at]


def _too_much(detail: str) -> DialogueError:
    return DialogueError(ProbeFailure.TOO_MUCH_DATA, detail)


class Conversation:
    """One dialogue with one peer, without a socket."""

    def __init__(self, dialogue: Callable[[Wire], Dialogue]) -> None:
        self._wire = Wire()
        self._dialogue = dialogue(self._wire)
        self._failure: DialogueError | None = None
        self.done = False
        self.parting_words = b""
        """After a DialogueError: what politeness owes the peer before the connection is closed."""

    @property
    def unread(self) -> bytes:
        """What came after the dialogue's last word."""
        return self._wire.unread

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the peer (none to begin), give the bytes to send. Raises DialogueError."""
        if self._failure is not None:
            raise self._failure
        self._wire.feed(data)
        if self.done:
            return b""
        try:
            next(self._dialogue)
        except StopIteration:
            self.done = True
        except DialogueError as failure:
            self._failure, self.parting_words = failure, self._unsent()
            raise
        return self._unsent()

    def receive_eof(self) -> None:
        """The peer closed or reset the connection; raises CONNECTION_CLOSED unless the dialogue is done."""
        if self.done:
            return
        said = f' in the middle of "{printable(self.unread, 80)}"' if self.unread else ""
        raise self._failure or DialogueError(ProbeFailure.CONNECTION_CLOSED, f"closed before TLS began{said}")

    def _unsent(self) -> bytes:
        words, self._wire.unsent = self._wire.unsent, b""
        return words
