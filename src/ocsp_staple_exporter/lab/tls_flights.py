"""What both versions of a lab server's handshake stand on."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable
from typing import Protocol, cast

from ocsp_staple_exporter.lab.tls_hello import ClientHello
from ocsp_staple_exporter.lab.tls_terms import Credential, RefusedError, Terms
from ocsp_staple_exporter.tls.alerts import Alert
from ocsp_staple_exporter.tls.flow import Step
from ocsp_staple_exporter.tls.messages import STATUS_TYPE_OCSP, STATUS_TYPE_OCSP_MULTI
from ocsp_staple_exporter.tls.records import ContentType, RecordLayer
from ocsp_staple_exporter.tls.signatures import SignatureScheme
from ocsp_staple_exporter.tls.suites import CipherSuite, Sealing
from ocsp_staple_exporter.tls.wire import HandshakeType, Message, handshake_message, vector


class Flights(ABC):
    """The server's side of one handshake.

    Every message of the server is made by a method of its name, which returns the body;
    a subclass that overrides one sends something else there.
    """

    def __init__(self, records: RecordLayer, hello: ClientHello, credential: Credential, terms: Terms) -> None:
        self.records = records
        self.hello = hello
        self.credential = credential
        self.terms = terms
        self.suite = self.select_cipher_suite()
        self.transcript = hashlib.new(self.hash_name, hello.raw)

    @property
    def sealing(self) -> Sealing:
        """Raises HandshakeError for a suite that the lab does not seal records with."""
        if self.suite.sealing is None:
            raise RefusedError(Alert.INTERNAL_ERROR)
        return self.suite.sealing

    @property
    def hash_name(self) -> str:
        return "sha256" if self.suite.sealing is None else self.suite.sealing.hash_name

    @abstractmethod
    def select_cipher_suite(self) -> CipherSuite:
        """The suite that this version and the credential's key allow."""

    @abstractmethod
    def run(self) -> Step:
        """The whole handshake, up to the client's Finished and the answer to it."""

    def send(self, message_type: HandshakeType, body: bytes) -> None:
        """Send one message and put it into the transcript."""
        message = handshake_message(message_type, body)
        self.transcript.update(message)
        self.records.send(ContentType.HANDSHAKE, message)

    def send_change_cipher_spec(self) -> None:
        self.records.send_change_cipher_spec()

    def next_message(self, read: Message) -> Generator[None, Message, Message]:
        """Put a message into the transcript and wait for the one after it."""
        self.transcript.update(read.raw)
        return (yield)

    def sign(self, scheme: SignatureScheme, content: bytes) -> bytes:
        """Scheme and signature, as CertificateVerify and ServerKeyExchange carry them."""
        signature = cast("_Signer", self.credential.key).sign(content, *scheme.parameters)
        return scheme.code.to_bytes(2) + vector(2, signature)


class _Signer(Protocol):
    def sign(self, data: bytes, *parameters: object) -> bytes: ...


def certificate_status(staple: bytes) -> bytes:
    """RFC 6066 §8, around any bytes."""
    return bytes([STATUS_TYPE_OCSP]) + vector(3, staple)


def certificate_status_list(staples: Iterable[bytes | None]) -> bytes:
    """RFC 6961 §2.2: one for each certificate, an empty one for none."""
    return bytes([STATUS_TYPE_OCSP_MULTI]) + vector(3, b"".join(vector(3, staple or b"") for staple in staples))
