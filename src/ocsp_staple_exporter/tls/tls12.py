"""The client's side of a TLS 1.2 handshake after ServerHello (RFC 5246 §7.3, RFC 8422 §2, RFC 6066 §8).

C: ClientHello          S: ServerHello Certificate [CertificateStatus] ServerKeyExchange
                           [CertificateRequest] ServerHelloDone
C: [Certificate] ClientKeyExchange ChangeCipherSpec {Finished}
                        S: ChangeCipherSpec {Finished}
C: {close_notify}
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace

from ocsp_staple_exporter.model import Handshake, HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import keyschedule, messages
from ocsp_staple_exporter.tls.alerts import Alert, AlertLevel, AlertReceivedError
from ocsp_staple_exporter.tls.clienthello import Offer
from ocsp_staple_exporter.tls.flow import Flow, Step
from ocsp_staple_exporter.tls.groups import GROUPS, Group
from ocsp_staple_exporter.tls.messages import Extension, ServerHello, ServerKeyExchange, illegal
from ocsp_staple_exporter.tls.records import ContentType, RecordLayer
from ocsp_staple_exporter.tls.signatures import LeafKey, SignatureScheme, leaf_key, tls12_scheme, verify_signature
from ocsp_staple_exporter.tls.suites import CipherSuite
from ocsp_staple_exporter.tls.wire import HandshakeType, handshake_message, unexpected, vector

EMPTY_CERTIFICATE = handshake_message(HandshakeType.CERTIFICATE, b"\x00\x00\x00")
"""RFC 5246 §7.4.6."""

SERVER_HELLO_EXTENSIONS = frozenset(
    {
        Extension.SERVER_NAME,
        Extension.STATUS_REQUEST,
        Extension.EC_POINT_FORMATS,
        Extension.EXTENDED_MASTER_SECRET,
        Extension.RENEGOTIATION_INFO,
        # RFC 7919 §4 forbids it here, but some servers send it and OpenSSL's client lets it pass.
        Extension.SUPPORTED_GROUPS,
    }
)

DOWNGRADE_SENTINELS = (b"DOWNGRD\x01", b"DOWNGRD\x00")
"""How the random ends of a server that could have chosen TLS 1.3 (RFC 8446 §4.1.3)."""

CLIENT_CERTIFICATE_REFUSALS = frozenset(
    {
        Alert.HANDSHAKE_FAILURE,
        Alert.NO_CERTIFICATE,
        Alert.BAD_CERTIFICATE,
        Alert.CERTIFICATE_UNKNOWN,
        Alert.UNKNOWN_CA,
        Alert.ACCESS_DENIED,
        Alert.CERTIFICATE_REQUIRED,
    }
)
"""How servers answer a client that has no certificate (RFC 5246 §7.4.6 and what is seen)."""


@dataclass(frozen=True, slots=True)
class _Agreed:
    """What the hellos settled."""

    offer: Offer
    suite: CipherSuite
    hello: ServerHello


def shake_hands(records: RecordLayer, offer: Offer, client_hello: bytes, hello: ServerHello) -> Flow:
    """Go on from a ServerHello that chose TLS 1.2, up to our close_notify."""
    agreed = _Agreed(offer, _check_hello(hello, offer), hello)
    transcript = hashlib.new(agreed.suite.hash_name, client_hello + hello.raw)

    message = yield
    if message.type in (HandshakeType.CHANGE_CIPHER_SPEC, HandshakeType.NEW_SESSION_TICKET):
        raise HandshakeError(ProbeFailure.UNEXPECTED_MESSAGE, "the server resumes a session that was never offered")
    certificate = messages.parse_tls12_certificate(message)
    key = leaf_key(certificate.chain[0])
    transcript.update(message.raw)

    message = yield
    if message.type == HandshakeType.CERTIFICATE_STATUS and Extension.STATUS_REQUEST in hello.extensions:
        staple = messages.parse_certificate_status(message)
        certificate = replace(certificate, staples=(staple, *certificate.staples[1:]))
        transcript.update(message.raw)
        message = yield

    exchange = messages.parse_server_key_exchange(message)
    group, scheme = _verify_key_exchange(agreed, exchange, key)
    transcript.update(message.raw)

    message = yield
    requested = message.type == HandshakeType.CERTIFICATE_REQUEST
    if requested:
        messages.parse_tls12_certificate_request(message)
        transcript.update(message.raw)
        message = yield

    messages.parse_server_hello_done(message)
    transcript.update(message.raw)

    handshake = Handshake(
        tls_version=TLSVersion.TLS_1_2,
        cipher_suite=agreed.suite.name,
        group=group.name,
        signature_scheme=scheme.name,
        chain=certificate.chain,
        staples=certificate.staples,
        client_certificate_requested=requested,
    )
    try:
        yield from _finish(records, agreed, transcript, _Exchanged(group, exchange.public, requested))
    except HandshakeError as error:
        # The signature over both randoms has authenticated the server: all that is missing is
        # its consent to a client without a certificate.
        if not requested or not _refuses_client(error):
            raise
        return replace(handshake, finished=False)
    return handshake


@dataclass(frozen=True, slots=True)
class _Exchanged:
    """What the client's second flight answers."""

    group: Group
    server_public: bytes
    certificate_requested: bool


