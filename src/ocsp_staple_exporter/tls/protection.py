"""Record protection (RFC 8446 §5.2 and §5.3; RFC 5246 §6.2.3.3, RFC 5288 §3, RFC 7905 §2).

One object protects one direction under one key, and counts its records. `open` takes a
record off the wire, `seal` makes one; both speak of whole fragments without their header.
"""

from __future__ import annotations

from typing import Protocol

from cryptography.exceptions import InvalidTag

from ocsp_staple_exporter.model import HandshakeError, ProbeFailure
from ocsp_staple_exporter.tls.suites import AEAD

LONGEST_PLAINTEXT = 1 << 14
"""Bytes of content in one record (RFC 8446 §5.1, RFC 5246 §6.2.1)."""

LONGEST_TLS13_FRAGMENT = LONGEST_PLAINTEXT + 256
"""RFC 8446 §5.2."""

LONGEST_TLS12_FRAGMENT = LONGEST_PLAINTEXT + 2048
"""RFC 5246 §6.2.3."""

CHANGE_CIPHER_SPEC = 20
APPLICATION_DATA = 23
TAG_LENGTH = 16
NONCE_LENGTH = 12
EXPLICIT_NONCE_LENGTH = 8

TLS13_HEADER = b"\x17\x03\x03"
"""Of every protected record, but for its length: the additional data (RFC 8446 §5.2)."""


class Protection(Protocol):
    """One direction of a connection, once keys are in use."""

    longest_fragment: int
    """Bytes that a protected fragment may have."""

    def open(self, content_type: int, fragment: bytes) -> tuple[int, bytes]:
        """Content type and content of a protected record; raises BAD_RECORD_MAC, TOO_MUCH_DATA, UNEXPECTED_MESSAGE."""

    def seal(self, content_type: int, content: bytes) -> tuple[int, bytes]:
        """Content type and fragment to put on the wire."""


class TLS13Protection:
    """RFC 8446 §5.2: the content type is inside, and behind it any padding of zeros."""

    longest_fragment = LONGEST_TLS13_FRAGMENT

    def __init__(self, aead: AEAD, iv: bytes) -> None:
        self._aead = aead
        self._iv = int.from_bytes(iv)
        self._sequence = 0

    def open(self, content_type: int, fragment: bytes) -> tuple[int, bytes]:
        if content_type != APPLICATION_DATA:
            detail = f"an unprotected record of type {content_type} after keys were agreed"
            raise HandshakeError(ProbeFailure.UNEXPECTED_MESSAGE, detail)
        nonce, self._sequence = (self._iv ^ self._sequence).to_bytes(NONCE_LENGTH), self._sequence + 1  # §5.3
        inner = _decrypt(self._aead, nonce, fragment, TLS13_HEADER + len(fragment).to_bytes(2))
        content = inner.rstrip(b"\x00")
        if len(inner) > LONGEST_PLAINTEXT + 1:
            raise record_overflow(len(inner) - 1)
        if not content:  # §5.4: no content type among the zeros
            raise HandshakeError(ProbeFailure.UNEXPECTED_MESSAGE, "a protected record holds nothing but padding")
        if content[-1] == CHANGE_CIPHER_SPEC:  # §5
            raise HandshakeError(ProbeFailure.UNEXPECTED_MESSAGE, "a protected ChangeCipherSpec")
        return content[-1], content[:-1]

    def seal(self, content_type: int, content: bytes) -> tuple[int, bytes]:
        inner = content + bytes([content_type])
        nonce, self._sequence = (self._iv ^ self._sequence).to_bytes(NONCE_LENGTH), self._sequence + 1
        return APPLICATION_DATA, self._aead.encrypt(nonce, inner, TLS13_HEADER + (len(inner) + TAG_LENGTH).to_bytes(2))


class TLS12Protection:
    """RFC 7905 §2: ChaCha20-Poly1305, its nonce made as in TLS 1.3."""

    longest_fragment = LONGEST_TLS12_FRAGMENT

    def __init__(self, aead: AEAD, iv: bytes) -> None:
        self._aead = aead
        self._iv = int.from_bytes(iv)
        self._sequence = 0

    def open(self, content_type: int, fragment: bytes) -> tuple[int, bytes]:
        data = _tls12_data(self._sequence, content_type, len(fragment) - TAG_LENGTH)
        content = _decrypt(self._aead, self._next_nonce(), fragment, data)
        if len(content) > LONGEST_PLAINTEXT:
            raise record_overflow(len(content))
        return content_type, content

    def seal(self, content_type: int, content: bytes) -> tuple[int, bytes]:
        data = _tls12_data(self._sequence, content_type, len(content))
        return content_type, self._aead.encrypt(self._next_nonce(), content, data)

    def _next_nonce(self) -> bytes:
        nonce = (self._iv ^ self._sequence).to_bytes(NONCE_LENGTH)
        self._sequence += 1
        return nonce


class TLS12GCMProtection:
    """RFC 5288 §3: 4 bytes of the nonce come from the key block, 8 are sent with every record."""

    longest_fragment = LONGEST_TLS12_FRAGMENT

    def __init__(self, aead: AEAD, salt: bytes) -> None:
        self._aead = aead
        self._salt = salt
        self._sequence = 0

    def open(self, content_type: int, fragment: bytes) -> tuple[int, bytes]:
        explicit, sealed = fragment[:EXPLICIT_NONCE_LENGTH], fragment[EXPLICIT_NONCE_LENGTH:]
        data = _tls12_data(self._sequence, content_type, len(sealed) - TAG_LENGTH)
        content = _decrypt(self._aead, self._salt + explicit, sealed, data)
        self._sequence += 1
        if len(content) > LONGEST_PLAINTEXT:
            raise record_overflow(len(content))
        return content_type, content

    def seal(self, content_type: int, content: bytes) -> tuple[int, bytes]:
        explicit = self._sequence.to_bytes(EXPLICIT_NONCE_LENGTH)
        data = _tls12_data(self._sequence, content_type, len(content))
        self._sequence += 1
        return content_type, explicit + self._aead.encrypt(self._salt + explicit, content, data)


def _tls12_data(sequence: int, content_type: int, length: int) -> bytes:
    """The additional data of RFC 5246 §6.2.3.3; `length` is that of the plaintext."""
    return sequence.to_bytes(8) + bytes([content_type]) + b"\x03\x03" + max(length, 0).to_bytes(2)


def _decrypt(aead: AEAD, nonce: bytes, sealed: bytes, data: bytes) -> bytes:
    try:
        return aead.decrypt(nonce, sealed, data)
    except (InvalidTag, ValueError) as error:  # ValueError: too short for its nonce or its tag
        raise HandshakeError(ProbeFailure.BAD_RECORD_MAC, "a record was not sealed with the agreed key") from error


def record_overflow(length: int) -> HandshakeError:
    """RFC 8446 §5.1 and §5.2, RFC 5246 §6.2.1 and §6.2.3."""
    return HandshakeError(ProbeFailure.TOO_MUCH_DATA, f"a record of {length} bytes is longer than TLS allows")
