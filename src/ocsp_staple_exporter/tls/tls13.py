"""The client's side of a TLS 1.3 handshake after ServerHello (RFC 8446 §2 and §4).

C: ClientHello                    S: [HelloRetryRequest]
C: [ChangeCipherSpec ClientHello] S: ServerHello [ChangeCipherSpec] {EncryptedExtensions}
                                     {CertificateRequest*} {Certificate} {CertificateVerify} {Finished}
C: ChangeCipherSpec {Certificate*} {Finished} [close_notify]
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from ocsp_staple_exporter.model import Handshake, HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import keyschedule, messages
from ocsp_staple_exporter.tls.clienthello import Offer
from ocsp_staple_exporter.tls.flow import Flow
from ocsp_staple_exporter.tls.leafkey import leaf_key
from ocsp_staple_exporter.tls.messages import Extension, ServerHello, illegal
from ocsp_staple_exporter.tls.records import ContentType, RecordLayer
from ocsp_staple_exporter.tls.signatures import tls13_scheme, verify_signature
from ocsp_staple_exporter.tls.suites import CipherSuite, Sealing
from ocsp_staple_exporter.tls.wire import HandshakeType, handshake_message, unexpected

SIGNED_BY_SERVER = b" " * 64 + b"TLS 1.3, server CertificateVerify" + b"\x00"
"""What precedes the transcript hash in the signed content (RFC 8446 §4.4.3)."""

EMPTY_CERTIFICATE = handshake_message(HandshakeType.CERTIFICATE, b"\x00" + b"\x00\x00\x00")
"""No context, no certificate: RFC 8446 §4.4.2."""

HELLO_RETRY_EXTENSIONS = frozenset({Extension.SUPPORTED_VERSIONS, Extension.KEY_SHARE, Extension.COOKIE})
SERVER_HELLO_EXTENSIONS = frozenset({Extension.SUPPORTED_VERSIONS, Extension.KEY_SHARE})
ENCRYPTED_EXTENSIONS = frozenset({Extension.SERVER_NAME, Extension.SUPPORTED_GROUPS})
"""RFC 8446 §4.2: the column "TLS 1.3" of its table, as far as it was offered."""


@dataclass(frozen=True, slots=True)
class _Agreed:
    """What the hellos settled."""

    offer: Offer
    suite: CipherSuite
    sealing: Sealing
    secrets: keyschedule.HandshakeSecrets


def shake_hands(records: RecordLayer, offer: Offer, client_hello: bytes, hello: ServerHello) -> Flow:
    """Go on from a ServerHello or HelloRetryRequest that chose TLS 1.3, up to our close_notify."""
    suite, sealing = _check_hello(hello, offer)
    transcript = hashlib.new(sealing.hash_name, client_hello)
    if hello.is_hello_retry_request:
        offer = _retry(hello, offer)
        client_hello = offer.client_hello()
        records.send_change_cipher_spec()
        records.send(ContentType.HANDSHAKE, client_hello)
        transcript = hashlib.new(sealing.hash_name, _message_hash(transcript.digest()) + hello.raw + client_hello)
        hello = messages.parse_server_hello((yield))
        if hello.is_hello_retry_request:
            raise HandshakeError(ProbeFailure.UNEXPECTED_MESSAGE, "a second HelloRetryRequest")
        if _check_hello(hello, offer)[0] is not suite:  # RFC 8446 §4.1.4
            raise illegal("the cipher suite changed after HelloRetryRequest")
    else:
        records.send_change_cipher_spec()
    transcript.update(hello.raw)
    shared_secret = _shared_secret(hello, offer)
    secrets = keyschedule.handshake_secrets(sealing.hash_name, shared_secret, transcript.digest())
    agreed = _Agreed(offer, suite, sealing, secrets)
    records.change_read_key(keyschedule.tls13_protection(sealing, secrets.server))
    records.change_write_key(keyschedule.tls13_protection(sealing, secrets.client))
    return (yield from _authenticate(records, agreed, transcript))


def _authenticate(records: RecordLayer, agreed: _Agreed, transcript: hashlib._Hash) -> Flow:
    """RFC 8446 §4.3 and §4.4: everything that the server sends protected, then our answer."""
    message = yield
    extensions = messages.parse_encrypted_extensions(message)
    messages.check_extensions(extensions, ENCRYPTED_EXTENSIONS, "EncryptedExtensions")
    transcript.update(message.raw)

    message = yield
    requested = message.type == HandshakeType.CERTIFICATE_REQUEST
    if requested:
        messages.parse_tls13_certificate_request(message)
        transcript.update(message.raw)
        message = yield

    if message.type == HandshakeType.FINISHED:  # what a server does that resumes a session
        raise unexpected(message, "Certificate")
    certificate = messages.parse_tls13_certificate(message)
    key = leaf_key(certificate.chain[0])
    transcript.update(message.raw)

    message = yield
    scheme_code, signature = messages.parse_certificate_verify(message)
    scheme = tls13_scheme(scheme_code, key, agreed.offer.choice.schemes)
    verify_signature(scheme, key, signature, SIGNED_BY_SERVER + transcript.digest())
    transcript.update(message.raw)

    message = yield
    expected = keyschedule.tls13_verify_data(agreed.secrets.server, transcript.digest())
    if not hmac.compare_digest(messages.parse_finished(message, len(expected)), expected):
        raise HandshakeError(ProbeFailure.FINISHED_INVALID, "the server's Finished does not match the handshake")
    transcript.update(message.raw)

    _finish(records, agreed, transcript, requested=requested)
    return Handshake(
        tls_version=TLSVersion.TLS_1_3,
        cipher_suite=agreed.suite.name,
        group=agreed.offer.group.name,
        signature_scheme=scheme.name,
        chain=certificate.chain,
        staples=certificate.staples,
        client_certificate_requested=requested,
    )


def _finish(records: RecordLayer, agreed: _Agreed, transcript: hashlib._Hash, *, requested: bool) -> None:
    """Send Finished under the handshake key and close_notify under the application key (RFC 8446 §6.1)."""
    application = keyschedule.master_secret(agreed.secrets.handshake).derive(b"c ap traffic", transcript.digest())
    certificate = EMPTY_CERTIFICATE if requested else b""
    transcript.update(certificate)
    verify_data = keyschedule.tls13_verify_data(agreed.secrets.client, transcript.digest())
    records.send(ContentType.HANDSHAKE, certificate + handshake_message(HandshakeType.FINISHED, verify_data))
    records.change_write_key(keyschedule.tls13_protection(agreed.sealing, application))
    records.say_goodbye()


def _check_hello(hello: ServerHello, offer: Offer) -> tuple[CipherSuite, Sealing]:
    """What a ServerHello and a HelloRetryRequest have in common (RFC 8446 §4.1.3 and §4.1.4)."""
    allowed = HELLO_RETRY_EXTENSIONS if hello.is_hello_retry_request else SERVER_HELLO_EXTENSIONS
    messages.check_extensions(hello.extensions, allowed, "ServerHello")
    if hello.legacy_version != 0x0303 or Extension.SUPPORTED_VERSIONS not in hello.extensions:
        raise illegal("ServerHello does not choose TLS 1.3 as HelloRetryRequest did")
    if hello.session_id != offer.session_id:
        raise illegal("ServerHello does not echo the session id")
    suite = offer.choice.suites.get(hello.cipher_suite)
    if suite is None or suite.sealing is None or TLSVersion.TLS_1_3 not in suite.versions:
        raise illegal(f"the server chose cipher suite {hello.cipher_suite:#06x}, which was not offered for TLS 1.3")
    return suite, suite.sealing


def _retry(hello: ServerHello, offer: Offer) -> Offer:
    """RFC 8446 §4.1.4: the group must be one that was offered without a key share, and something must change."""
    share, cookie = hello.extensions.get(Extension.KEY_SHARE), hello.extensions.get(Extension.COOKIE)
    if share is None and cookie is None:
        raise illegal("HelloRetryRequest changes nothing")
    group = None
    if share is not None:
        code = messages.parse_uint16(share, "key_share")
        group = offer.choice.groups.get(code)
        if group is None or group is offer.group:
            raise illegal(f"HelloRetryRequest asks for group {code:#06x}, which was not there to ask for")
    return offer.retry(group, None if cookie is None else messages.parse_cookie(cookie))


def _message_hash(digest: bytes) -> bytes:
    """What stands for the first ClientHello in the transcript (RFC 8446 §4.4.1)."""
    return handshake_message(HandshakeType.MESSAGE_HASH, digest)


def _shared_secret(hello: ServerHello, offer: Offer) -> bytes:
    share = hello.extensions.get(Extension.KEY_SHARE)
    if share is None:
        raise illegal("ServerHello has no key share")
    code, public = messages.parse_key_share(share)
    if code != offer.group.code:
        raise illegal(f"the server's key share is of group {code:#06x}, not {offer.group.name}")
    return offer.key.shared_secret(public)
