"""The record layer: bytes to handshake messages and back (RFC 8446 §5, RFC 5246 §6).

Bytes come in as they like and messages may be cut across records and reads in any way.
What is kept is bounded: at most one record and one message that are not yet whole.
Either side of a connection can stand on it.
"""

from __future__ import annotations

import enum
import struct

from ocsp_staple_exporter.model import HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls.alerts import Alert, AlertLevel, AlertReceivedError, name_alert
from ocsp_staple_exporter.tls.banners import describe_stranger
from ocsp_staple_exporter.tls.protection import (
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    LONGEST_PLAINTEXT,
    Protection,
    record_overflow,
)
from ocsp_staple_exporter.tls.wire import HEADER_LENGTH, HandshakeType, Message, name_message

RECORD_HEADER = struct.Struct("!BBxH")
"""Content type, major version, (minor version,) length: RFC 8446 §5.1."""

LONGEST_MESSAGE = 1 << 16
"""Bytes of a handshake message; the limit of Go's crypto/tls (maxHandshake)."""

LONGEST_CERTIFICATE = 1 << 18
"""Bytes of a Certificate or CertificateStatus; the limit of Go's crypto/tls (maxHandshakeCertificateMsg)."""

LARGEST_FLIGHT = 1 << 20
"""Bytes taken from one peer: both of the longest messages, twice over."""

MOST_IDLE_RECORDS = 32
"""Records that bring the handshake no further; the limit of BoringSSL (kMaxEmptyRecords)."""

CHANGE_CIPHER_SPEC_RECORD = b"\x14\x03\x03\x00\x01\x01"
"""A whole record (RFC 8446 §D.4, RFC 5246 §7.1)."""


class ContentType(enum.IntEnum):
    CHANGE_CIPHER_SPEC = CHANGE_CIPHER_SPEC
    ALERT = 21
    HANDSHAKE = 22
    APPLICATION_DATA = APPLICATION_DATA


RECORD_VERSIONS = {TLSVersion.TLS_1_0: b"\x03\x01", TLSVersion.TLS_1_1: b"\x03\x02"}
"""What a record says of its version; TLS 1.3 says what TLS 1.2 does (RFC 8446 §5.1, RFC 4346 §6.2.1)."""

WITH_CHANGE_CIPHER_SPEC = frozenset({TLSVersion.TLS_1_0, TLSVersion.TLS_1_1, TLSVersion.TLS_1_2})
"""The versions in which a ChangeCipherSpec means something."""

LARGE_MESSAGES = (HandshakeType.CERTIFICATE, HandshakeType.CERTIFICATE_STATUS)
CONTENT_TYPES = frozenset(ContentType)


