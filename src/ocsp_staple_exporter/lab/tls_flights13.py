"""The server's side of a TLS 1.3 handshake (RFC 8446 §2 and §4)."""

from __future__ import annotations

import hashlib
import hmac
import os

from ocsp_staple_exporter.lab.tls_flights import Flights, certificate_status
from ocsp_staple_exporter.lab.tls_hello import (
    ClientHello,
    parse_client_hello,
    select_cipher_suite,
    select_group,
    select_scheme,
)
from ocsp_staple_exporter.lab.tls_key_exchange import answer
from ocsp_staple_exporter.model import HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import keyschedule
from ocsp_staple_exporter.tls.flow import Step
from ocsp_staple_exporter.tls.groups import Group
from ocsp_staple_exporter.tls.messages import HELLO_RETRY_REQUEST, Extension, illegal, parse_finished
from ocsp_staple_exporter.tls.protection import TLS13Protection
from ocsp_staple_exporter.tls.signatures import SIGNATURE_SCHEMES
from ocsp_staple_exporter.tls.suites import CipherSuite
from ocsp_staple_exporter.tls.tls13 import SIGNED_BY_SERVER
from ocsp_staple_exporter.tls.wire import HandshakeType, extension, handshake_message, vector


class TLS13Flights(Flights):
    """In the order of the wire: `run` calls each step, each step makes one message."""

    def select_cipher_suite(self) -> CipherSuite:
        return select_cipher_suite(self.hello, self.terms, lambda suite: TLSVersion.TLS_1_3 in suite.versions)

    def run(self) -> Step:
        group = select_group(self.hello, self.terms)
        if group.code not in self.hello.key_shares or self.terms.cookie is not None:
            self._ask_again(group)
            self._take_second_hello(parse_client_hello((yield)), group)
        agreed = answer(group, self.hello.key_shares[group.code])
        self.send(HandshakeType.SERVER_HELLO, self.server_hello(group, agreed.public))
        self.send_change_cipher_spec()
        secrets = keyschedule.handshake_secrets(self.hash_name, agreed.shared_secret, self.transcript.digest())
        self.records.change_write_key(keyschedule.tls13_protection(self.sealing, secrets.server))
        self.records.change_read_key(keyschedule.tls13_protection(self.sealing, secrets.client))
        self.send_protected(secrets.server)

        master_secret = keyschedule.master_secret(secrets.handshake)
        application = self.transcript.digest()
        self.records.change_write_key(self._application_key(master_secret, b"s ap traffic", application))
        yield from self._read_client(secrets.client)
        self.records.change_read_key(self._application_key(master_secret, b"c ap traffic", application))

    def send_protected(self, server_secret: keyschedule.Secret) -> None:
        """Everything from EncryptedExtensions to Finished."""
        self.send(HandshakeType.ENCRYPTED_EXTENSIONS, self.encrypted_extensions())
        if self.terms.request_client_certificate:
            self.send(HandshakeType.CERTIFICATE_REQUEST, self.certificate_request())
        self.send(HandshakeType.CERTIFICATE, self.certificate())
        self.send(HandshakeType.CERTIFICATE_VERIFY, self.certificate_verify())
        self.send(HandshakeType.FINISHED, self.finished(server_secret))

    # ------------------------------------------------------------ the messages

    def hello_retry_request(self, group: Group) -> bytes:
        extensions = extension(Extension.SUPPORTED_VERSIONS, b"\x03\x04")
        if group.code not in self.hello.key_shares:
            extensions += extension(Extension.KEY_SHARE, group.code.to_bytes(2))
        if self.terms.cookie is not None:
            extensions += extension(Extension.COOKIE, vector(2, self.terms.cookie))
        return self._hello(HELLO_RETRY_REQUEST, extensions)

    def server_hello(self, group: Group, public: bytes) -> bytes:
        share = extension(Extension.KEY_SHARE, group.code.to_bytes(2) + vector(2, public))
        return self._hello(os.urandom(32), extension(Extension.SUPPORTED_VERSIONS, b"\x03\x04") + share)

    def encrypted_extensions(self) -> bytes:
        return vector(2, b"")

    def certificate_request(self) -> bytes:
        schemes = b"".join(code.to_bytes(2) for code in SIGNATURE_SCHEMES)
        return vector(1, b"") + vector(2, extension(Extension.SIGNATURE_ALGORITHMS, vector(2, schemes)))

    def certificate(self) -> bytes:
        entries = b"".join(
            vector(3, certificate) + vector(2, self.certificate_extensions(position))
            for position, certificate in enumerate(self.credential.chain)
        )
        return vector(1, b"") + vector(3, entries)

    def certificate_extensions(self, position: int) -> bytes:
        """What follows one certificate of the chain: its staple (RFC 8446 §4.4.2.1)."""
        staple = self.credential.staples[position]
        if staple is None or not self.hello.wants_staple:
            return b""
        return extension(Extension.STATUS_REQUEST, certificate_status(staple))

    def certificate_verify(self) -> bytes:
        scheme = select_scheme(self.hello, self.credential, TLSVersion.TLS_1_3)
        return self.sign(scheme, SIGNED_BY_SERVER + self.transcript.digest())

    def finished(self, server_secret: keyschedule.Secret) -> bytes:
        return keyschedule.tls13_verify_data(server_secret, self.transcript.digest())

    # ------------------------------------------------------------ the rest

    def _hello(self, random: bytes, extensions: bytes) -> bytes:
        session_id = vector(1, self.hello.session_id)
        return b"\x03\x03" + random + session_id + self.suite.code.to_bytes(2) + b"\x00" + vector(2, extensions)

    def _ask_again(self, group: Group) -> None:
        message_hash = handshake_message(HandshakeType.MESSAGE_HASH, self.transcript.digest())
        self.transcript = hashlib.new(self.hash_name, message_hash)  # RFC 8446 §4.4.1
        self.send(HandshakeType.SERVER_HELLO, self.hello_retry_request(group))

    def _take_second_hello(self, hello: ClientHello, group: Group) -> None:
        """RFC 8446 §4.1.2: the same random, the key share and the cookie that were asked for."""
        cookie = None if self.terms.cookie is None else vector(2, self.terms.cookie)
        if hello.random != self.hello.random or hello.extensions.get(Extension.COOKIE) != cookie:
            raise illegal("the second ClientHello has another random or cookie")
        if set(hello.key_shares) != {group.code}:
            raise illegal("the second ClientHello does not have the key share that was asked for")
        self.hello = hello
        self.transcript.update(hello.raw)

    def _application_key(self, master_secret: keyschedule.Secret, label: bytes, digest: bytes) -> TLS13Protection:
        return keyschedule.tls13_protection(self.sealing, master_secret.derive(label, digest))

    def _read_client(self, client_secret: keyschedule.Secret) -> Step:
        """The client's Certificate where one was requested (it is not verified), and its Finished."""
        message = yield
        if self.terms.request_client_certificate:
            message.open(HandshakeType.CERTIFICATE)
            message = yield from self.next_message(message)
            if message.type == HandshakeType.CERTIFICATE_VERIFY:
                message = yield from self.next_message(message)
        expected = keyschedule.tls13_verify_data(client_secret, self.transcript.digest())
        if not hmac.compare_digest(parse_finished(message, len(expected)), expected):
            raise HandshakeError(ProbeFailure.FINISHED_INVALID, "the client's Finished does not match the handshake")