def _finish(records: RecordLayer, agreed: _Agreed, transcript: hashlib._Hash, exchanged: _Exchanged) -> Step:
    """Our key and Finished, the server's Finished, our close_notify (RFC 5246 §7.4.6 to §7.4.9)."""
    group, hash_name = exchanged.group, agreed.suite.hash_name
    # The key of the unused key share will do: it is of this connection only.
    key = agreed.offer.key if group is agreed.offer.group else group.generate()
    shared_secret = key.shared_secret(exchanged.server_public)
    certificate = EMPTY_CERTIFICATE if exchanged.certificate_requested else b""
    client_key_exchange = handshake_message(HandshakeType.CLIENT_KEY_EXCHANGE, vector(1, key.public))
    records.send(ContentType.HANDSHAKE, certificate + client_key_exchange)
    transcript.update(certificate + client_key_exchange)

    master_secret = _master_secret(agreed, shared_secret, transcript.digest())
    keys = keyschedule.tls12_keys(agreed.suite, master_secret, agreed.offer.random, agreed.hello.random)
    records.send_change_cipher_spec()
    records.change_write_key(keys.client)
    verify_data = keyschedule.tls12_verify_data(hash_name, master_secret, b"client finished", transcript.digest())
    finished = handshake_message(HandshakeType.FINISHED, verify_data)
    records.send(ContentType.HANDSHAKE, finished)
    transcript.update(finished)

    message = yield
    if message.type != HandshakeType.CHANGE_CIPHER_SPEC:
        raise unexpected(message, "ChangeCipherSpec")
    records.change_read_key(keys.server)
    message = yield
    expected = keyschedule.tls12_verify_data(hash_name, master_secret, b"server finished", transcript.digest())
    if not hmac.compare_digest(messages.parse_finished(message), expected):
        raise HandshakeError(ProbeFailure.FINISHED_INVALID, "the server's Finished does not match the handshake")
    records.send_alert(AlertLevel.WARNING, Alert.CLOSE_NOTIFY)


def _check_hello(hello: ServerHello, offer: Offer) -> CipherSuite:
    """RFC 5246 §7.4.1.3, and RFC 8446 §4.1.3 for a client that would have had TLS 1.3."""
    if TLSVersion.TLS_1_3 in offer.terms.versions and hello.random.endswith(DOWNGRADE_SENTINELS):
        detail = "the server knows TLS 1.3 and was told that the client does not"
        raise HandshakeError(ProbeFailure.DOWNGRADE_DETECTED, detail)
    messages.check_extensions(hello.extensions, SERVER_HELLO_EXTENSIONS, "ServerHello")
    if hello.extensions.get(Extension.RENEGOTIATION_INFO, b"\x00") != b"\x00":  # RFC 5746 §3.4
        raise illegal("renegotiation_info is not that of a first handshake")
    for empty in (Extension.EXTENDED_MASTER_SECRET, Extension.STATUS_REQUEST):  # RFC 7627 §5.1, RFC 6066 §8
        if hello.extensions.get(empty):
            raise HandshakeError(ProbeFailure.MALFORMED_MESSAGE, f"{empty.name.lower()} of ServerHello is not empty")
    suite = offer.terms.suites.get(hello.cipher_suite)
    if suite is None or suite.version is not TLSVersion.TLS_1_2:
        raise illegal(f"the server chose cipher suite {hello.cipher_suite:#06x}, which was not offered for TLS 1.2")
    return suite


def _verify_key_exchange(agreed: _Agreed, exchange: ServerKeyExchange, key: LeafKey) -> tuple[Group, SignatureScheme]:
    """RFC 8422 §5.4: the leaf's key signs both randoms and the server's ephemeral key."""
    group = GROUPS.get(exchange.group)
    if group is None:
        raise illegal(f"the server's key is of group {exchange.group:#06x}, which was not offered")
    scheme = tls12_scheme(exchange.scheme, key, agreed.offer.terms.schemes, agreed.suite.authentication)
    signed = agreed.offer.random + agreed.hello.random + exchange.params
    verify_signature(scheme, key, exchange.signature, signed)
    return group, scheme


def _master_secret(agreed: _Agreed, shared_secret: bytes, session_hash: bytes) -> bytes:
    """RFC 7627 §4 where the server agreed to it, RFC 5246 §8.1 where it did not."""
    hash_name = agreed.suite.hash_name
    if Extension.EXTENDED_MASTER_SECRET in agreed.hello.extensions:
        return keyschedule.extended_master_secret(hash_name, shared_secret, session_hash)
    return keyschedule.tls12_master_secret(hash_name, shared_secret, agreed.offer.random + agreed.hello.random)


def _refuses_client(error: HandshakeError) -> bool:
    """The server turned away a client without a certificate, with an alert or by closing."""
    if isinstance(error, AlertReceivedError):
        return error.description in CLIENT_CERTIFICATE_REFUSALS
    return error.reason is ProbeFailure.CONNECTION_CLOSED
