"""The server's side of a TLS 1.2 handshake (RFC 5246 §7.3, RFC 8422 §2, RFC 6066 §8)."""

from __future__ import annotations

import hmac
import os
from collections.abc import Generator
from dataclasses import dataclass

from ocsp_staple_exporter.lab.tls_flights import Flights, certificate_status
from ocsp_staple_exporter.lab.tls_hello import select_cipher_suite, select_group, select_scheme
from ocsp_staple_exporter.model import HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import keyschedule
from ocsp_staple_exporter.tls.flow import Step
from ocsp_staple_exporter.tls.groups import EphemeralKey
from ocsp_staple_exporter.tls.messages import NAMED_CURVE, Extension, parse_finished
from ocsp_staple_exporter.tls.signatures import SIGNATURE_SCHEMES
from ocsp_staple_exporter.tls.suites import CipherSuite
from ocsp_staple_exporter.tls.tls12 import DOWNGRADE_SENTINELS
from ocsp_staple_exporter.tls.wire import HandshakeType, Message, extension, unexpected, vector

CERTIFICATE_TYPES = b"\x01\x40"
"""rsa_sign, ecdsa_sign (RFC 5246 §7.4.4, RFC 8422 §5.5)."""

SESSION_ID = b""
"""An empty session id: this session is not kept (RFC 5246 §7.4.1.3)."""


class TLS12Flights(Flights):
    """In the order of the wire: `run` calls each step, each step makes one message."""

    def select_cipher_suite(self) -> CipherSuite:
        wanted = self.credential.authentication
        return select_cipher_suite(self.hello, self.terms, lambda suite: suite.authentication is wanted)

    def run(self) -> Step:
        self.random = self.server_random()
        group = select_group(self.hello, self.terms)
        key = group.generate()
        self.send(HandshakeType.SERVER_HELLO, self.server_hello())
        self.send(HandshakeType.CERTIFICATE, self.certificate())
        if self.staples:
            self.send(HandshakeType.CERTIFICATE_STATUS, self.certificate_status())
        self.send(HandshakeType.SERVER_KEY_EXCHANGE, self.server_key_exchange(group.code, key.public))
        if self.terms.request_client_certificate:
            self.send(HandshakeType.CERTIFICATE_REQUEST, self.certificate_request())
        self.send(HandshakeType.SERVER_HELLO_DONE, self.server_hello_done())

        agreed = yield from self._read_client_key(key)
        yield from self._read_client_finished(agreed)
        self.records.send_change_cipher_spec()
        self.records.change_write_key(agreed.keys.server)
        self.send(HandshakeType.FINISHED, self.finished(agreed.master_secret))

    @property
    def staples(self) -> bool:
        return self.hello.wants_staple and self.credential.staple is not None

    # ------------------------------------------------------------ the messages

    def server_random(self) -> bytes:
        """RFC 8446 §4.1.3: a server that would have had TLS 1.3 says so."""
        random = os.urandom(32)
        return random[:24] + DOWNGRADE_SENTINELS[0] if TLSVersion.TLS_1_3 in self.terms.versions else random

    def server_hello(self) -> bytes:
        suite = self.suite.code.to_bytes(2)
        return b"\x03\x03" + self.random + vector(1, SESSION_ID) + suite + b"\x00" + vector(2, self.hello_extensions())

    def hello_extensions(self) -> bytes:
        extensions = extension(Extension.RENEGOTIATION_INFO, vector(1, b"")) if self.hello.secure_renegotiation else b""
        if self.extends_master_secret:
            extensions += extension(Extension.EXTENDED_MASTER_SECRET, b"")
        if self.staples:
            extensions += extension(Extension.STATUS_REQUEST, b"")
        return extensions

    def certificate(self) -> bytes:
        return vector(3, b"".join(vector(3, certificate) for certificate in self.credential.chain))

    def certificate_status(self) -> bytes:
        return certificate_status(self.credential.staple or b"")

    def server_key_exchange(self, group: int, public: bytes) -> bytes:
        params = bytes([NAMED_CURVE]) + group.to_bytes(2) + vector(1, public)
        scheme = select_scheme(self.hello, self.credential, TLSVersion.TLS_1_2)
        return params + self.sign(scheme, self.hello.random + self.random + params)

    def certificate_request(self) -> bytes:
        schemes = b"".join(code.to_bytes(2) for code in SIGNATURE_SCHEMES)
        return vector(1, CERTIFICATE_TYPES) + vector(2, schemes) + vector(2, b"")

    def server_hello_done(self) -> bytes:
        return b""

    def finished(self, master_secret: bytes) -> bytes:
        return self._verify_data(master_secret, b"server finished")

    # ------------------------------------------------------------ the rest

    @property
    def extends_master_secret(self) -> bool:
        return self.terms.extended_master_secret and Extension.EXTENDED_MASTER_SECRET in self.hello.extensions

    def _verify_data(self, master_secret: bytes, label: bytes) -> bytes:
        return keyschedule.tls12_verify_data(self.suite.hash_name, master_secret, label, self.transcript.digest())

    def _read_client_key(self, key: EphemeralKey) -> Generator[None, Message, _Agreed]:
        """The client's Certificate where one was requested (it is not verified), and its key."""
        message = yield
        if self.terms.request_client_certificate:
            message.open(HandshakeType.CERTIFICATE)
            message = yield from self.next_message(message)
        reader = message.open(HandshakeType.CLIENT_KEY_EXCHANGE)
        shared_secret = key.shared_secret(reader.vector(1))
        reader.finish()
        self.transcript.update(message.raw)
        master_secret = self._master_secret(shared_secret)
        keys = keyschedule.tls12_keys(self.suite, master_secret, self.hello.random, self.random)
        return _Agreed(master_secret, keys)

    def _read_client_finished(self, agreed: _Agreed) -> Step:
        message = yield
        if message.type == HandshakeType.CERTIFICATE_VERIFY:
            message = yield from self.next_message(message)
        if message.type != HandshakeType.CHANGE_CIPHER_SPEC:
            raise unexpected(message, "ChangeCipherSpec")
        self.records.change_read_key(agreed.keys.client)
        expected = self._verify_data(agreed.master_secret, b"client finished")
        message = yield
        if not hmac.compare_digest(parse_finished(message), expected):
            raise HandshakeError(ProbeFailure.FINISHED_INVALID, "the client's Finished does not match the handshake")
        self.transcript.update(message.raw)

    def _master_secret(self, shared_secret: bytes) -> bytes:
        hash_name = self.suite.hash_name
        if self.extends_master_secret:
            return keyschedule.extended_master_secret(hash_name, shared_secret, self.transcript.digest())
        return keyschedule.tls12_master_secret(hash_name, shared_secret, self.hello.random + self.random)


@dataclass(frozen=True, slots=True)
class _Agreed:
    master_secret: bytes
    keys: keyschedule.ConnectionKeys
