"""Vectors and handshake messages on the wire (RFC 8446 §3.4 and §4, RFC 5246 §4.3 and §7.4)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cache

from ocsp_staple_exporter.model import HandshakeError, ProbeFailure

HEADER_LENGTH = 4
"""Bytes before a message's body: its type, and its length in 24 bits."""


class HandshakeType(enum.IntEnum):
    HELLO_REQUEST = 0
    CLIENT_HELLO = 1
    SERVER_HELLO = 2
    NEW_SESSION_TICKET = 4
    END_OF_EARLY_DATA = 5
    ENCRYPTED_EXTENSIONS = 8
    CERTIFICATE = 11
    SERVER_KEY_EXCHANGE = 12
    CERTIFICATE_REQUEST = 13
    SERVER_HELLO_DONE = 14
    CERTIFICATE_VERIFY = 15
    CLIENT_KEY_EXCHANGE = 16
    FINISHED = 20
    CERTIFICATE_STATUS = 22
    KEY_UPDATE = 24
    COMPRESSED_CERTIFICATE = 25
    MESSAGE_HASH = 254
    CHANGE_CIPHER_SPEC = 256
    """Not a handshake message but a content type of its own (RFC 5246 §7.1); no 8-bit type equals it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One handshake message; `raw` is what the transcript hashes, header included."""

    type: int
    raw: bytes

    def open(self, expected: HandshakeType) -> Reader:
        """Read the body of the message that the protocol expects here; raises UNEXPECTED_MESSAGE."""
        if self.type != expected:
            raise unexpected(self, name_message(expected))
        return Reader(self.raw, HEADER_LENGTH, name_message(expected))


class Reader:
    """Takes fields off a message, front to back; running short raises MALFORMED_MESSAGE."""

    __slots__ = ("_at", "_data", "_what")

    def __init__(self, data: bytes, at: int, what: str) -> None:
        self._data = data
        self._at = at
        self._what = what

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._data):
            raise self.malformed("ends too early")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def uint(self, width: int) -> int:
        """A number of `width` bytes."""
        return int.from_bytes(self.take(width))

    def vector(self, width: int, least: int = 0) -> bytes:
        """A vector of at least `least` bytes, its length in `width` bytes before it."""
        start = self._at + width
        end = start + int.from_bytes(self._data[self._at : start])
        if end > len(self._data):
            raise self.malformed("ends too early")
        if end - start < least:
            raise self.malformed(f"has a vector of {end - start} bytes where {least} are the least")
        self._at = end
        return self._data[start:end]

    def inner(self, width: int, least: int = 0) -> Reader:
        """The same vector, to be read on."""
        return Reader(self.vector(width, least), 0, self._what)

    def taken(self, start: int) -> bytes:
        """Everything that was taken since byte `start`."""
        return self._data[start : self._at]

    def finish(self) -> None:
        """Require that nothing is left."""
        if self._at != len(self._data):
            raise self.malformed(f"has {len(self._data) - self._at} bytes too many")

    def malformed(self, problem: str) -> HandshakeError:
        return HandshakeError(ProbeFailure.MALFORMED_MESSAGE, f"{self._what} {problem}")


@cache
def name_message(number: int) -> str:
    """The name of the RFCs: `ServerHello`."""
    try:
        return HandshakeType(number).name.title().replace("_", "")
    except ValueError:
        return f"message of type {number}"


def unexpected(message: Message, wanted: str) -> HandshakeError:
    detail = f"the server sent {name_message(message.type)} where {wanted} was due"
    return HandshakeError(ProbeFailure.UNEXPECTED_MESSAGE, detail)


def vector(width: int, content: bytes) -> bytes:
    """Put the length of `content`, in `width` bytes, before it."""
    return len(content).to_bytes(width) + content


def handshake_message(message_type: HandshakeType, body: bytes) -> bytes:
    """RFC 8446 §4: the header, then the body."""
    return bytes([message_type]) + vector(3, body)


def extension(extension_type: int, content: bytes) -> bytes:
    """RFC 8446 §4.2."""
    return extension_type.to_bytes(2) + vector(2, content)