class RecordLayer:
    """Both directions of one connection.

    `version` is None until it is agreed. It decides what a ChangeCipherSpec and a warning mean:
    before a version up to TLS 1.2 is agreed a ChangeCipherSpec is dropped (RFC 8446 §5), after that it is a message.
    """

    def __init__(self, version: TLSVersion | None = None) -> None:
        self.version = version
        self.last_received: int | None = None
        self.awaits_change_cipher_spec = False
        """Nothing else is due, until the key changes: a handshake record may be sealed already."""

        self.farewell = b""
        """Application data that `say_goodbye` sends first."""

        self._incoming = b""
        self._at = 0
        self._handshake = bytearray()
        self._outgoing = bytearray()
        self._held = b""
        self._reading: Protection | None = None
        self._writing: Protection | None = None
        self._bytes_received = 0
        self._idle_records = 0
        self._warning = ""
        self._speaks_tls = False

    # ------------------------------------------------------------ reading

    def feed(self, data: bytes) -> None:
        """Take bytes from the peer; raises TOO_MUCH_DATA."""
        self._bytes_received += len(data)
        if self._bytes_received > LARGEST_FLIGHT:
            detail = f"more than {LARGEST_FLIGHT} bytes and no end of the handshake, {self.progress()}"
            raise HandshakeError(ProbeFailure.TOO_MUCH_DATA, detail)
        self._incoming = self._incoming[self._at :] + data
        self._at = 0

    def next_message(self) -> Message | None:
        """The next whole message, a ChangeCipherSpec of TLS 1.2 included; None when bytes are missing."""
        message = self._assembled_message() if self._handshake else None
        while message is None:
            record = self._next_record()
            if record is None:
                return None
            message = self._take_record(*record)
        self.last_received = message.type
        return message

    def _next_record(self) -> tuple[int, bytes] | None:
        """Content type and content of the next whole record, its protection taken off."""
        incoming, start = self._incoming, self._at + RECORD_HEADER.size
        if len(incoming) < start:
            return None
        content_type, major_version, length = RECORD_HEADER.unpack_from(incoming, self._at)
        if not self._speaks_tls or major_version != 3:
            self._check_header(content_type, major_version)
        if length > (LONGEST_PLAINTEXT if self._reading is None else self._reading.longest_fragment):
            raise record_overflow(length)
        end = start + length
        if len(incoming) < end:
            return None
        fragment = incoming[start:end]
        self._at = end
        # RFC 8446 §5: in TLS 1.3 a ChangeCipherSpec is never protected.
        dropped = content_type == ContentType.CHANGE_CIPHER_SPEC and self.version not in WITH_CHANGE_CIPHER_SPEC
        if self._reading is None or dropped:
            return content_type, fragment
        try:
            return self._reading.open(content_type, fragment)
        except HandshakeError as error:
            raise HandshakeError(error.reason, f"{error.detail}, {self.progress()}") from error

    def _take_record(self, content_type: int, content: bytes) -> Message | None:
        if content_type == ContentType.HANDSHAKE:
            return self._take_handshake(content)
        if content_type == ContentType.ALERT:
            self._take_alert(content)
            return None
        if content_type == ContentType.CHANGE_CIPHER_SPEC and not self._handshake:
            return self._take_change_cipher_spec(content)
        # RFC 8446 §5.1: no other record between the parts of a message.
        inside = "inside a handshake message, " if self._handshake else ""
        detail = f"a record of {_name_content(content_type)} {inside}{self.progress()}"
        raise HandshakeError(ProbeFailure.UNEXPECTED_MESSAGE, detail)

    def _take_handshake(self, content: bytes) -> Message | None:
        is_whole = int.from_bytes(content[1:HEADER_LENGTH]) == len(content) - HEADER_LENGTH
        if is_whole and not self._handshake:  # as most servers send most messages
            return Message(content[0], content)
        if not content:  # RFC 8446 §5.1
            raise HandshakeError(ProbeFailure.UNEXPECTED_MESSAGE, f"an empty handshake record {self.progress()}")
        if self.awaits_change_cipher_spec and not is_whole:
            detail = "the server sent another record where ChangeCipherSpec was due, perhaps a sealed Finished"
            raise HandshakeError(ProbeFailure.UNEXPECTED_MESSAGE, detail)
        self._handshake += content
        return self._assembled_message()

    def _assembled_message(self) -> Message | None:
        length = _message_length(self._handshake)
        if len(self._handshake) < length:
            return None
        raw = bytes(self._handshake[:length])
        del self._handshake[:length]
        return Message(raw[0], raw)

    def _check_header(self, content_type: int, major_version: int) -> None:
        """The minor version is to be ignored (RFC 8446 §5.1); every version of TLS has 3 as its major one."""
        if not self._speaks_tls and (content_type not in CONTENT_TYPES or major_version != 3):
            raise HandshakeError(ProbeFailure.NOT_TLS, describe_stranger(self._incoming))
        self._speaks_tls = True
        if major_version != 3:
            detail = f"{describe_stranger(self._incoming[self._at :])}, {self.progress()}"
            raise HandshakeError(ProbeFailure.MALFORMED_MESSAGE, detail)

    def _take_alert(self, content: bytes) -> None:
        """Also inside a handshake message: nothing good follows, and it says why."""
        if len(content) != 2:
            raise HandshakeError(ProbeFailure.MALFORMED_MESSAGE, f"an alert of {len(content)} bytes {self.progress()}")
        level, description = content
        if description == Alert.CLOSE_NOTIFY:
            raise self.closed()
        # RFC 8446 §6: in TLS 1.3 the level means nothing and every other alert is an error.
        warning = level == AlertLevel.WARNING and self.version is not TLSVersion.TLS_1_3
        if warning or description == Alert.USER_CANCELED:
            self._warning = f", after the warning {name_alert(description)}"
            self.count_idle_record()
        else:
            raise AlertReceivedError(description, f"{name_alert(description)} {self.progress()}")

    def _take_change_cipher_spec(self, content: bytes) -> Message | None:
        if content != b"\x01":
            detail = f"a ChangeCipherSpec with other content than 1 {self.progress()}"
            raise HandshakeError(ProbeFailure.UNEXPECTED_MESSAGE, detail)
        if self.version in WITH_CHANGE_CIPHER_SPEC:
            return Message(HandshakeType.CHANGE_CIPHER_SPEC, content)
        self.count_idle_record()
        return None

    def count_idle_record(self) -> None:
        """Raises TOO_MUCH_DATA for one too many."""
        self._idle_records += 1
        if self._idle_records > MOST_IDLE_RECORDS:
            detail = f"more than {MOST_IDLE_RECORDS} records that bring the handshake no further, {self.progress()}"
            raise HandshakeError(ProbeFailure.TOO_MUCH_DATA, detail)

    def closed(self) -> HandshakeError:
        """What it means that the peer closes now."""
        if not self._speaks_tls and self._incoming and self._incoming[0] not in CONTENT_TYPES:
            return HandshakeError(ProbeFailure.NOT_TLS, describe_stranger(self._incoming))
        inside = " in the middle of a message" if self._incoming[self._at :] or self._handshake else ""
        return HandshakeError(ProbeFailure.CONNECTION_CLOSED, f"closed {self.progress()}{inside}{self._warning}")

    def progress(self) -> str:
        """How far the peer had come: `after ServerHello`."""
        return "before ServerHello" if self.last_received is None else f"after {name_message(self.last_received)}"

    def change_read_key(self, protection: Protection) -> None:
        """Read the next record with a new key; no message may straddle the change (RFC 8446 §5.1)."""
        if self._handshake:
            detail = f"more handshake bytes {self.progress()} in one record, where the key changes"
            raise HandshakeError(ProbeFailure.UNEXPECTED_MESSAGE, detail)
        self._reading = protection
        self.awaits_change_cipher_spec = False

    # ------------------------------------------------------------ writing

    def send(self, content_type: ContentType, content: bytes, version: bytes | None = None) -> None:
        """Cut into records, protect and keep until taken; `version` is None for that of the connection."""
        if version is None:
            version = b"\x03\x03" if self.version is None else RECORD_VERSIONS.get(self.version, b"\x03\x03")
        for start in range(0, len(content), LONGEST_PLAINTEXT):
            fragment = content[start : start + LONGEST_PLAINTEXT]
            outer_type: int = content_type
            if self._writing is not None:
                outer_type, fragment = self._writing.seal(content_type, fragment)
            header = bytes([outer_type]) + version + len(fragment).to_bytes(2)
            self._outgoing += self._held + header + fragment
            self._held = b""

    def send_change_cipher_spec(self) -> None:
        """Put an unprotected ChangeCipherSpec before whatever is sent next: alone it is not worth a segment."""
        self._held = CHANGE_CIPHER_SPEC_RECORD

    def send_alert(self, level: AlertLevel, alert: Alert) -> None:
        self.send(ContentType.ALERT, bytes([level, alert]))

    def say_goodbye(self) -> None:
        """Close our direction (RFC 8446 §6.1, RFC 5246 §7.2.1)."""
        if self.farewell:
            self.send(ContentType.APPLICATION_DATA, self.farewell)
        self.send_alert(AlertLevel.WARNING, Alert.CLOSE_NOTIFY)

    def change_write_key(self, protection: Protection) -> None:
        self._writing = protection

    def take_outgoing(self) -> bytes:
        """Everything to send now."""
        outgoing = bytes(self._outgoing)
        self._outgoing.clear()
        return outgoing


def _name_content(content_type: int) -> str:
    """The name of the RFC and the number: `application_data (23)`."""
    name = ContentType(content_type).name.lower() if content_type in CONTENT_TYPES else "unknown type"
    return f"{name} ({content_type})"


def _message_length(start: bytes | bytearray) -> int:
    """Bytes of the message that starts so, header included; raises TOO_MUCH_DATA."""
    if len(start) < HEADER_LENGTH:
        return HEADER_LENGTH
    message_type, length = start[0], int.from_bytes(start[1:HEADER_LENGTH])
    longest = LONGEST_CERTIFICATE if message_type in LARGE_MESSAGES else LONGEST_MESSAGE
    if length <= longest:
        return HEADER_LENGTH + length
    detail = f"{name_message(message_type)} of {length} bytes; {longest} is the most that is read"
    raise HandshakeError(ProbeFailure.TOO_MUCH_DATA, detail)
