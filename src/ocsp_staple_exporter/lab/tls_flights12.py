"""The server's side of a handshake before TLS 1.3 (RFC 5246 §7.3, RFC 4346 §7.3, RFC 8422 §2, RFC 6066 §8)."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Generator
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo

from ocsp_staple_exporter.lab.tls_flights import Flights, certificate_status, certificate_status_list
from ocsp_staple_exporter.lab.tls_hello import select_cipher_suite, select_group, select_scheme
from ocsp_staple_exporter.model import HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import keyschedule
from ocsp_staple_exporter.tls.clienthello import VERSION_NUMBERS
from ocsp_staple_exporter.tls.finite_field import FiniteFieldKey
from ocsp_staple_exporter.tls.flow import Step
from ocsp_staple_exporter.tls.groups import EphemeralKey
from ocsp_staple_exporter.tls.messages import Extension, illegal, parse_finished
from ocsp_staple_exporter.tls.older_flight import DOWNGRADE_FROM_TLS_1_3, DOWNGRADE_TO_TLS_1_1
from ocsp_staple_exporter.tls.older_messages import NAMED_CURVE
from ocsp_staple_exporter.tls.signatures import ECDSA_SHA1, SIGNATURE_SCHEMES
from ocsp_staple_exporter.tls.suites import CipherSuite, KeyExchange
from ocsp_staple_exporter.tls.wire import HandshakeType, Message, extension, unexpected, vector

CERTIFICATE_TYPES = b"\x01\x40"
"""rsa_sign, ecdsa_sign (RFC 5246 §7.4.4, RFC 8422 §5.5)."""

SESSION_ID = b""
"""An empty session id: this session is not kept (RFC 5246 §7.4.1.3)."""


class TLS12Flights(Flights):
    """In the order of the wire: `run` calls each step, each step makes one message.

    The first flight of TLS 1.0, 1.1 and 1.2, with any suite. The rest only where the suite has
    an AEAD: after the first flight of another the lab has nothing more to say.
    """

    def select_cipher_suite(self) -> CipherSuite:
        wanted = self.credential.authentication
        return select_cipher_suite(
            self.hello,
            self.terms,
            lambda suite: suite.authentication is wanted and self.version in suite.versions,
        )

    @property
    def version(self) -> TLSVersion:
        """The version that was agreed."""
        return self.records.version or TLSVersion.TLS_1_2

    def run(self) -> Step:
        self.random = self.server_random()
        key = self.ephemeral_key()
        self.send(HandshakeType.SERVER_HELLO, self.server_hello())
        self.send(HandshakeType.CERTIFICATE, self.certificate())
        if self.staples:
            self.send(HandshakeType.CERTIFICATE_STATUS, self.certificate_status())
        if key is not None:
            self.send(HandshakeType.SERVER_KEY_EXCHANGE, self.server_key_exchange(self.group_params(), key.public))
        if self.terms.request_client_certificate:
            self.send(HandshakeType.CERTIFICATE_REQUEST, self.certificate_request())
        self.send(HandshakeType.SERVER_HELLO_DONE, self.server_hello_done())

        agreed = yield from self._read_client_key(key)
        yield from self._read_client_finished(agreed)
        self.send_change_cipher_spec()
        self.records.change_write_key(agreed.keys.server)
        self.send(HandshakeType.FINISHED, self.finished(agreed.master_secret))

    @property
    def staples(self) -> bool:
        """Whether CertificateStatus is sent."""
        if self.every_staple:
            return any(staple is not None for staple in self.credential.staples)
        return self.hello.wants_staple and self.credential.staple is not None

    @property
    def every_staple(self) -> bool:
        """Whether it is that of RFC 6961."""
        return self.terms.status_request_v2 and self.hello.wants_every_staple

    # ------------------------------------------------------------ the messages

    def server_random(self) -> bytes:
        """RFC 8446 §4.1.3: a server that would have had a later version says so."""
        random, allowed = os.urandom(32), self.terms.versions
        if self.version is TLSVersion.TLS_1_2:
            return random[:24] + DOWNGRADE_FROM_TLS_1_3 if TLSVersion.TLS_1_3 in allowed else random
        later = allowed & {TLSVersion.TLS_1_2, TLSVersion.TLS_1_3}
        return random[:24] + DOWNGRADE_TO_TLS_1_1 if later else random

    def server_hello(self) -> bytes:
        version, suite = VERSION_NUMBERS[self.version].to_bytes(2), self.suite.code.to_bytes(2)
        return version + self.random + vector(1, SESSION_ID) + suite + b"\x00" + vector(2, self.hello_extensions())

    def hello_extensions(self) -> bytes:
        extensions = extension(Extension.RENEGOTIATION_INFO, vector(1, b"")) if self.hello.secure_renegotiation else b""
        if self.extends_master_secret:
            extensions += extension(Extension.EXTENDED_MASTER_SECRET, b"")
        if self.staples:
            kind = Extension.STATUS_REQUEST_V2 if self.every_staple else Extension.STATUS_REQUEST
            extensions += extension(kind, b"")
        return extensions

    def certificate(self) -> bytes:
        return vector(3, b"".join(vector(3, certificate) for certificate in self.credential.chain))

    def certificate_status(self) -> bytes:
        if self.every_staple:
            return certificate_status_list(self.credential.staples)
        return certificate_status(self.credential.staple or b"")

    def group_params(self) -> bytes:
        """What ServerKeyExchange says of the group, before the public value."""
        if self.suite.key_exchange is KeyExchange.DHE:
            field = self.terms.prime_field
            length = (field.prime.bit_length() + 7) // 8
            return vector(2, field.prime.to_bytes(length)) + vector(2, field.generator.to_bytes(1))
        return bytes([NAMED_CURVE]) + select_group(self.hello, self.terms).code.to_bytes(2)

    def server_key_exchange(self, group_params: bytes, public: bytes) -> bytes:
        params = group_params + vector(2 if self.suite.key_exchange is KeyExchange.DHE else 1, public)
        return params + self.signature(self.hello.random + self.random + params)

    def signature(self, content: bytes) -> bytes:
        """RFC 5246 §7.4.3; before TLS 1.2 no scheme is named."""
        if self.version is TLSVersion.TLS_1_2:
            return self.sign(select_scheme(self.hello, self.credential, TLSVersion.TLS_1_2), content)
        if isinstance(self.credential.key, rsa.RSAPrivateKey):
            digests = hashlib.md5(content).digest() + hashlib.sha1(content).digest()
            return vector(2, self.credential.key.sign(digests, padding.PKCS1v15(), NoDigestInfo()))
        return self.sign(ECDSA_SHA1, content)[2:]

    def certificate_request(self) -> bytes:
        schemes = b"".join(code.to_bytes(2) for code in SIGNATURE_SCHEMES)
        algorithms = vector(2, schemes) if self.version is TLSVersion.TLS_1_2 else b""
        return vector(1, CERTIFICATE_TYPES) + algorithms + vector(2, b"")

    def server_hello_done(self) -> bytes:
        return b""

    def finished(self, master_secret: bytes) -> bytes:
        return self._verify_data(master_secret, b"server finished")

    # ------------------------------------------------------------ the rest

    def ephemeral_key(self) -> EphemeralKey | None:
        """None with the suites of static RSA."""
        if self.suite.key_exchange is KeyExchange.RSA:
            return None
        if self.suite.key_exchange is KeyExchange.DHE:
            return self.terms.prime_field.generate()
        return select_group(self.hello, self.terms).generate()

    @property
    def extends_master_secret(self) -> bool:
        return self.terms.extended_master_secret and Extension.EXTENDED_MASTER_SECRET in self.hello.extensions

    def _verify_data(self, master_secret: bytes, label: bytes) -> bytes:
        return keyschedule.tls12_verify_data(self.hash_name, master_secret, label, self.transcript.digest())

    def _read_client_key(self, key: EphemeralKey | None) -> Generator[None, Message, _Agreed]:
        """The client's Certificate where one was requested (it is not verified), and its key."""
        message = yield
        if self.terms.request_client_certificate:
            message.open(HandshakeType.CERTIFICATE)
            message = yield from self.next_message(message)
        reader = message.open(HandshakeType.CLIENT_KEY_EXCHANGE)
        if key is None:
            shared_secret = self._decrypt(reader.vector(2))
        else:
            shared_secret = key.shared_secret(reader.vector(2 if isinstance(key, FiniteFieldKey) else 1))
        reader.finish()
        self.transcript.update(message.raw)
        master_secret = self._master_secret(shared_secret)
        keys = keyschedule.tls12_keys(self.sealing, master_secret, self.hello.random, self.random)
        return _Agreed(master_secret, keys)

    def _decrypt(self, secret: bytes) -> bytes:
        """RFC 5246 §7.4.7.1, without the defences of a server that has something to lose."""
        key = self.credential.key
        if not isinstance(key, rsa.RSAPrivateKey):
            raise illegal("a key that decrypts nothing")
        premaster_secret = key.decrypt(secret, padding.PKCS1v15())
        if premaster_secret[:2] != self.hello.legacy_version.to_bytes(2):
            raise illegal("the client's secret has another version than its hello")
        return premaster_secret

    def _read_client_finished(self, agreed: _Agreed) -> Step:
        message = yield
        if message.type == HandshakeType.CERTIFICATE_VERIFY:
            message = yield from self.next_message(message)
        if message.type != HandshakeType.CHANGE_CIPHER_SPEC:
            raise unexpected(message, "ChangeCipherSpec")
        self.records.change_read_key(agreed.keys.client)
        expected = self._verify_data(agreed.master_secret, b"client finished")
        message = yield
        if not hmac.compare_digest(parse_finished(message, len(expected)), expected):
            raise HandshakeError(ProbeFailure.FINISHED_INVALID, "the client's Finished does not match the handshake")
        self.transcript.update(message.raw)

    def _master_secret(self, shared_secret: bytes) -> bytes:
        if self.extends_master_secret:
            return keyschedule.extended_master_secret(self.hash_name, shared_secret, self.transcript.digest())
        return keyschedule.tls12_master_secret(self.hash_name, shared_secret, self.hello.random + self.random)


@dataclass(frozen=True, slots=True)
class _Agreed:
    master_secret: bytes
    keys: keyschedule.ConnectionKeys
