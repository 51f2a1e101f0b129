"""What is said in the clear before TLS begins: STARTTLS, and the words that open a way through a proxy.

Sans-IO, like tls/: a dialogue is a generator that reads from a `Wire` and says things on it,
and knows no socket. `Conversation` drives it; it takes and gives bytes, as `tls.ClientHandshake`
does, so one carrier serves both. What is kept of a peer's words is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import PeerError, ProbeFailure

LONGEST_LINE = 8192
"""Bytes; IMAP and LDAP servers announce their capabilities in lines of some hundreds."""

LARGEST_DIALOGUE = 1 << 16
"""Bytes taken from a peer before TLS begins."""

Dialogue = Generator[None, None, None]
"""Resumed whenever more bytes have come; ends when the next byte belongs to what follows."""


class DialogueError(PeerError):
    """What the peer said leads to no TLS."""


class Wire:
    """What a dialogue reads from and says things on."""

    def __init__(self) -> None:
        self.unread = b""
        self.unsent = b""

    def say(self, words: bytes) -> None:
        self.unsent += words

    def line(self) -> Generator[None, None, bytes]:
        """The next line without its CRLF or LF; raises TOO_MUCH_DATA."""
        while b"\n" not in self.unread:
            if len(self.unread) > LONGEST_LINE:
                raise DialogueError(ProbeFailure.TOO_MUCH_DATA, f"a line of more than {LONGEST_LINE} bytes")
            yield
        line, _, self.unread = self.unread.partition(b"\n")
        return line.removesuffix(b"\r")

    def take(self, length: int) -> Generator[None, None, bytes]:
        """The next `length` bytes."""
        while len(self.unread) < length:
            yield
        taken, self.unread = self.unread[:length], self.unread[length:]
        return taken


class Conversation:
    """One dialogue with one peer, without a socket."""

    def __init__(self, dialogue: Callable[[Wire], Dialogue]) -> None:
        self._wire = Wire()
        self._dialogue = dialogue(self._wire)
        self._received = 0
        self.done = False

    @property
    def unread(self) -> bytes:
        """What came after the dialogue's last word."""
        return self._wire.unread

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the peer (none to begin), give the bytes to send. Raises DialogueError."""
        self._received += len(data)
        if self._received > LARGEST_DIALOGUE:
            detail = f"more than {LARGEST_DIALOGUE} bytes and no TLS"
            raise DialogueError(ProbeFailure.TOO_MUCH_DATA, detail)
        self._wire.unread += data
        try:
            next(self._dialogue)
        except StopIteration:
            self.done = True
        words, self._wire.unsent = self._wire.unsent, b""
        return words

    def receive_eof(self) -> None:
        """The peer closed or reset the connection; raises CONNECTION_CLOSED unless the dialogue is done."""
        if self.done:
            return
        said = f' in the middle of "{printable(self.unread, 80)}"' if self.unread else ""
        raise DialogueError(ProbeFailure.CONNECTION_CLOSED, f"closed before TLS began{said}")
